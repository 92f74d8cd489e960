"""Close facts under a compiled program, and record every rule application while inferring.

Each fact carries the set of worlds in which it holds, as a bit set: a world is one way in which
the record could be completed, and -1 stands for all of them. A rule is AND over its premises and
OR over its derivations (provenance over the Boolean semiring: Green, Karvounarakis, Tannen, PODS
2007). Evaluation is semi-naive: a fact joins only with what came before it, so each rule
application is found once; when a fact grows to more worlds, recorded derivations carry that on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from kg_engine.datatypes import belongs, canonical, same_value
from kg_engine.derivation import Derivation
from kg_engine.namespaces import OWL
from kg_engine.numbering import Numbering
from kg_engine.program import (
    CHECK,
    OBJECTS,
    Fact,
    IntClause,
    Plan,
)  # fmt: skip
from kg_engine.terms import IRI, Literal, Term, Triple

EVERYWHERE = -1
WORK_LIMIT = 40_000
_NOTHING: list[int] = []
DT_NOT_TYPE = IntClause("dt-not-type", (), (), None)
DT_DIFF = IntClause("dt-diff", (), (), None)


class WorkLimitExceeded(Exception):
    """Say that a closure needed more rule applications than it may have."""


class Application(NamedTuple):
    """One rule application: the clause, and a fact for each atom of its body.

    ``conforms`` tells, of an attestation, the worlds in which its focus node conforms; its
    premises are what the shape saw, and ``seen`` the worlds in which each of them held then.
    """

    clause: IntClause
    premises: tuple[Fact, ...]
    conforms: int | None = None
    seen: tuple[int, ...] = ()


Applications: TypeAlias = list[Application]
Index: TypeAlias = dict[tuple[int, int], list[int]]


@dataclass
class Closure(Numbering):
    """Grow a closure; ``worlds`` is the bit set of all worlds.

    ``masks`` tells the worlds of each own fact; facts of the base hold in every world.
    """

    base: Closure | None = None
    worlds: int = 1
    work_limit: int = WORK_LIMIT
    masks: dict[Fact, int] = field(default_factory=dict)
    applications: dict[Fact, Applications] = field(default_factory=dict)
    contradictions: Applications = field(default_factory=list)
    work: int = 0
    _forward: Index = field(default_factory=dict)
    _backward: Index = field(default_factory=dict)
    _fired: set[Fact] = field(default_factory=set)
    _dependents: dict[Fact, list[tuple[Application, Fact]]] = field(default_factory=dict)
    _queue: list[Fact] = field(default_factory=list)
    _grown: list[Fact] = field(default_factory=list)
    _below: Mapping[Fact, int] = field(default_factory=dict)
    _below_forward: Index = field(default_factory=dict)
    _below_backward: Index = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.base is not None:
            self._below = self.base.masks
            self._below_forward, self._below_backward = self.base._forward, self.base._backward

    def mask(self, triple: Triple) -> int:
        """Return the worlds in which a triple holds; 0 where it is no fact."""
        fact = self.fact(triple)
        return 0 if fact is None else self.worlds_of(fact)

    def worlds_of(self, fact: Fact) -> int:
        """Return the worlds in which a numbered fact holds."""
        own = self.masks.get(fact)
        if own is not None:
            return own & self.worlds
        return self.worlds if fact in self._below else 0

    def inconsistent(self) -> int:
        """Return the worlds that a contradiction rules out."""
        found = 0
        for application in self.contradictions:
            found |= self.application_mask(application)
        return found

    def application_mask(self, application: Application) -> int:
        """Return the worlds in which a rule application, or an attestation, goes through."""
        if application.conforms is not None:
            return application.conforms
        return self._and(application.premises) & self.worlds

    def extend(self, triples: Iterable[tuple[Triple, int]]) -> None:
        """Add facts with their worlds and run the rules to the fixpoint.

        Raises WorkLimitExceeded when the bound on rule applications is reached.
        """
        for triple, mask in triples:
            self._add(self.number_of(triple), mask)
        self.settle()

    def assert_heads(self) -> None:
        """Apply the clauses that have nothing to match."""
        for clause in self.program.clauses:
            if not clause.body:
                self._conclude(Plan(clause, 0, None, (), clause.head, 2), [0, 0], ())

    def attest(self, application: Application, conclusion: Fact) -> None:
        """Add what a shape attests, in the worlds in which its focus node conforms."""
        mask = self.application_mask(application)
        self.applications.setdefault(conclusion, []).append(application)
        self._add(conclusion, EVERYWHERE if mask == self.worlds else mask)

    def open_worlds(self, worlds: int) -> None:
        """Say which worlds there are; what holds so far holds in all of them."""
        self.worlds = worlds

    def state(self, triples: Iterable[Triple]) -> None:
        """Hold facts without running a rule."""
        for triple in triples:
            self.hold(self.number_of(triple), EVERYWHERE)

    def hold(self, fact: Fact, mask: int) -> None:
        """Hold a numbered fact without running a rule."""
        self.masks[fact] = mask
        self._index(fact)

    def settle(self) -> None:
        """Run the rules on what was added."""
        queue, grown = self._queue, self._grown
        while queue or grown:
            if queue:
                self._fire(queue.pop())
            else:
                for application, conclusion in self._dependents.get(grown.pop(), ()):
                    self._add(conclusion, self._and(application.premises))

    def objects_of(self, s: int, p: int) -> list[int]:
        """Return every o of (s, p, o), by number; those of the base come first."""
        own = self._forward.get((s, p), _NOTHING)
        below = self._below_forward.get((s, p), _NOTHING)
        return below + own if below and own else below or own

    def subjects_of(self, p: int, o: int) -> list[int]:
        """Return every s of (s, p, o), by number; those of the base come first."""
        own = self._backward.get((p, o), _NOTHING)
        below = self._below_backward.get((p, o), _NOTHING)
        return below + own if below and own else below or own

    def _and(self, premises: tuple[Fact, ...]) -> int:
        found, masks = EVERYWHERE, self.masks
        for premise in premises:
            found &= masks.get(premise, EVERYWHERE)
        return found

    def _add(self, fact: Fact, mask: int) -> None:
        old = self.masks.get(fact)
        if old is None:
            if mask and fact not in self._below:
                self.masks[fact] = mask
                self._queue.append(fact)
            return
        new = old | mask
        if new != old:
            self.masks[fact] = new
            if fact in self._dependents:
                self._grown.append(fact)

    def _fire(self, fact: Fact) -> None:
        s, p, o = fact
        self._fired.add(fact)
        self._index(fact)
        for plan in self.program.plans(p, o):
            narrow = plan.narrow
            if narrow is not None and s != (narrow if narrow >= 0 else o):
                continue
            bound = [0] * (plan.size - 2)
            bound += (o, s)
            if plan.steps:
                self._match(plan, 0, bound, [fact] * len(plan.clause.body))
            else:
                self._conclude(plan, bound, (fact,))
        if o in self.literals or s in self.literals:
            self._look_at_literals(fact)

    def _index(self, fact: Fact) -> None:
        s, p, o = fact
        self._forward.setdefault((s, p), []).append(o)
        self._backward.setdefault((p, o), []).append(s)

    def _match(self, plan: Plan, depth: int, bound: list[int], premises: list[Fact]) -> None:
        place, mode, (s, p, o) = plan.steps[depth]
        if mode == CHECK:
            fact = (bound[s] if s < 0 else s, p, bound[o] if o < 0 else o)
            if fact in self._fired or fact in self._below:
                premises[place] = fact
                self._go_on(plan, depth + 1, bound, premises)
        elif mode == OBJECTS:
            subject = bound[s] if s < 0 else s
            for found in self.objects_of(subject, p):
                bound[o] = found
                premises[place] = (subject, p, found)
                self._go_on(plan, depth + 1, bound, premises)
        else:
            value = bound[o] if o < 0 else o
            for found in self.subjects_of(p, value):
                bound[s] = found
                premises[place] = (found, p, value)
                self._go_on(plan, depth + 1, bound, premises)

    def _go_on(self, plan: Plan, depth: int, bound: list[int], premises: list[Fact]) -> None:
        if depth < len(plan.steps):
            self._match(plan, depth, bound, premises)
        elif plan.place == 0 or premises.index(premises[plan.place]) == plan.place:
            self._conclude(plan, bound, tuple(premises))

    def _conclude(self, plan: Plan, bound: list[int], premises: tuple[Fact, ...]) -> None:
        self.work += 1
        if self.work > self.work_limit:
            raise WorkLimitExceeded
        if plan.head is None:
            self.contradictions.append(Application(plan.clause, premises))
            return
        s, p, o = plan.head
        head = (bound[s] if s < 0 else s, p, bound[o] if o < 0 else o)
        if head in premises or head in self._below:
            return
        if head[0] == head[2] and premises and self._is_same(head):
            return
        application, mask, masks = Application(plan.clause, premises), EVERYWHERE, self.masks
        for premise in premises:
            holds = masks.get(premise, EVERYWHERE)
            if holds != EVERYWHERE:
                mask &= holds
                self._dependents.setdefault(premise, []).append((application, head))
        if head in self.applications:
            self.applications[head].append(application)
        else:
            self.applications[head] = [application]
        self._add(head, mask)

    def _look_at_literals(self, fact: Fact) -> None:
        """dt-not-type, dt-diff: see to it that literals are well typed, and differ by value."""
        s, o = self.term(fact[0]), self.term(fact[2])
        if isinstance(o, Literal) and canonical(o) is None:
            self.contradictions.append(Application(DT_NOT_TYPE, (fact,)))
        if not isinstance(s, Literal):
            return
        if fact[1] == self.program.type and isinstance(o, IRI) and belongs(s, o) is False:
            self.contradictions.append(Application(DT_NOT_TYPE, (fact,)))
        if isinstance(o, Literal) and self._is_same(fact) and same_value(s, o) is False:
            different = fact[0], self.program.terms.number(OWL.differentFrom), fact[2]
            self.applications.setdefault(different, []).append(Application(DT_DIFF, ()))
            self._add(different, EVERYWHERE)

    def _is_same(self, fact: Fact) -> bool:
        return fact[1] == self.program.same_as

    # -- what others read, in terms ------------------------------------------------------

    def __contains__(self, triple: Triple) -> bool:
        return bool(self.mask(triple))

    def objects(self, s: Term, p: IRI) -> list[Term]:
        """Return every o of (s, p, o); those of the base come first."""
        return [self.term(o) for o in self.objects_of(self.number(s), self.number(p))]

    def subjects(self, p: IRI, o: Term) -> list[Term]:
        """Return every s of (s, p, o); those of the base come first."""
        return [self.term(s) for s in self.subjects_of(self.number(p), self.number(o))]

    def value(self, s: Term, p: IRI) -> Term | None:
        """Return the first o of (s, p, o), or None."""
        found = self.objects(s, p)
        return found[0] if found else None

    @property
    def facts(self) -> Iterator[Triple]:
        """Yield every own fact."""
        return (self.triple(fact) for fact in self.masks)

    @property
    def derivations(self) -> Iterator[Derivation]:
        """Yield every rule application that was recorded, and every contradiction."""
        for fact, applications in self.applications.items():
            for application in applications:
                yield self.derivation(application, fact)
        for contradiction in self.contradictions:
            yield self.derivation(contradiction, None)

    def derivation(self, application: Application, conclusion: Fact | None) -> Derivation:
        """Return a rule application in terms: axioms and premises in the order of the rule."""
        premises = (*application.clause.axioms, *application.premises)
        triples = tuple(map(self.triple, premises))
        said = self.triple(conclusion) if conclusion is not None else None
        return Derivation(application.clause.rule, triples, said)
