"""Hold the records that the oracle tests share, and judge each by the reference once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg_engine import Engine
from kg_engine.pipeline import admit
from kg_engine.reference import ReferenceResult, reference_outcomes

CASES = Path(__file__).resolve().parent.parent / "cases"
ALL = os.environ.get("IONM_ORACLE") == "all"

FIVE: Mapping[str, Any] = {
    "revision with an add-on service": {
        "date_of_service": "2025-06-10",
        "procedures": [{"code": "60260", "revision": True}],
        "diagnoses": [{"code": "C73"}],
        "services": [{"code": "95865"}, {"code": "95940"}],
        "documentation": {
            "rationale": "Second operation for cancer; recurrent laryngeal nerve in scar."
        },
    },
    "routine lobectomy": {
        "date_of_service": "2025-05-17",
        "procedures": [{"code": "60220", "revision": False}],
        "diagnoses": [{"code": "E04.1"}],
        "services": [{"code": "95865"}],
        "risk_features": {"present": [], "absent": [], "assessment_complete": True},
        "documentation": {"rationale": "Recurrent laryngeal nerve at risk."},
    },
    "deformity correction": {
        "date_of_service": "2025-06-10",
        "procedures": [
            {"code": "22802", "levels": ["T4-T5", "T10-T11"], "instrumented": True},
            {"code": "22843"},
        ],
        "diagnoses": [{"code": "M41.124"}],
        "services": [{"code": "95938"}, {"code": "95939"}],
        "documentation": {"rationale": "Correcting the thoracic curve risks the spinal cord."},
    },
    "diagnosis elsewhere": {
        "date_of_service": "2025-06-10",
        "procedures": [{"code": "60220", "revision": False}],
        "diagnoses": [{"code": "M48.061"}],
        "services": [{"code": "95865"}],
    },
    "present and absent at once": {
        "date_of_service": "2025-06-10",
        "procedures": [{"code": "60220", "revision": False}],
        "diagnoses": [{"code": "E04.1"}],
        "risk_features": {"present": ["revision-surgery"], "absent": []},
    },
}


def every_record() -> dict[str, Any]:
    """Return the five records and, where all are wanted, every case of ``tests/cases``."""
    found = dict(FIVE)
    for path in sorted(CASES.rglob("*.json")) if ALL else ():
        case = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(case, dict) and "record" in case:
            found[path.relative_to(CASES).as_posix()] = case["record"]
    return found


RECORDS = every_record()


_judged: dict[tuple[str, str], ReferenceResult] = {}


def judged(name: str, engine: Engine) -> ReferenceResult:
    """Judge a record by the reference under an engine's knowledge, once a session."""
    key = (name, engine.knowledge.digest)
    if key not in _judged:
        admitted = admit(RECORDS[name], engine)
        _judged[key] = reference_outcomes(
            admitted.abox.facts,
            {file: engine.knowledge.ontology[file] for file in admitted.edition.files},
            dict(engine.knowledge.shape_files),
        )
    return _judged[key]
