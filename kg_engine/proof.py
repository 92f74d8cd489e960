"""Build the proof of a conclusion: a directed acyclic graph of derivations down to its leaves.

A leaf is a fact of the record (with its path), an axiom (with the file that states it and its
source), or an assumption (only where a conclusion holds in every completion and in no single
derivation). A step by ``sh:conforms`` names its shape and the values that the shape saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kg_engine.abox import CASE_NODE
from kg_engine.closure import Application
from kg_engine.derivation import ATTESTS
from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import DCTERMS, NEC, OWL, RDFS, TYPE
from kg_engine.program import Fact, normal
from kg_engine.render import render
from kg_engine.smallest import present, smallest_derivations
from kg_engine.terms import BNode, Literal, Term, Triple, n3

ASSUMED = Triple(CASE_NODE, TYPE, NEC.AssumedDocumentedCase)
_FILLERS = (OWL.hasValue, OWL.someValuesFrom)


class ProofNode(NamedTuple):
    """One node: what it says, by which rule from which nodes, or which kind of leaf it is."""

    id: str
    kind: str
    rule: str
    text: str
    triple: Triple | None
    premises: tuple[str, ...] = ()
    path: str = ""
    file: str = ""
    sources: tuple[str, ...] = ()
    verification: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """The nodes, each once, and the ids of the conclusions proved, in order."""

    roots: tuple[str, ...]
    nodes: tuple[ProofNode, ...]
    assumes: bool = False

    @property
    def unverified(self) -> tuple[str, ...]:
        """Return the texts of the unverified axioms that the proof rests on."""
        return tuple(sorted({n.text for n in self.nodes if n.verification == "unverified"}))


@dataclass
class ProofBuilder:
    """Build proofs of one inference in one world."""

    inference: Inference
    knowledge: Knowledge
    world: int
    _nodes: dict[Fact | Application, ProofNode] = field(default_factory=dict)
    _stated: dict[Fact | None, str] = field(init=False)
    _chosen: Mapping[Fact, Application] = field(init=False)

    def prove(self, conclusions: Iterable[Triple | Application]) -> Proof:
        """Prove conclusions that hold in the world; a contradiction is given as application."""
        closure, conclusions = self.inference.closure, tuple(conclusions)
        facts = [c if isinstance(c, Application) else closure.fact(c) for c in conclusions]
        below = [p for f in facts for p in (f.premises if isinstance(f, Application) else (f,))]
        self._stated = {closure.fact(t): path for t, path in self.inference.abox.facts.items()}
        given = self._stated.keys() | {closure.fact(ASSUMED)}
        self._chosen = smallest_derivations(
            closure, self.world, given, (f for f in below if f is not None)
        )
        roots = [self._clash(f) if isinstance(f, Application) else self._node(f)
                 for f in facts if f is not None]  # fmt: skip
        nodes = sorted(self._nodes.values(), key=lambda n: int(n.id))
        assumes = any(n.kind == "assumption" for n in nodes)
        return Proof(tuple(dict.fromkeys(roots)), tuple(nodes), assumes)

    def _clash(self, clash: Application) -> str:
        if clash not in self._nodes:
            premises = (*clash.clause.axioms, *clash.premises)
            said = [render(self.inference.closure.triple(p), self.knowledge) for p in premises]
            text = f"contradiction: {' — '.join(said)}"
            ids = tuple(self._node(p) for p in premises)
            self._keep(clash, kind="contradiction", rule=clash.clause.rule, text=text, premises=ids)
        return self._nodes[clash].id

    def _node(self, fact: Fact) -> str:
        if fact not in self._nodes:
            application = self._chosen.get(fact)
            if application is None and fact not in self._stated:
                application = self.inference.edition.base_derivations.get(fact)
            if application is None:
                self._leaf(fact)
            else:
                self._step(fact, application)
        return self._nodes[fact].id

    def _step(self, fact: Fact, application: Application) -> None:
        seen = present(application, self.world)
        premises = tuple(self._node(p) for p in (*application.clause.axioms, *seen))
        rule = application.clause.rule
        kind = "attestation" if rule == ATTESTS else "inference"
        triple = self.inference.closure.triple(fact)
        text = render(triple, self.knowledge)
        self._keep(fact, triple, kind=kind, rule=rule, text=text, premises=premises)

    def _leaf(self, fact: Fact) -> None:
        leaves, path = self.inference.edition.leaves, self._stated.get(fact)
        if path is None and fact in leaves:
            self._nodes[fact] = leaves[fact]._replace(id=str(len(self._nodes) + 1))
            return
        triple = self.inference.closure.triple(fact)
        axiom = as_written(triple, self.knowledge) if path is None else None
        if axiom is not None:
            leaves[fact] = axiom_leaf(self.knowledge, axiom, self.inference.edition.files)
            self._leaf(fact)
            return
        text = render(triple, self.knowledge)
        if path is not None:
            self._keep(fact, triple, kind="record", text=text, path=path or "/")
            return
        if triple not in self.inference.assumed:
            raise RuntimeError(f"no proof of: {text}")
        self._keep(fact, triple, kind="assumption", text=text)

    def _keep(
        self,
        key: Fact | Application,
        triple: Triple | None = None,
        *,
        kind: str,
        text: str,
        rule: str = "",
        premises: tuple[str, ...] = (),
        path: str = "",
    ) -> None:
        number = str(len(self._nodes) + 1)
        self._nodes[key] = ProofNode(number, kind, rule, text, triple, premises, path)


def as_written(fact: Triple, knowledge: Knowledge) -> Triple | None:
    """Return a triple as some file writes it, maybe with another literal of that value, or None."""
    if fact in knowledge.places or not isinstance(fact.o, Literal):
        return fact if fact in knowledge.places else None
    written = (Triple(fact.s, fact.p, o) for o in knowledge.everything.objects(fact.s, fact.p))
    return next((t for t in written if normal(t) == fact), None)


def axiom_leaf(knowledge: Knowledge, fact: Triple, files: frozenset[str]) -> ProofNode:
    """Return the leaf of an axiom, still without a number; ``files`` are those in force."""
    in_force = files | knowledge.shape_files.keys()
    about, file = _subject(fact, knowledge), min(in_force & knowledge.places[fact])
    return ProofNode(
        "", "axiom", "", render(fact, knowledge), fact, file=file,
        sources=_sources(about, knowledge), verification=_verification(about, knowledge),
    )  # fmt: skip


def _subject(fact: Triple, knowledge: Knowledge) -> Term | None:
    """Return the named term whose provenance an axiom has; None for the syntax of an expression.

    An anonymous class is as good as the code or class that it demands, else as what it implies.
    """
    if not isinstance(fact.s, BNode):
        return fact.s
    if fact.p != RDFS.subClassOf:
        return None
    graph = knowledge.graph
    demanded = [o for p in _FILLERS for o in graph.objects(fact.s, p) if not isinstance(o, BNode)]
    return demanded[0] if demanded else fact.o


def _sources(about: Term | None, knowledge: Knowledge) -> tuple[str, ...]:
    if about is None:
        return ()
    graph = knowledge.everything
    found = graph.objects(about, DCTERMS.source) + graph.objects(about, NEC.citesReference)
    return tuple(sorted({str(s) for s in found}))


def _verification(about: Term | None, knowledge: Knowledge) -> str:
    if about is None:
        return ""
    found = knowledge.everything.value(about, NEC.verification)
    return knowledge.label(found).replace(" ", "-") if found is not None else ""


def as_json(proof: Proof) -> dict[str, object]:
    """Return a proof as plain JSON values; empty members are left out."""
    return {
        "roots": list(proof.roots),
        "assumes": proof.assumes,
        "nodes": [_node_json(node) for node in proof.nodes],
    }


def _node_json(node: ProofNode) -> dict[str, object]:
    found: dict[str, object] = {"id": node.id, "kind": node.kind, "text": node.text}
    if node.triple is not None:
        found["triple"] = list(map(n3, node.triple))
    if node.rule:
        found["rule"] = node.rule
    if node.path:
        found["path"] = node.path
    if node.file:
        found["file"] = node.file
    if node.verification:
        found["verification"] = node.verification
    if node.premises:
        found["premises"] = list(node.premises)
    if node.sources:
        found["sources"] = list(node.sources)
    return found
