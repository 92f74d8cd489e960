"""Unfold a proof, which is a graph, into a tree that names each shared node once in full."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kg_engine.namespaces import OWL, RDF
from kg_engine.terms import n3

_STRUCTURE = frozenset(
    n3(p)
    for p in (
        OWL.intersectionOf, OWL.unionOf, OWL.oneOf, OWL.onProperty, OWL.hasValue,
        OWL.someValuesFrom, OWL.allValuesFrom, RDF.first, RDF.rest,
    )
)  # fmt: skip
_TOLD = {"inference", "attestation"}
_LEAST_ROOM = 40
_Marks: TypeAlias = tuple[str, str, str, str]
KINDS = {
    "inference": "inferred", "attestation": "attested", "record": "from the record",
    "axiom": "from the knowledge", "assumption": "assumed", "contradiction": "contradiction",
}  # fmt: skip


@dataclass(frozen=True)
class Branch:
    """One node of the tree; ``again`` says that it stands in full further up."""

    id: str
    kind: str
    text: str
    rule: str = ""
    place: str = ""
    verification: str = ""
    again: bool = False
    structural: bool = False
    facts: tuple[Branch, ...] = ()
    axioms: tuple[Branch, ...] = ()

    @property
    def sign(self) -> str:
        """Return in words what kind of node this is."""
        return KINDS.get(self.kind, self.kind)

    @property
    def spoken_axioms(self) -> tuple[Branch, ...]:
        """Return the axioms that say something by themselves."""
        return tuple(a for a in self.axioms if not a.structural)


@dataclass
class _Unfolder:
    nodes: Mapping[str, Mapping[str, Any]]
    seen: set[str] = field(default_factory=set)

    def branch(self, id_: str) -> Branch:
        node = self.nodes[id_]
        again = id_ in self.seen
        self.seen.add(id_)
        premises = () if again else tuple(node.get("premises", ()))
        axioms = [p for p in premises if self.nodes[p]["kind"] == "axiom"]
        facts = [p for p in premises if self.nodes[p]["kind"] != "axiom"]
        return Branch(
            id_, str(node["kind"]), str(node["text"]), str(node.get("rule", "")),
            str(node.get("path", "") or node.get("file", "")),
            str(node.get("verification", "")), again, _is_structural(node),
            tuple(self.branch(p) for p in facts), tuple(self.branch(p) for p in axioms),
        )  # fmt: skip


def unfold(proof: Mapping[str, Any]) -> tuple[Branch, ...]:
    """Return one tree for each conclusion that a proof, as JSON values, proves."""
    unfolder = _Unfolder({str(node["id"]): node for node in proof["nodes"]})
    return tuple(unfolder.branch(str(root)) for root in proof["roots"])


def lines(tree: Branch, *, width: int, ascii_only: bool = False) -> Iterator[str]:
    """Yield a tree as indented lines; axioms are named by what they say and where they stand."""
    marks = ("|- ", "`- ", "|  ", "   ") if ascii_only else ("├─ ", "└─ ", "│  ", "   ")
    yield from _wrapped(tree, "", "   ", width)
    yield from _below(tree, "", marks, width)


def _below(tree: Branch, indent: str, marks: _Marks, width: int) -> Iterator[str]:
    tee, corner, bar, blank = marks
    parts = [*tree.facts, *tree.spoken_axioms]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        inner = indent + (blank if last else bar)
        yield from _wrapped(part, indent + (corner if last else tee), inner, width)
        yield from _below(part, inner, marks, width)


def _wrapped(branch: Branch, first: str, rest: str, width: int) -> list[str]:
    room = max(width, len(rest) + _LEAST_ROOM)
    return textwrap.wrap(
        _line(branch), room, initial_indent=first, subsequent_indent=rest + "   ",
        break_on_hyphens=False,
    )  # fmt: skip


def _line(branch: Branch) -> str:
    by = f" [{branch.rule}]" if branch.rule else ""
    where = f" <{branch.place}>" if branch.place else ""
    mark = " (unverified)" if branch.verification == "unverified" else ""
    again = " (see above)" if branch.again and branch.kind in _TOLD else ""
    return f"{branch.id}. {branch.sign}: {branch.text}{by}{where}{mark}{again}"


def _is_structural(node: Mapping[str, Any]) -> bool:
    triple = node.get("triple", ())
    return node["kind"] == "axiom" and any(term in _STRUCTURE for term in triple[1:2])
