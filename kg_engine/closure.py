"""Close facts under OWL 2 RL, and record every rule application while inferring.

Each fact carries the set of worlds in which it holds, as a bit set: a world is one way in which
the record could be completed. A rule is AND over its premises and OR over its derivations
(provenance over the Boolean semiring: Green, Karvounarakis, Tannen, PODS 2007). Rules run once
for each new fact; when a fact grows to more worlds, the recorded derivations carry that on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg_engine.derivation import Derivation
from kg_engine.facts import Facts
from kg_engine.namespaces import OWL, TYPE
from kg_engine.rules import class_axioms, classes, datatypes, equality, properties, schema
from kg_engine.terms import Literal, Triple

TYPE_RULES = class_axioms.TYPE_RULES + classes.TYPE_RULES + properties.TYPE_RULES
LINK_RULES = properties.LINK_RULES + classes.LINK_RULES + datatypes.LINK_RULES
WORK_LIMIT = 40_000


class WorkLimitExceeded(Exception):
    """Say that a closure needed more rule applications than it may have."""


@dataclass
class Closure:
    """Grow a closure; ``worlds`` is the bit set of all worlds.

    ``masks`` tells the worlds of each own fact; facts of the base hold in every world.
    """

    base: Closure | None = None
    worlds: int = 1
    work_limit: int = WORK_LIMIT
    facts: Facts = field(init=False)
    masks: dict[Triple, int] = field(default_factory=dict)
    derivations: dict[Triple, list[Derivation]] = field(default_factory=dict)
    clashes: list[Derivation] = field(default_factory=list)
    attested: dict[Derivation, int] = field(default_factory=dict)
    _dependents: dict[Triple, list[Derivation]] = field(default_factory=dict)
    _seen: set[Derivation] = field(default_factory=set)
    _queue: list[tuple[Triple, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts = Facts(self.base.facts if self.base else None)

    def mask(self, triple: Triple) -> int:
        """Return the worlds in which a triple holds; 0 where it is no fact."""
        own = self.masks.get(triple, 0)
        if self.base is not None and triple in self.base.facts:
            return self.worlds
        return own

    def inconsistent(self) -> int:
        """Return the worlds that a contradiction rules out."""
        found = 0
        for clash in self.clashes:
            found |= self._premise_mask(clash)
        return found

    def derivation_mask(self, derivation: Derivation) -> int:
        """Return the worlds in which a derivation, or a contradiction, goes through."""
        attested = self.attested.get(derivation)
        return self._premise_mask(derivation) if attested is None else attested

    def extend(self, triples: Iterable[tuple[Triple, int]]) -> None:
        """Add facts with their worlds and run the rules to the fixpoint.

        Raises WorkLimitExceeded when the bound on rule applications is reached.
        """
        for triple, mask in triples:
            self._add(triple, mask)
        self._run()

    def attest(self, derivation: Derivation, mask: int) -> None:
        """Add what a shape attests, with the worlds in which its focus node conforms."""
        if not mask or derivation.conclusion is None:
            return
        self.attested[derivation] = mask
        self.derivations.setdefault(derivation.conclusion, []).append(derivation)
        self._add(derivation.conclusion, mask)

    def settle(self) -> None:
        """Run the rules on what was attested."""
        self._run()

    def _premise_mask(self, derivation: Derivation) -> int:
        found = self.worlds
        for premise in derivation.premises:
            found &= self.mask(premise)
            if not found:
                break
        return found

    def _add(self, triple: Triple, mask: int) -> None:
        if isinstance(triple.s, Literal) or (self.base and triple in self.base.facts):
            return
        old = self.masks.get(triple)
        new = mask | (old or 0)
        if new == old or not new:
            return
        self.masks[triple] = new
        fresh = self.facts.insert(triple)
        self._queue.append((triple, fresh))

    def _run(self) -> None:
        while self._queue:
            triple, fresh = self._queue.pop()
            if fresh:
                for derivation in fire(triple, self.facts):
                    self._record(derivation)
            else:
                for derivation in self._dependents.get(triple, ()):
                    if derivation.conclusion is not None:
                        self._add(derivation.conclusion, self._premise_mask(derivation))

    def _record(self, derivation: Derivation) -> None:
        if derivation in self._seen or derivation.conclusion in derivation.premises:
            return
        if len(self._seen) >= self.work_limit:
            raise WorkLimitExceeded
        self._seen.add(derivation)
        for premise in derivation.premises:
            if premise in self.masks:
                self._dependents.setdefault(premise, []).append(derivation)
        if derivation.conclusion is None:
            self.clashes.append(derivation)
            return
        self.derivations.setdefault(derivation.conclusion, []).append(derivation)
        self._add(derivation.conclusion, self._premise_mask(derivation))


def fire(triple: Triple, facts: Facts) -> Iterator[Derivation]:
    """Yield every derivation of the rules of Tables 4 to 8 that uses a triple."""
    if triple.p == TYPE:
        for rule in TYPE_RULES:
            yield from rule(triple, facts)
    elif triple.p == OWL.sameAs:
        for rule in equality.SAME_RULES:
            yield from rule(triple, facts)
    if not schema.is_schema(triple.p):
        for rule in LINK_RULES:
            yield from rule(triple, facts)
    for rule in equality.ANY_RULES:
        yield from rule(triple, facts)


def close_knowledge(axioms: Iterable[Triple], *, with_schema: bool = False) -> Closure:
    """Close the knowledge by itself: the base on which every case is closed.

    ``with_schema`` adds Table 9, for queries over inferred knowledge.
    """
    closure = Closure(work_limit=50_000_000)
    for triple in axioms:
        closure.facts.insert(_canonical(triple))
        closure.masks[_canonical(triple)] = 1
    closure.facts.index_lists()
    done = -1
    while len(closure.masks) != done:
        done = len(closure.masks)
        _pass(closure, with_schema=with_schema)
    return closure


def _pass(closure: Closure, *, with_schema: bool) -> None:
    for derivation in classes.cls_oo(closure.facts):
        closure._record(derivation)
    for triple in list(closure.masks):
        for derivation in fire(triple, closure.facts):
            closure._record(derivation)
        if with_schema:
            for rule in schema.SCHEMA_RULES:
                for derivation in rule(triple, closure.facts):
                    closure._record(derivation)
    closure._run()


def _canonical(triple: Triple) -> Triple:
    if isinstance(triple.o, Literal):
        return Triple(triple.s, triple.p, datatypes.canonical(triple.o) or triple.o)
    return triple
