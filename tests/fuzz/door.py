"""Bring hostile bodies to the door in process: each is admitted or refused, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from kg_engine import Engine, InputRefused, read_case
from kg_engine.pipeline import MEDIA_TYPES_READ, admit
from tests.fuzz import nasty
from tests.variants import read_cases

RDF = (
    b"@prefix rec: <https://w3id.org/necessity/record#> .\n[] a rec:CaseRecord ; "
    b'rec:procedures [ a rec:ProcedureEntry ; rec:code "60220" ; rec:levels "C5" ] .\n',
    b"_:a <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
    b"<https://w3id.org/necessity/record#CaseRecord> .\n"
    b'_:a <https://w3id.org/necessity/record#id> "a" .\n',
    b'{"@context": {"@vocab": "https://w3id.org/necessity/record#"}, "@type": "CaseRecord", '
    b'"procedures": [{"@type": "ProcedureEntry", "code": "60220"}]}',
)


@dataclass
class Tally:
    """Count what became of the bodies; a fault is neither an admission nor a refusal."""

    results: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run(engine: Engine, count: int, seed: int) -> Tally:
    """Bring ``count`` bodies to the door and return the tally."""
    draw = Random(seed)  # noqa: S311 - a draw that can be repeated
    cases = tuple(case["record"] for case in read_cases().values())
    texts = tuple(nasty.encoded(case) for case in cases)
    tally = Tally()
    for number in range(count):
        form = MEDIA_TYPES_READ[0] if draw.random() < 0.85 else draw.choice(MEDIA_TYPES_READ)
        sent = nasty.body(draw, cases, texts if form == MEDIA_TYPES_READ[0] else RDF)
        try:
            admit(read_case(sent, engine, media_type=form), engine)
            tally.results["admitted"] += 1
        except InputRefused as refused:
            tally.results["refused"] += 1
            if not refused.faults:
                tally.faults.append(f"body {number} of seed {seed} is refused without a fault")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            tally.faults.append(f"body {number} of seed {seed}: {type(error).__name__}: {error}")
    return tally
