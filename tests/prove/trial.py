"""Try the checker: sound determinations must stand, falsified ones must not."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg_engine import Engine, InputRefused, determine, verify
from kg_engine.determination import read_determination
from kg_engine.inference import infer
from kg_engine.pipeline import admit
from kg_engine.terms import n3
from tests.prove.mutants import MUTATIONS, Falsifier, Mutant
from tests.prove.records import case_records, draw_record

Json = dict[str, Any]
ROOT = Path(__file__).parents[2]
LEAST = 3
Outcomes = tuple[str, ...]


@dataclass
class Tally:
    """Count what was tried: ``faults`` are sound proofs rejected and false ones accepted."""

    determinations: int = 0
    proofs: int = 0
    mutants: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    by_class: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    valid: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another process counted."""
        self.determinations += other.determinations
        self.proofs += other.proofs
        for name in ("mutants", "reasons", "by_class", "dropped", "valid"):
            getattr(self, name).update(getattr(other, name))
        self.faults += other.faults


def outcomes(document: Json) -> Outcomes:
    """Return the outcomes of a case and its services."""
    return (document["outcome"], *(s["outcome"] for s in document["services"]))


@dataclass
class Trial:
    """Try the checker of one knowledge on what its engine says."""

    engine: Engine
    verifier: verify.Verifier
    dice: random.Random
    tally: Tally = field(default_factory=Tally)
    _turn: int = 0

    def accepts(self, record: Json) -> Json | None:
        """Determine a record and hold the checker to accept it; None if the record is refused."""
        try:
            document: Json = json.loads(determine(record, self.engine).json())
        except InputRefused:
            return None
        verdict = self.verifier.verify(document)
        self.tally.determinations += 1
        self.tally.proofs += verdict.proofs
        for rejection in verdict.rejections:
            self.tally.faults.append(f"rejected: {rejection} of {json.dumps(record)}")
        return document

    def rejects(self, document: Json, count: int) -> None:
        """Falsify a determination a number of times and hold the checker to reject it."""
        falsifier, kinds = Falsifier(document, self.dice), list(MUTATIONS)
        while count > 0:
            mutant = falsifier.falsify(kinds[self._turn % len(kinds)])
            self._turn += 1
            if mutant is not None:
                self._judge(mutant, document)
                count -= 1
            elif not document["proof"]["nodes"]:
                count -= 1

    def falsify(self, document: Json, kind: str, count: int) -> None:
        """Falsify a determination in one way a number of times."""
        falsifier = Falsifier(document, self.dice)
        for mutant in (falsifier.falsify(kind) for _ in range(count)):
            if mutant is not None:
                self._judge(mutant, document)

    def _judge(self, mutant: Mutant, original: Json) -> None:
        try:
            verdict = self.verifier.verify(mutant.document)
        except verify.MalformedInput:
            self._count(mutant.kind, "malformed")
            return
        if not verdict.accepted:
            self._count(mutant.kind, verdict.rejections[0].reason)
        elif why := self._still_valid(mutant):
            self.tally.valid[f"{mutant.kind}: {why}"] += 1
        else:
            told = json.dumps(original["record"])
            self.tally.faults.append(f"accepted: {mutant.kind}, {mutant.text}, of {told}")

    def _count(self, kind: str, reason: str) -> None:
        self.tally.mutants[kind] += 1
        self.tally.reasons[reason] += 1
        self.tally.by_class[kind, reason] += 1

    def _still_valid(self, mutant: Mutant) -> str:
        """Say in what way a mutant is still a valid proof, as far as the engine can tell."""
        document = mutant.document
        if mutant.kind.startswith("premise") and mutant.at in ("attestation", "repeated"):
            return "a shape may, and need not, tell a value of a part that fails, or tell it twice"
        if mutant.kind == "root replaced" and mutant.at:
            return "the old root stands below another root"
        if mutant.kind == "outcome changed" and mutant.at == "indeterminate":
            return "a weaker answer, and more features are open than completions are tried for"
        if mutant.kind == "record changed" and (why := self._says_the_same(document)):
            return why
        if mutant.kind == "file changed" and self._files_hold(document):
            return "that file states the axiom as well"
        path_holds = mutant.kind == "path changed" and self._path_holds(document)
        return "the record says so there as well" if path_holds else ""

    def _files_hold(self, document: Json) -> bool:
        """Say whether each axiom stands in its file, by the engine's own reading of the files."""
        knowledge = self.engine.knowledge
        files = {**knowledge.ontology, **knowledge.shape_files}
        return all(
            any(tuple(map(n3, t)) == tuple(node["triple"]) for t in files.get(node["file"], ()))
            for node in document["proof"]["nodes"]
            if node["kind"] == "axiom"
        )

    def _says_the_same(self, document: Json) -> str:
        policy = document["policy"]["id"]
        try:
            again = determine(document["record"], self.engine, policy=policy).document
            said = admit(document["record"], self.engine, policy=policy).abox.facts
        except InputRefused:
            return ""
        facts = {(*map(n3, triple), path or "/") for triple, path in said.items()}
        if (
            not {(*n["triple"], n["path"]) for n in document["proof"]["nodes"] if "path" in n}
            <= facts
        ):
            return ""
        if outcomes(document) == outcomes(again):
            return "the engine answers the changed record so too, from the same leaves"
        return "a weaker answer, from the same leaves" if is_weaker(
            outcomes(document), outcomes(again)) else ""  # fmt: skip

    def _path_holds(self, document: Json) -> bool:
        policy = self.verifier.knowledge.policy(document["policy"]["id"])
        assert policy is not None
        places = self.verifier.door.admit(document["record"], policy).facts
        leaves = [n for n in document["proof"]["nodes"] if n["kind"] == "record"]
        return all(n["path"] in places[n["triple"][0], n["triple"][1], n["triple"][2]]
                   for n in leaves)  # fmt: skip

    def drops(self, record: Json, sound: Json, count: int) -> None:
        """Make the engine forget one fact; where its answer changes, its proof must fall."""
        admitted = admit(record, self.engine)
        facts = admitted.abox.facts
        for lost in self.dice.sample(sorted(facts, key=str), min(count, len(facts))):
            kept = {fact: path for fact, path in facts.items() if fact != lost}
            abox = dataclasses.replace(admitted.abox, facts=kept)
            inference = infer(admitted.edition, abox)
            knowledge = self.engine.knowledge
            false = read_determination(admitted.record, inference, knowledge)
            self._judge_dropped(json.loads(false.json()), sound, " ".join(map(n3, lost)))

    def _judge_dropped(self, false: Json, sound: Json, lost: str) -> None:
        verdict = self.verifier.verify(false)
        if outcomes(false) == outcomes(sound):
            self.tally.dropped["same answer"] += 1
        elif not verdict.accepted:
            self.tally.dropped["rejected"] += 1
            self.tally.reasons[verdict.rejections[0].reason] += 1
        elif is_weaker(outcomes(false), outcomes(sound)):
            self.tally.dropped["weaker answer"] += 1
        else:
            told = json.dumps(sound["record"])
            self.tally.faults.append(f"accepted: without {lost}, of {told}")


def is_weaker(found: Outcomes, sound: Outcomes) -> bool:
    """Say whether every outcome that differs is withheld, not another."""
    pairs = zip(found, sound, strict=False)
    return len(found) == len(sound) and all(a in (b, "indeterminate") for a, b in pairs)


def run(count: int, seed: int, part: int = 0, parts: int = 1) -> Tally:
    """Try case files and drawn records until a share of so many proofs and mutants is reached."""
    from kg_engine import open_engine  # noqa: PLC0415  (each process opens its own)

    trial = Trial(open_engine(), verify.load(ROOT), random.Random(seed + part))  # noqa: S311  (a draw)
    wanted, tally = -(-count // parts), trial.tally
    waiting = [record for i, record in enumerate(case_records()) if i % parts == part]
    told = 0
    with contextlib.suppress(KeyboardInterrupt):  # the tally so far is an answer as well
        while waiting or min(tally.proofs, tally.mutants.total()) < wanted:
            from_file = bool(waiting)
            record = waiting.pop() if from_file else draw_record(trial.dice)
            document = trial.accepts(record)
            if document is None:
                continue
            trial.rejects(document, max(LEAST, len(document["proof"]["roots"]) - 1))
            if from_file:
                trial.drops(record, document, 2)
            for fault in tally.faults[told:]:
                sys.stderr.write(f"FAULT {fault}\n")
            told = len(tally.faults)
            if tally.determinations % 100 == 0:
                sys.stderr.write(f"{tally.proofs} proofs, {tally.mutants.total()} mutants\n")
    return tally
