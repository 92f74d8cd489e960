"""Put the same tests to owlrl and to reasonable, each in a process that can be stopped.

owlrl runs with axiomatic and datatype triples; it tells an inconsistency by nodes of the class
``ErrorMessage``. reasonable is run where it is installed; it tells no inconsistency at all.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
from multiprocessing.connection import Connection

import owlrl
import pyshacl
import rdflib
from rdflib.namespace import SH

from kg_engine.terms import BNode, Literal, Term, Triple, ntriple
from tests.conformance.matching import entails
from tests.conformance.owl_suites import OwlTest, from_rdflib
from tests.conformance.running import Verdict
from tests.conformance.shacl_suite import Report, ShaclTest

ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
SECONDS = 20.0


def installed(name: str) -> bool:
    """Say whether another engine can be run here."""
    return importlib.util.find_spec(name) is not None


def _owlrl(graph: rdflib.Graph) -> tuple[frozenset[Triple], bool]:
    closure = owlrl.DeductiveClosure(
        owlrl.OWLRL_Semantics, axiomatic_triples=True, datatype_axioms=True
    )
    closure.expand(graph)
    return frozenset(from_rdflib(graph)), (None, rdflib.RDF.type, ERROR) in graph


def _reasonable(graph: rdflib.Graph) -> tuple[frozenset[Triple], bool]:
    import reasonable  # noqa: PLC0415 - not installed everywhere

    engine = reasonable.PyReasoner()
    engine.from_graph(graph)
    return frozenset(from_rdflib(engine.reason())), False


ENGINES = {"owlrl": _owlrl, "reasonable": _reasonable}


def _answer(name: str, pipe: Connection) -> None:
    while True:
        premise, conclusion = pipe.recv()
        graph = rdflib.Graph().parse(data="\n".join(map(ntriple, premise)), format="nt")
        wanted = rdflib.Graph().parse(data="\n".join(map(ntriple, conclusion)), format="nt")
        closure, inconsistent = ENGINES[name](graph)
        pipe.send(Verdict(entails(closure, from_rdflib(wanted)), inconsistent))


class Other:
    """Keep a process of another engine, and begin a new one where it takes too long or dies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._start()

    def _start(self) -> None:
        self._pipe, far = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_answer, args=(self.name, far), daemon=True)
        self._process.start()
        far.close()

    def verdict(self, test: OwlTest) -> Verdict | None:
        """Return what the engine says of a test, or None where it says nothing in time."""
        self._pipe.send((test.premise, test.conclusion))
        try:
            if self._pipe.poll(SECONDS):
                found = self._pipe.recv()
                assert isinstance(found, Verdict)
                return found
        except EOFError:
            pass
        self.stop()
        self._start()
        return None

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self._pipe.close()


def pyshacl_report(test: ShaclTest) -> Report:
    """Return the report of pyshacl, at the level at which we compare."""
    data, shapes = (_rdflib(graph) for graph in (test.data, test.shapes))
    conforms, report, _ = pyshacl.validate(data, shacl_graph=shapes, advanced=False)
    assert isinstance(report, rdflib.Graph)
    focused = [
        (o, SH.focusNode, o)
        for r in report.objects(None, SH.result)
        for o in report.objects(r, SH.focusNode)
    ]
    return Report(conforms, frozenset(triple.s for triple in from_rdflib(focused)))


def _rdflib(triples: frozenset[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for s, p, o in triples:
        graph.add((_node(s), rdflib.URIRef(p), _node(o)))
    return graph


def _node(term: Term) -> rdflib.term.IdentifiedNode | rdflib.Literal:
    if isinstance(term, Literal):
        told = (
            {"lang": term.language} if term.language else {"datatype": rdflib.URIRef(term.datatype)}
        )
        return rdflib.Literal(term.lexical, normalize=False, **told)
    return rdflib.BNode(term[2:]) if isinstance(term, BNode) else rdflib.URIRef(term)
