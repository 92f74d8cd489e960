"""Serve knowledge beside the graphs of a suite, and ask it over HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rdflib import Graph

from tests.service.running import ROOT, Running, running

_HEADER = "<{0}> a <http://www.w3.org/2002/07/owl#Ontology> .\n"


@dataclass(frozen=True, slots=True)
class Heard:
    """Hold an answer: status, media type without parameters, and body."""

    status: int
    form: str
    body: bytes


@contextmanager
def serving(folder: Path, graphs: Mapping[str, Path]) -> Iterator[Running]:
    """Serve the shipped knowledge and each graph as a file of its own, under its name."""
    files = folder / "graphs"
    files.mkdir(parents=True)
    for number, (name, path) in enumerate(sorted(graphs.items())):
        text = Graph().parse(path, publicID=name).serialize(format="nt")
        (files / f"{number}.ttl").write_text(_HEADER.format(name) + text, encoding="utf-8")
    env = {"IONM_ONTOLOGY": f"{ROOT / 'ontology'}:{files}", "IONM_CACHE": str(folder / "cache")}
    with running(folder / "data", env=env) as service:
        yield service


def ask(
    port: int,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Heard:
    """Send one request as it is, with no header added but those of HTTP itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        form = (answer.getheader("content-type") or "").partition(";")[0]
        return Heard(answer.status, form, answer.read())
    finally:
        connection.close()


def select(port: int, text: str, accept: str, *graphs: str) -> Heard:
    """Ask a query by GET, with the given graphs as the default graph."""
    given = [f"query={quote(text)}", *(f"default-graph-uri={quote(g)}" for g in graphs)]
    return ask(port, "GET", "/sparql?" + "&".join(given), {"Accept": accept})
