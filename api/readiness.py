"""Find what keeps the service from answering cases."""

from __future__ import annotations

from api.judging import NoCase, Question
from api.keys import KeysRefused
from api.service import Service
from kg_engine import KgEngineError
from kg_engine.pipeline import JSON_MEDIA_TYPE


def readiness(service: Service) -> dict[str, str]:
    """Return each part that is out of order with the reason; none if the service is ready.

    The knowledge passed its self-test before it served; here one case is determined again.
    """
    found = {}
    try:
        answer = service.knowledge.current().judge(Question(b"{}", JSON_MEDIA_TYPE))
        if isinstance(answer, NoCase) or answer[0].outcome != "indeterminate":
            found["knowledge"] = "decides a case that says nothing"
    except Exception as error:  # noqa: BLE001  (whatever fails, the service is not ready)
        found["knowledge"] = f"fails on a case: {type(error).__name__}"
    try:
        service.ledger.check()
    except KgEngineError as error:
        found["ledger"] = f"{error.faults[0].message} {error.faults[0].remedy}"
    try:
        service.keys.keys()
    except KeysRefused as error:
        found["keys"] = error.faults[0].message
    return found
