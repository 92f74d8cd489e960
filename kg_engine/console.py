"""Say what the command line and its commands share: exit codes, forms of a case, asides."""

from __future__ import annotations

import sys

from kg_engine.report_view import safe

ANSWERED, PROOF_REJECTED, INPUT_REFUSED, KNOWLEDGE_REFUSED, LEDGER_BROKEN = 0, 1, 2, 3, 4
REPLAY_DIFFERS = 5
MEDIA = {
    "json": "application/json",
    "jsonld": "application/ld+json",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
}


def note(text: str) -> None:
    """Say something aside, on standard error, with nothing in it that a terminal would obey."""
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    print(safe(text).encode(encoding, "replace").decode(encoding), file=sys.stderr)  # noqa: T201
