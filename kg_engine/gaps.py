"""Tell what a record lacks, whether it matters, and what would change the outcome.

A missing fact is asked for by a shape. Repairs are the smallest sets of open facts that would
make an outcome certain; they are worded "if true and documented", never as advice to say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from kg_engine.abox import CASE_NODE
from kg_engine.conformance import Violation, violations
from kg_engine.inference import DOCUMENTATION, Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import CASE, DCTERMS, NEC, SH, TYPE
from kg_engine.outcomes import NECESSARY, NOT_NECESSARY, OutcomeReader
from kg_engine.terms import IRI, Literal, Term, Triple, local_name

_REPAIR_SIZE = 2
_REPAIRS_TRIED = 2_000
CONDITION = "if true and documented"


@dataclass(frozen=True)
class GapReader:
    """Read the gaps of one case; ``requests`` are those that are a ground for a service."""

    inference: Inference
    knowledge: Knowledge
    reader: OutcomeReader
    requests: tuple[Term, ...]
    unbounded: bool

    def missing(self, *, decided: bool) -> list[dict[str, object]]:
        """Return the missing items, each once, with the shape that asks and whether it matters."""
        if self.inference.limited:
            return []
        world = self.inference.worlds.as_recorded
        found: dict[tuple[str, str], dict[str, object]] = {}
        for target in self.inference.edition.asking:
            for violation in violations(self.inference.closure, target, world):
                item = self._item(violation, target.name, decided=decided)
                found.setdefault((str(item["item"]), str(item["at"])), item)
        return [found[key] for key in sorted(found)]

    def _item(self, violation: Violation, shape: IRI, *, decided: bool) -> dict[str, object]:
        graph, name = self.knowledge.everything, IRI(violation.property_shape)
        feature = IRI(violation.value) if violation.value else None
        item = self.knowledge.notation(feature) if feature else graph.text(name, NEC.item)
        return {
            "item": item,
            "label": self.knowledge.label(feature)
            if feature
            else item.replace("-", " ").replace("_", " "),
            "text": graph.text(name, SH.message),
            "at": _place(violation.focus),
            "shape": local_name(violation.property_shape),
            "asked_by": self._askers(shape, name, feature, item),
            "could_change_outcome": not decided and self._matters(name, feature, item),
        }

    def _askers(self, shape: IRI, name: IRI, feature: IRI | None, item: str) -> list[str]:
        graph = self.knowledge.everything
        demands = [s for s in graph.subjects(NEC.item, Literal(item)) if s != name]
        sources = graph.objects(feature if feature is not None else shape, DCTERMS.source)
        return sorted(local_name(str(s)) for s in demands or sources)

    def _matters(self, name: IRI, feature: IRI | None, item: str) -> bool:
        ungoverned = (Triple(r, TYPE, NEC.UngovernedRequest) for r in self.requests)
        if self.requests and all(self.inference.certain(fact) for fact in ungoverned):
            return False
        settled = self.knowledge.everything.objects(name, NEC.decisiveUnless)
        if settled:
            decided = [self.inference.instance(r, settled) for r in self.requests]
            return not decided or not all(decided)
        for k, fact in enumerate(self.inference.open_facts):
            documentation = fact.kind == DOCUMENTATION and item == "rationale"
            if documentation or (feature is not None and feature in fact.features):
                return self._decisive(k)
        return self.unbounded

    def _decisive(self, k: int) -> bool:
        """Say whether open fact k can change the outcome, or the indication where that is open."""
        if not self.unbounded:
            return self.reader.decisive(CASE_NODE, k)
        axes = (NEC.metWhen, NEC.notMetWhen)
        classes = [
            c for p in axes for c in self.knowledge.graph.objects(NEC.clinical_indication, p)
        ]
        masks = [self.inference.closure.mask(Triple(r, TYPE, IRI(str(c))))
                 for r in self.requests for c in classes]  # fmt: skip
        worlds, universe = self.inference.worlds, self.inference.completions
        if self.inference.open_facts[k].kind == DOCUMENTATION:
            closure = self.inference.closure
            facts = (Triple(r, TYPE, NEC.SolelySupportedRequest) for r in self.requests)
            return not self.requests or any(closure.mask(fact) for fact in facts)
        return any(worlds.flips(mask, k, universe) for mask in masks)

    def repairs(self) -> list[dict[str, object]]:
        """Return the smallest sets of open facts that would make another outcome certain."""
        found: list[dict[str, object]] = []
        masks = self.reader.masks(CASE_NODE)
        for outcome in (NECESSARY, NOT_NECESSARY):
            for literals in self._minimal(masks[outcome][0]) if outcome in masks else []:
                facts = self._facts(literals)
                found.append({"outcome": outcome, "condition": CONDITION, "facts": facts})
        return found

    def _minimal(self, mask: int) -> list[tuple[tuple[int, bool], ...]]:
        n = len(self.inference.open_facts)
        if self.inference.limited or self._covers((), mask):
            return []
        literals = [(k, state) for k in range(n) for state in (True, False)]
        found: list[tuple[tuple[int, bool], ...]] = []
        tried = 0
        for size in range(1, n + 1):
            if size > _REPAIR_SIZE and found:
                break
            for chosen in combinations(literals, size):
                tried += 1
                smaller = any(set(f) <= set(chosen) for f in found)
                if not smaller and self._covers(chosen, mask):
                    found.append(chosen)
            if tried > _REPAIRS_TRIED:
                break
        return found or self._from_presumed(mask)

    def _from_presumed(self, mask: int) -> list[tuple[tuple[int, bool], ...]]:
        n = len(self.inference.open_facts)
        chosen = tuple((k, self.inference.open_facts[k].kind == DOCUMENTATION) for k in range(n))
        if not self._covers(chosen, mask):
            return []
        for literal in chosen:
            rest = tuple(other for other in chosen if other != literal)
            chosen = rest if self._covers(rest, mask) else chosen
        return [chosen]

    def _covers(self, literals: tuple[tuple[int, bool], ...], mask: int) -> bool:
        cube = self.inference.completions
        for literal in literals:
            cube &= self._literals[literal]
        return bool(cube) and not cube & ~mask

    @cached_property
    def _literals(self) -> dict[tuple[int, bool], int]:
        """Return the completions in which each open fact holds, and in which it fails."""
        worlds, count = self.inference.worlds, len(self.inference.open_facts)
        return {(k, True): worlds.holds(k) for k in range(count)} | {
            (k, False): worlds.fails(k) for k in range(count)
        }

    def _facts(self, literals: tuple[tuple[int, bool], ...]) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for k, state in literals:
            fact = self.inference.open_facts[k]
            if fact.kind == DOCUMENTATION:
                found.append({"item": "rationale", "state": "specific" if state else "generic"})
            for feature in fact.features:
                item = self.knowledge.notation(feature)
                found.append({"item": item, "state": "present" if state else "absent"})
        return found


def _place(focus: str) -> str:
    return "/" + focus[len(CASE.base) :] if focus != CASE_NODE else "/"
