"""Say how drafts of any kind are drawn, and what a small ledger holds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

from hypothesis import strategies as st

from kg_engine.ledger import DETERMINATION, EVENT, KNOWLEDGE, REVIEW, Draft

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
DRAFTS = st.builds(
    Draft,
    kind=st.sampled_from((DETERMINATION, REVIEW, EVENT, KNOWLEDGE)),
    tenant=st.text(st.characters(codec="utf-8"), min_size=1, max_size=5),
    content=TEXT.map(lambda text: json.dumps({"text": text}, ensure_ascii=False)),
    about=st.sampled_from(("", "0" * 32)),
    idempotency_key=st.just(""),
    request_digest=TEXT,
    actor=TEXT,
)


def draft(number: int = 1, tenant: str = "hospital", **parts: str) -> Draft:
    """Return a determination with a number in it."""
    return Draft(
        **{"kind": DETERMINATION, "tenant": tenant, "content": f'{{"n": {number}}}', **parts}
    )


def ticking(start: int = 0) -> Callable[[], str]:
    """Return a clock of its own that goes on by a second each time it is read."""
    seconds = itertools.count(start)

    def clock() -> str:
        hours, rest = divmod(next(seconds), 3600)
        minutes, second = divmod(rest, 60)
        return f"2026-01-01T{hours:02}:{minutes:02}:{second:02}.000Z"

    return clock
