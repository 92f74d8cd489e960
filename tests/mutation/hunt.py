"""Hunt mutants: run the cases that a change concerns first, and stop at the first that fails."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, zip_longest
from typing import Any, TypeVar

from kg_engine import Engine, determine, open_engine
from kg_engine.determination import read_determination
from kg_engine.errors import KnowledgeRefused
from kg_engine.inference import Inference, infer
from kg_engine.namespaces import NEC, OWL, RDFS, TYPE
from kg_engine.pipeline import admit
from kg_engine.terms import IRI, Term, Triple
from tests.golden import differences, short
from tests.mutation.mutants import Field, Mutant, all_mutants
from tests.test_cases import CHECKS, KEPT
from tests.variants import Case, read_cases, sliced, variant

T = TypeVar("T")
R = TypeVar("R")
WORKERS = 2
BOUND = 1000
_READ_BY_THE_DOOR = {
    NEC.profileStructure, NEC.contains, NEC.hasNeuralPart, NEC.codeAssesses, NEC.overrides,
}  # fmt: skip
_READ_AT_THE_END = {NEC.overrides}
_APART = ("same_as", "refused")
_IDENTITY = ("proof", "knowledge", "digest", "case_digest", "engine", "unverified")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a case makes of the sound knowledge: its faults, and the closed axioms that it reads.

    ``proved`` holds those axioms on which the proof of its answer rests, ``stated`` the terms
    that its record names, and ``answer`` all that is said of it.
    """

    name: str
    faults: tuple[str, ...]
    read: frozenset[Triple]
    proved: frozenset[Triple]
    stated: frozenset[Term]
    answer: str
    terms: frozenset[Term]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the case that caught it and how, or none.

    ``unnoticed`` names a case that was answered otherwise without failing.
    """

    mutant: Mutant
    case: str = ""
    fault: str = ""
    cases_run: int = 0
    unnoticed: str = ""

    @property
    def caught(self) -> bool:
        """Say whether some case failed."""
        return bool(self.case)


@dataclass
class Hunt:
    """Hold the sound engine, the cases that pass on it, and what each of them reads."""

    engine: Engine
    cases: Mapping[str, Case]
    readings: dict[str, Reading] = field(default_factory=dict)

    @property
    def passing(self) -> list[str]:
        """Return the cases that the sound knowledge answers as expected."""
        return [name for name, reading in sorted(self.readings.items()) if not reading.faults]

    def read(self, name: str) -> Reading:
        """Run a case on the sound knowledge."""
        case = self.cases[name]
        admitted = admit(case["record"], self.engine)
        inference = infer(admitted.edition, admitted.abox)
        answer = read_determination(admitted.record, inference, self.engine.knowledge)
        read = frozenset(_facts_read(inference))
        axioms = read & inference.edition.axioms
        leaves = (n for n in answer.proof.nodes if n.kind == "axiom")
        proved = frozenset(n.triple for n in leaves if n.triple is not None)
        terms = frozenset(term for t in axioms for term in (t.s, t.o) if isinstance(term, IRI))
        stated = frozenset(fact.o for fact in admitted.abox.facts)
        said = visible(answer.document)
        return Reading(
            name, tuple(faults(case, answer.document)), read, proved, stated, said, terms
        )

    @cached_property
    def bearing(self) -> frozenset[Triple]:
        """Return the axioms on which the proof of some passing case rests."""
        return frozenset(t for name in self.passing for t in self.readings[name].proved)

    def population(self) -> tuple[dict[str, list[Mutant]], Counter[str]]:
        """Return the mutants by kind, and how many axioms of each kind bear no decision.

        An axiom bears one if the proof of some case rests on it. What is only dropped, and bears
        none, is counted and not mutated; every other kind of change is drawn from whole.
        """
        used = frozenset(t for name in self.passing for t in self.readings[name].terms)
        kept: dict[str, list[Mutant]] = {}
        idle: Counter[str] = Counter()
        for kind, mutants in all_mutants(Field(self.engine.knowledge, used)).items():
            for mutant in mutants:
                if mutant.only_drops and not mutant.removed & self.bearing:
                    idle[kind] += 1
                else:
                    kept.setdefault(kind, []).append(mutant)
        return kept, idle

    def order(self, mutant: Mutant, mutated: Engine) -> list[str]:
        """Return the cases to run: in turn one whose proof rests on the axiom and one near it.

        Of an axiom that is only dropped, a case that reads nothing of what is lost can notice
        nothing. There are at most BOUND cases, so what is said to be caught is, and more might be.
        """
        readings = [self.readings[name] for name in self.passing]

        def rank(reading: Reading) -> tuple[int, bool, float, str]:
            named = len(mutant.near & reading.stated)
            shared = sum(self.rarity[t] for t in mutant.near & reading.terms)
            mixed = hashlib.sha256(reading.name.encode()).hexdigest()
            return -named, not mutant.removed & reading.read, -shared, mixed

        ordered = sorted(readings, key=rank)
        lost = self.lost(mutant, mutated)
        if lost is not None:
            ordered = [r for r in ordered if lost & r.read]
        resting = [r.name for r in ordered if mutant.heart & r.proved]
        others = [r.name for r in ordered if not mutant.heart & r.proved]
        in_turn = chain.from_iterable(zip_longest(resting, others))
        return [name for name in in_turn if name is not None][:BOUND]

    def judge(self, mutant: Mutant) -> Verdict:
        """Run the cases on a mutant until one fails."""
        changed = {t.p for t in mutant.removed | mutant.added}
        words = changed & {*_READ_BY_THE_DOOR, RDFS.subClassOf, OWL.hasValue}
        names: list[str] = []
        unnoticed = ""
        try:
            mutated = variant(
                self.engine, mutant.apply(self.engine.knowledge), same_words=not words
            )
            names = self.order(mutant, mutated)
            for number, name in enumerate(names, 1):
                answer = determine(self.cases[name]["record"], mutated).document
                found = faults(self.cases[name], answer)
                if found:
                    return Verdict(mutant, name, found[0].splitlines()[0], number)
                if not unnoticed and visible(answer) != self.readings[name].answer:
                    unnoticed = name
        except KnowledgeRefused as refusal:
            return Verdict(mutant, "the loading of the knowledge", str(refusal.faults[0]))
        return Verdict(mutant, cases_run=len(names), unnoticed=unnoticed)

    @cached_property
    def rarity(self) -> Mapping[Term, float]:
        """Return for each term how telling it is that a case reads it."""
        counts = Counter(t for reading in self.readings.values() for t in reading.terms)
        return {term: 1 / count for term, count in counts.items()}

    def lost(self, mutant: Mutant, mutated: Engine) -> frozenset[Triple] | None:
        """Return what no longer follows before any case is seen, or None if more may change."""
        if not mutant.only_drops or {t.p for t in mutant.removed} & _READ_AT_THE_END:
            return None
        if mutated.dictionary != self.engine.dictionary:
            return None
        return mutant.removed | (_closed(self.engine) - _closed(mutated))


def _closed(engine: Engine) -> frozenset[Triple]:
    """Return what the knowledge in force today says before any case is seen."""
    policy = engine.knowledge.policy(None)
    assert policy is not None
    return frozenset(engine.editions.cut(policy, None).base.facts)


def _facts_read(inference: Inference) -> Iterator[Triple]:
    """Yield what the closure of a case takes from the knowledge, and the classes above its own."""
    base, closure = inference.edition.base, inference.closure
    for derivation in closure.derivations:
        yield from (p for p in derivation.premises if p in base)
    for class_ in {t.o for t in closure.facts if t.p == TYPE}:
        wider = base.objects(class_, RDFS.subClassOf)
        yield from (Triple(class_, RDFS.subClassOf, c) for c in wider)


def faults(case: Case, answer: dict[str, Any]) -> list[str]:
    """Return how an answer differs from what its case expects."""
    expected = {key: value for key, value in case["expect"].items() if key not in _APART}
    found = [fault for key, value in expected.items() for fault in CHECKS[key](value, answer)]
    return found or differences(KEPT[case["path"]], short(answer))


def visible(answer: dict[str, Any]) -> str:
    """Return all that an answer says, without its proof and what identifies it."""
    return json.dumps({k: v for k, v in answer.items() if k not in _IDENTITY}, sort_keys=True)


def open_hunt(names: Iterable[str] | None = None, *, workers: int = WORKERS) -> Hunt:
    """Open a hunt with some cases, or all, on knowledge cut to the codes that cases name."""
    cases = {n: {**c, "path": n} for n, c in read_cases().items() if "refused" not in c["expect"]}
    chosen = {name: cases[name] for name in (cases if names is None else names)}
    engine = open_engine()
    hunt = Hunt(variant(engine, sliced(engine.knowledge, cases.values())), chosen)
    hunt.readings = {r.name: r for r in spread(hunt, Hunt.read, chosen, workers=workers)}
    return hunt


def draw(population: Mapping[str, list[Mutant]], count: int, seed: int) -> list[Mutant]:
    """Draw mutants, one of each kind in turn, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a sample that can be repeated
    shuffled = {k: chance.sample(found, len(found)) for k, found in sorted(population.items())}
    drawn: list[Mutant] = []
    while len(drawn) < count and any(shuffled.values()):
        drawn += [found.pop() for found in shuffled.values() if found]
    return drawn[:count]


def spread(
    hunt: Hunt, work: Callable[[Hunt, T], R], items: Iterable[T], *, workers: int = WORKERS
) -> Iterator[R]:
    """Do work on each item in forked processes that share the hunt; results come in order."""
    waiting = list(items)
    if workers == 1:
        yield from (work(hunt, item) for item in waiting)
        return
    _SHARED["work"] = lambda number: work(hunt, waiting[number])
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap(_do, range(len(waiting)))


_SHARED: dict[str, Callable[[int], Any]] = {}


def _do(number: int) -> Any:
    return _SHARED["work"](number)
