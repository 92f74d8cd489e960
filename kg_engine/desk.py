"""Hold on one desk what every part of a determination is read from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg_engine.abox import CASE_NODE
from kg_engine.inference import Inference
from kg_engine.knowledge import Knowledge
from kg_engine.namespaces import NEC, TYPE
from kg_engine.outcomes import OutcomeReader
from kg_engine.record import CaseRecord
from kg_engine.terms import IRI, Term, Triple

Json = dict[str, object]


@dataclass(frozen=True)
class Desk:
    """Hold what every part of a determination is read from."""

    record: CaseRecord
    inference: Inference
    knowledge: Knowledge
    reader: OutcomeReader

    def is_certain(self, subject: Term, class_: IRI) -> bool:
        return self.inference.certain(Triple(subject, TYPE, class_))

    def principal(self, requests: Iterable[Term]) -> tuple[Term, ...]:
        """Return the requests that are a ground for a service, in order."""
        found = sorted(requests, key=str)
        return tuple(r for r in found if not self.is_certain(r, NEC.QualifyingRequest))

    def services(self) -> list[Term]:
        """Return the services of the case, in order."""
        return sorted(self.inference.closure.objects(CASE_NODE, NEC.hasService), key=str)
