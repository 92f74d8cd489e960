"""Hold the service to its own description: what is drawn from it is answered as it says."""

from __future__ import annotations

import warnings
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LEFT_OUT = ("verify",)
"""Operations that take seconds each, as they start a checker of their own."""


def run(port: int, examples: int) -> list[str]:
    """Send some examples of each operation to a server and return what is not as described."""
    load_all_checks()
    home = f"http://127.0.0.1:{port}"
    described = schemathesis.openapi.from_url(f"{home}/openapi.json")
    faults: list[str] = []
    for found in described.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if operation.definition.raw.get("operationId") in LEFT_OUT:
            continue

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def conforms(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                conforms()
        except BaseExceptionGroup as group:
            faults.extend(f"{operation.label}: {error}" for error in group.exceptions)
        except Exception as error:  # noqa: BLE001 - each failure is told, whatever it is
            faults.append(f"{operation.label}: {error}")
    return faults
