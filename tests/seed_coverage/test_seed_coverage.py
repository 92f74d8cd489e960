"""Each statement of the article is held by terms; one that decides, decides some case.

``statements.json`` maps every statement of the source article to the terms that hold it. Where a
statement decides, a case shows its term, and without its axioms that case is answered otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kg_engine import Engine, determine
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, OWL, RDFS
from kg_engine.terms import IRI, Triple, local_name
from tests.variants import read_cases, sliced, variant, without

STATEMENTS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "statements.json").read_text(encoding="utf-8")
)
DECIDING = [s for s in STATEMENTS if s["role"] == "decides"]
PREFIXES = {"ionm": "https://w3id.org/ionm#", "nec": NEC.base}
POLICY_LINKS = (NEC.hasStep, NEC.includesSource)
TRIED = 20


def expand(name: str) -> IRI:
    """Return the IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return IRI(PREFIXES[prefix] + local)


def axioms_of(knowledge: Knowledge, name: IRI) -> set[Triple]:
    """Return what makes a class or a policy take part in a decision.

    Of a class: its links to recommendations, the conditions that lead to it, and what attests it.
    Of a policy: its links to steps and sources.
    """
    graph, shapes = knowledge.graph, knowledge.shapes_graph
    links = {Triple(name, p, o) for p in POLICY_LINKS for o in graph.objects(name, p)}
    links |= {
        Triple(name, RDFS.subClassOf, o)
        for o in graph.objects(name, RDFS.subClassOf)
        if graph.objects(o, OWL.hasValue)
    }
    links |= {Triple(s, RDFS.subClassOf, name) for s in graph.subjects(RDFS.subClassOf, name)}
    return links | {Triple(s, NEC.attests, name) for s in shapes.subjects(NEC.attests, name)}


def answer(document: dict[str, Any]) -> object:
    """Return what of a determination counts as its answer."""
    return {
        "outcome": document["outcome"],
        "possible": document["possible_outcomes"],
        "presumptive": document["presumptive_outcome"],
        "reasons": [r["id"] for r in document["reasons"]],
        "steps": [(s["id"], s["status"]) for s in document["steps"]],
        "services": [(s["code"], s["outcome"]) for s in document["services"]],
        "voices": [(r["id"], r["prevails"]) for r in document["recommendations"]],
    }


class Bench:
    """Determine cases, each once, on knowledge cut to the codes that cases name."""

    def __init__(self, engine: Engine) -> None:
        self.cases = {n: c for n, c in read_cases().items() if "refused" not in c["expect"]}
        self.engine = variant(engine, sliced(engine.knowledge, self.cases.values()))
        self._kept: dict[str, dict[str, Any]] = {}
        self._deprived: dict[str, Engine] = {}

    def deprived(self, name: str) -> Engine:
        """Return an engine on knowledge without the axioms of a class or policy."""
        if name not in self._deprived:
            knowledge = self.engine.knowledge
            dropped = axioms_of(knowledge, expand(name))
            assert dropped, f"{name} has no axioms to drop"
            deprived = without(knowledge, dropped)
            self._deprived[name] = variant(self.engine, deprived, same_words=True)
        return self._deprived[name]

    def document(self, name: str) -> dict[str, Any]:
        """Return the determination of a case."""
        if name not in self._kept:
            self._kept[name] = determine(self.cases[name]["record"], self.engine).document
        return self._kept[name]

    def shows(self, name: str, terms: Iterable[str]) -> bool:
        """Say whether a case's proof, recommendations or steps name one of some terms."""
        document = self.document(name)
        named = {r["id"] for r in document["recommendations"]}
        triples = (n.get("triple") or () for n in document["proof"]["nodes"])
        named |= {local_name(part.strip("<>")) for triple in triples for part in triple}
        steps = {s["id"] for s in document["steps"] if s["status"] != "unknown"}
        return any(local(t) in named or step_of(t) in steps for t in terms)

    def likely(self, terms: Iterable[str]) -> Iterator[str]:
        """Yield the cases, first those that expect a step not met, or name a term."""
        wanted = [*map(local, terms), *filter(None, map(step_of, terms))]

        def rank(name: str) -> tuple[bool, int, str]:
            expected = self.cases[name]["expect"]
            hits = sum(term in json.dumps(expected) for term in wanted)
            adverse = any(expected.get("steps", {}).get(w) == "not_met" for w in wanted)
            return not adverse, -hits, name

        yield from sorted(self.cases, key=rank)


def local(term: str) -> str:
    """Return what follows the prefix of a prefixed name."""
    return term.partition(":")[2]


def step_of(term: str) -> str:
    """Return the id of the step that a term is, or the empty string."""
    return local(term).partition("-step-")[2].replace("-", "_")


@pytest.fixture(scope="module")
def bench(engine: Engine) -> Bench:
    """Return a bench on the project's own knowledge and cases."""
    return Bench(engine)


def named(statement: dict[str, Any]) -> str:
    """Name a test by the statement's id."""
    return str(statement["id"])


@pytest.mark.parametrize("statement", STATEMENTS, ids=named)
def test_every_term_of_a_statement_exists(statement: dict[str, Any], engine: Engine) -> None:
    everything = engine.knowledge.everything
    terms = [*statement["terms"], *filter(None, [statement["axiom_of"]])]
    assert statement["terms"]
    assert [t for t in terms if not everything.objects(expand(t), RDFS.label)] == []


@pytest.mark.parametrize("statement", STATEMENTS, ids=named)
def test_the_terms_of_a_statement_cite_its_references(
    statement: dict[str, Any], engine: Engine
) -> None:
    graph = engine.knowledge.graph
    cited = {
        str(reference).rpartition("-ref-")[2]
        for term in map(expand, statement["terms"])
        for reference in (term, *graph.objects(term, NEC.citesReference))
    }
    assert {str(number) for number in statement["references"]} <= cited


@pytest.mark.parametrize("statement", DECIDING, ids=named)
def test_a_deciding_statement_decides_some_case(statement: dict[str, Any], bench: Bench) -> None:
    axiom = statement["axiom_of"]
    terms = [*statement["terms"], axiom]
    shown: list[str] = []
    for name in sorted(bench.likely(terms), key=lambda name: not bench.shows(name, [axiom])):
        if not bench.shows(name, terms):
            continue
        shown.append(name)
        deprived = determine(bench.cases[name]["record"], bench.deprived(axiom)).document
        if answer(deprived) != answer(bench.document(name)):
            return
        if len(shown) == TRIED:
            break
    pytest.fail(f"{statement['statement']} Shown by {shown}, none of which needs {axiom}.")
