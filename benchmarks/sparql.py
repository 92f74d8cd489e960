"""Measure queries over HTTP beside Oxigraph's own server, on the same data."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pyoxigraph as ox

from benchmarks.child import Child
from benchmarks.plan import Plan
from benchmarks.shipped import ROOT
from benchmarks.tables import Table, Target, milliseconds, times
from kg_engine.dataset import build_dataset, open_store
from kg_engine.stored_knowledge import open_knowledge
from tests.service.running import running

LONG = 0.020
"""Seconds from which on a query counts as long."""

IN_A_ROW = 3
PATIENCE, ALL = 60.0, 1_800.0
_PREFIXES = (
    "PREFIX nec: <https://w3id.org/necessity#> PREFIX owl: <http://www.w3.org/2002/07/owl#> "
    "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
)
OWN: Mapping[str, str] = {
    "nothing at all": "ASK {}",
    "one term": "SELECT ?p ?o { nec:Policy ?p ?o }",
    "classes below a class": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?c rdfs:subClassOf+ nec:Procedure }",
    "words in all labels": "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(?l), 'complex')) }",
    "triples by predicate": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n)",
    "terms without a label": "SELECT ?s { ?s a owl:Class FILTER(isIRI(?s)) FILTER NOT EXISTS { ?s skos:definition ?l } }",
    "pairs of sorted labels": "SELECT ?a ?b { ?x skos:altLabel ?a . ?x skos:altLabel ?b } ORDER BY ?b ?a",
    "labels that begin alike": "SELECT (COUNT(*) AS ?n) { ?x rdfs:label ?a . ?y skos:altLabel ?b "
    "FILTER(STRSTARTS(?b, ?a)) ?y a nec:RiskFeature }",
    "all asserted rows": "SELECT ?s ?p ?o { GRAPH nec:graph-asserted { ?s ?p ?o FILTER(!isBlank(?s) && !isBlank(?o)) } }",
    "all asserted triples": "CONSTRUCT { ?s ?p ?o } { GRAPH nec:graph-asserted { ?s ?p ?o FILTER(!isBlank(?s) && !isBlank(?o)) } }",
}
_ACCEPT = "application/sparql-results+json, application/n-triples"


@dataclass(frozen=True, slots=True)
class Server:
    """Hold where a server is asked."""

    name: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Hold the times of one query, turn by turn and in seconds, and whether the answers agree."""

    query: str
    turns: tuple[tuple[float, float], ...]
    same: bool

    @property
    def ours(self) -> float:
        """Return the middle time of our server."""
        return statistics.median(ours for ours, _ in self.turns)

    @property
    def theirs(self) -> float:
        """Return the middle time of the other server."""
        return statistics.median(theirs for _, theirs in self.turns)

    @property
    def ratio(self) -> float:
        """Return the middle of our time over the other's, turn by turn."""
        return statistics.median(ours / theirs for ours, theirs in self.turns)

    @property
    def added(self) -> float:
        """Return the middle of what our server takes longer, turn by turn."""
        return statistics.median(ours - theirs for ours, theirs in self.turns)

    @property
    def row(self) -> tuple[str, ...]:
        """Return a row of the table."""
        return (
            self.query, milliseconds(self.ours), milliseconds(self.theirs),
            times(self.ratio), f"{self.added * 1000:+.2f} ms", "yes" if self.same else "NO",
        )  # fmt: skip


def measure_sparql(plan: Plan) -> tuple[list[Table], list[Target]]:
    """Ask both servers the same queries in turn; without Oxigraph's server nothing is measured."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    if program is None:
        why = "Oxigraph's server is not installed: pip install 'ionm[bench]'."
        return [Table("Queries over HTTP", why, ("query",), ())], _targets([])
    with (
        tempfile.TemporaryDirectory() as folder,
        _both(program, Path(folder)) as servers,
        Child(_client, (servers, plan.rounds), ALL) as client,
    ):
        found = [client.must(question) for question in _queries().items()]
    columns = ("query", "ionm", "oxigraph", "ratio", "added", "same answer")
    rows = tuple(compared.row for compared in found)
    return [Table("Queries over HTTP", _meaning(plan), columns, rows)], _targets(found)


def _queries() -> dict[str, str]:
    folder = ROOT / "docs" / "sparql"
    kept = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rq"))}
    return kept | {name: _PREFIXES + text for name, text in OWN.items()}


@contextlib.contextmanager
def _both(program: str, folder: Path) -> Iterator[tuple[Server, Server]]:
    data = folder / "knowledge.nq"
    with running(folder / "data") as service:
        endpoint = f"http://127.0.0.1:{service.port}/sparql"
        knowledge, _ = open_knowledge([ROOT / "ontology"], [ROOT / "shapes"])
        open_store(build_dataset(knowledge), endpoint).dump(str(data), ox.RdfFormat.N_QUADS)
        with _oxigraph(program, data) as theirs:
            yield Server("ionm", service.port, "/sparql"), Server("oxigraph", theirs, "/query")


@contextlib.contextmanager
def _oxigraph(program: str, data: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603  (its path is that of this environment)
        [program, "serve", "--bind", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        kind = {"Content-Type": "application/n-quads"}
        connection.request("POST", "/store", data.read_bytes(), kind)
        status = connection.getresponse().status
        if status >= 300:
            raise RuntimeError(status)
        yield port
    finally:
        process.kill()
        process.wait()


def _client(
    given: tuple[tuple[Server, Server], int],
) -> Callable[[tuple[str, str]], Compared]:
    """Return what asks both servers one query, from a process that does nothing else."""
    servers, rounds = given
    return lambda question: _compared(*question, servers, rounds)


def _compared(name: str, text: str, servers: tuple[Server, Server], rounds: int) -> Compared:
    connections = [
        http.client.HTTPConnection("127.0.0.1", s.port, timeout=PATIENCE) for s in servers
    ]
    turns, sizes = [], [0, 0]
    for turn in range(1 + 6 * rounds):
        spent = [0.0, 0.0]
        for which in (0, 1) if turn % 2 else (1, 0):
            connections[which].close()  # before the server does; it opens again by itself
            sizes[which], spent[which] = _row(connections[which], servers[which].path, text)
        turns.append((spent[0], spent[1]))
    for connection in connections:
        connection.close()
    return Compared(name, tuple(turns[1:]), sizes[0] == sizes[1])


def _row(connection: http.client.HTTPConnection, path: str, text: str) -> tuple[int, float]:
    """Ask a query some times in a row; return the length of its answer, and the middle time."""
    spent, size = [], 0
    for _ in range(IN_A_ROW):
        began = time.perf_counter()
        size = _asked(connection, path, text)
        spent.append(time.perf_counter() - began)
    return size, statistics.median(spent[1:])


def _asked(connection: http.client.HTTPConnection, path: str, text: str) -> int:
    """Ask a query and return the length of its answer."""
    connection.request("GET", f"{path}?query={quote(text)}", headers={"Accept": _ACCEPT})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(body[:300])
    return len(body)


def _meaning(plan: Plan) -> str:
    return (
        f"The examples of docs/sparql and {len(OWN)} more, each asked {IN_A_ROW} times in a row"
        f" of one server and then of the other, in {6 * plan.rounds} turns; the first time of a row"
        " opens the connection and does not count. Times are the middle over all turns; ratio and"
        " what is added are the middle of those of each turn, since the speed of a shared machine"
        " changes between turns. Both hold the same quads in memory. Ours answers from a process"
        " that is nice and may be killed. The client is a process of its own. Same answer: of the"
        " same length, in JSON or N-Triples."
    )


def _targets(found: list[Compared]) -> list[Target]:
    long = [c.ratio for c in found if c.theirs > LONG]
    short = [c.added * 1000 for c in found if c.theirs <= LONG]
    return [
        Target("queries over 20 ms: ours over Oxigraph's", 1.3, max(long, default=None), "×"),
        Target("queries below 20 ms: added", 3, max(short, default=None), "ms"),
    ]
