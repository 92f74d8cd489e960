"""Ask a service of advisories about every pin, by pip-audit, where one can be reached.

A service that cannot be reached, and one that answers without data, look the same to pip-audit
as a clean bill. So it is first asked about a version with known faults; only one that tells of
them is believed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.supply.pins import LOCK, Policy

KNOWN_BAD = "starlette==0.40.0"
SERVICES = ("osv", "pypi")
LONGEST_SECONDS = 60


def reachable() -> str:
    """Return the first service that tells of known faults, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        bad = Path(folder) / "bad.lock"
        bad.write_text(KNOWN_BAD + "\n")
        return next((one for one in SERVICES if vulnerable(ask(one, bad))), "")


def ask(service: str, lock: Path) -> Mapping[str, Any]:
    """Ask a service about the pins of a file; return the report of pip-audit, or an empty one."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--no-deps",
               "--disable-pip", "--vulnerability-service", service, "--format", "json",
               "--progress-spinner", "off", "--timeout", "10"]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
        found: Mapping[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return {"dependencies": []}
    return found


def vulnerable(report: Mapping[str, Any], borne: frozenset[str] = frozenset()) -> list[str]:
    """Return what a report tells of each package, but for what is borne."""
    faults = []
    for package in report["dependencies"]:
        for one in package.get("vulns", ()):
            ids = [one["id"], *one["aliases"]]
            if borne.isdisjoint(ids):
                fixed = ", ".join(one["fix_versions"]) or "none"
                told = f"{package['name']} {package['version']}: {', '.join(ids)}"
                faults.append(f"{told}; fixed in: {fixed}.")
    return faults


def faults(rules: Policy) -> tuple[list[str], str]:
    """Return the pins with known faults, and a note on who was asked."""
    service = reachable()
    if not service:
        return [], "no service of advisories can be reached; only the floors were checked"
    report = ask(service, LOCK)
    untold = [one["name"] for one in report["dependencies"] if "vulns" not in one]
    if not report["dependencies"]:
        return [], f"{service} stopped answering; only the floors were checked"
    note = f"{service} was asked about {len(report['dependencies']) - len(untold)} packages"
    borne = frozenset(one["id"] for one in rules.get("borne", ()))
    return vulnerable(report, borne), note + (f", and knows nothing of: {untold}" if untold else "")
