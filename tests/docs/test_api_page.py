"""Each example over HTTP on the page is sent, and its answer is the one that stands there.

An answer on the page is a part of the real one: the status, the headers that it names, and the
keys of the body that it names; an ellipsis stands for anything. ``{id}`` is the id given last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.main import create_app
from kg_engine import Engine
from tests.api.conftest import send, service_on, settings_in

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "api" / "README.md"
_BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples() -> Iterator[tuple[str, str]]:
    """Yield each request on the page with its answer."""
    blocks = [found[1] for found in _BLOCK.finditer(PAGE.read_text())]
    yield from zip(blocks[::2], blocks[1::2], strict=True)


def parsed(block: str) -> tuple[list[str], dict[str, str], str]:
    """Return the words of the first line, the headers and the body of a message."""
    head, _, body = block.strip().partition("\n\n")
    first, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return first.split(" ", 2), headers, body


def holds(shown: Any, real: Any) -> bool:
    """Say whether what the page shows is a part of what was answered."""
    if isinstance(shown, dict):
        return all(key in real and holds(value, real[key]) for key, value in shown.items())
    if isinstance(shown, list):
        pairs = zip(shown, real, strict=False)
        return len(shown) <= len(real) and all(holds(one, other) for one, other in pairs)
    if isinstance(shown, str) and "…" in shown:
        pattern = ".+".join(map(re.escape, shown.split("…")))
        return re.fullmatch(pattern, str(real)) is not None
    return bool(shown == real)


def test_the_examples_of_the_page_hold(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service = service_on(engine, settings_in(tmp_path_factory.mktemp("page") / "data"))
    app, id_, sent = create_app(service=service), "", 0
    for asked, shown in examples():
        (method, path, _), headers, body = parsed(asked)
        answer = send(app, method, path.replace("{id}", id_), headers=headers, content=body or None)
        (_, status, _), told, part = parsed(shown)
        assert answer.status_code == int(status), (asked, answer.text[:500])
        for name, value in told.items():
            assert holds(value, answer.headers[name]), (asked, name)
        if part:
            assert holds(json.loads(part), answer.json()), (asked, answer.text[:2000])
        id_ = answer.headers.get("determination-id", id_)
        sent += 1
    service.close()
    assert sent >= 14


def test_every_operation_stands_on_the_page(engine: Engine, tmp_path: Path) -> None:
    service = service_on(engine, settings_in(tmp_path / "data"))
    document = send(create_app(service=service), "GET", "/openapi.json").json()
    service.close()
    page = PAGE.read_text()
    missing = [p for p in document["paths"] if p.startswith("/v1/") and p not in page]
    assert not missing


@pytest.mark.parametrize(
    ("shown", "real", "expected"),
    [({"a": 1}, {"a": 1, "b": 2}, True), ({"a": 1}, {"a": 2}, False), ({"a": 1}, {}, False),
     ([1], [1, 2], True), ([1, 2], [1], False), ("a…", "ab", True), ("a…", "b", False)],
)  # fmt: skip
def test_a_part_is_told_from_another(shown: Any, real: Any, expected: bool) -> None:
    assert holds(shown, real) is expected
