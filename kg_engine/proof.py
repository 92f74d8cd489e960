"""Build the proof of a conclusion: a directed acyclic graph of derivations down to its leaves.

A leaf is a fact of the record (with its path), an axiom (with the file that states it and its
source), or an assumption (only where a conclusion holds in every completion and in no single
derivation). A step by ``sh:conforms`` names its shape and the values that the shape saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kg_engine.derivation import ATTESTS, Derivation
from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import DCTERMS, NEC, OWL, RDFS
from kg_engine.render import render
from kg_engine.smallest import present, smallest_derivations
from kg_engine.terms import BNode, Term, Triple, n3

_FILLERS = (OWL.hasValue, OWL.someValuesFrom)


@dataclass(frozen=True, slots=True)
class ProofNode:
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
    _nodes: dict[Triple | Derivation, ProofNode] = field(default_factory=dict)
    _chosen: Mapping[Triple, Derivation] = field(init=False)

    def __post_init__(self) -> None:
        facts = self.inference.abox.facts
        self._chosen = smallest_derivations(
            self.inference.closure, self.world, _Given(self.inference)
        )
        assert all(fact not in self._chosen for fact in facts)

    def prove(self, conclusions: Iterable[Triple | Derivation]) -> Proof:
        """Prove conclusions that hold in the world; a contradiction is given as derivation."""
        roots = [self._clash(c) if isinstance(c, Derivation) else self._node(c)
                 for c in conclusions]  # fmt: skip
        nodes = sorted(self._nodes.values(), key=lambda n: int(n.id))
        assumes = any(n.kind == "assumption" for n in nodes)
        return Proof(tuple(dict.fromkeys(roots)), tuple(nodes), assumes)

    def _clash(self, clash: Derivation) -> str:
        if clash not in self._nodes:
            premises = tuple(self._node(p) for p in clash.premises)
            text = f"contradiction: {' — '.join(render(p, self.knowledge) for p in clash.premises)}"
            self._keep(clash, kind="contradiction", rule=clash.rule, text=text, premises=premises)
        return self._nodes[clash].id

    def _node(self, fact: Triple) -> str:
        if fact not in self._nodes:
            derivation = self._chosen.get(fact) or self.inference.edition.base_derivations.get(fact)
            if derivation is None:
                self._leaf(fact)
            else:
                self._step(fact, derivation)
        return self._nodes[fact].id

    def _step(self, fact: Triple, derivation: Derivation) -> None:
        seen = present(self.inference.closure, derivation, self.world)
        premises = tuple(dict.fromkeys(self._node(p) for p in seen))
        kind = "attestation" if derivation.rule == ATTESTS else "inference"
        text = render(fact, self.knowledge)
        self._keep(fact, kind=kind, rule=derivation.rule, text=text, premises=premises)

    def _leaf(self, fact: Triple) -> None:
        text = render(fact, self.knowledge)
        path = self.inference.abox.facts.get(fact)
        if path is not None:
            self._keep(fact, kind="record", rule="", text=text, path=path or "/")
            return
        file = self.knowledge.places.get(fact)
        if file is None:
            self._keep(fact, kind="assumption", rule="", text=text)
            return
        about = _subject(fact, self.knowledge)
        self._keep(fact, kind="axiom", rule="", text=text, file=file,
                   sources=_sources(about, self.knowledge),
                   verification=_verification(about, self.knowledge))  # fmt: skip

    def _keep(
        self,
        key: Triple | Derivation,
        *,
        kind: str,
        rule: str,
        text: str,
        premises: tuple[str, ...] = (),
        path: str = "",
        file: str = "",
        sources: tuple[str, ...] = (),
        verification: str = "",
    ) -> None:
        number = str(len(self._nodes) + 1)
        triple = key if isinstance(key, Triple) else None
        self._nodes[key] = ProofNode(
            number, kind, rule, text, triple, premises, path, file, sources, verification
        )


class _Given:
    """Say which facts need no derivation: those of the record, and assumptions."""

    def __init__(self, inference: Inference) -> None:
        self._facts = inference.abox.facts
        self._derived = inference.closure.derivations

    def __contains__(self, fact: object) -> bool:
        return fact in self._facts or fact not in self._derived or _assumed(fact)


def _assumed(fact: object) -> bool:
    return isinstance(fact, Triple) and fact.o == NEC.AssumedDocumentedCase


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
        found["triple"] = [n3(term) for term in node.triple]
    for key in ("rule", "path", "file", "verification"):
        if getattr(node, key):
            found[key] = getattr(node, key)
    for key in ("premises", "sources"):
        if getattr(node, key):
            found[key] = list(getattr(node, key))
    return found
