"""Check, without a network, the packages of the environment against pins and policy."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK, PROJECT = ROOT / "requirements.lock", ROOT / "pyproject.toml"
UNPINNED = frozenset({"pip", "ionm"})
"""What comes with the environment, and this project."""
LOCKED = ("test", "dev")
"""Groups that are part of the environment; those of the benchmarks are installed for a run."""
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][A-Za-z0-9.!+_-]*)\Z")
Policy = Mapping[str, Any]


def policy() -> Policy:
    """Return what packages must not be."""
    return tomllib.loads((Path(__file__).parent / "policy.toml").read_text(encoding="utf-8"))


def read_lock(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the pins of a lock file, and the lines that are none: ranges, options, addresses."""
    pins: dict[str, str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _PIN.match(line.strip())
        if not found:
            faults.append(f"requirements.lock:{number}: is no pin of a name to a version.")
        elif canonicalize_name(found[1]) in pins:
            faults.append(f"requirements.lock:{number}: {found[1]} is pinned twice.")
        else:
            pins[canonicalize_name(found[1])] = found[2]
    return pins, faults


def wanted(project: Mapping[str, Any], groups: Iterable[str] = LOCKED) -> list[Requirement]:
    """Return what a project asks for in its environment, with some groups."""
    table = project["project"]
    lists = [table["dependencies"], *(table["optional-dependencies"][name] for name in groups)]
    return [Requirement(one) for found in lists for one in found]


def faults_of_pins(pins: Mapping[str, str], asked: Iterable[Requirement]) -> list[str]:
    """Return where project and lock do not say the same."""
    faults = []
    for one in asked:
        name = canonicalize_name(one.name)
        if name in UNPINNED:
            continue
        if str(one.specifier) != f"=={pins.get(name)}":
            faults.append(f"pyproject.toml: {one}; requirements.lock has {pins.get(name, 'none')}.")
    return faults


def faults_of_versions(pins: Mapping[str, str], rules: Policy) -> list[str]:
    """Return the pins that have a known fault, with its advisories."""
    faults = []
    for rule in rules["floor"]:
        pin = pins.get(canonicalize_name(rule["package"]))
        if pin is not None and Version(pin) < Version(rule["floor"]):
            told = ", ".join(rule["advisories"])
            faults.append(f"{rule['package']} {pin}: {told}; take {rule['floor']} or newer.")
    for rule in rules["barred"]:
        if canonicalize_name(rule["package"]) in pins:
            faults.append(f"{rule['package']}: {', '.join(rule['advisories'])}; do without it.")
    return faults


def installed() -> dict[str, tuple[str, list[str]]]:
    """Return the packages of this environment: version, and the names of the licence."""
    return {
        canonicalize_name(one.name): (one.version, _licence(one.metadata))
        for one in distributions()
    }


def _licence(metadata: Any) -> list[str]:
    expression = metadata.get("License-Expression")
    if expression:
        return [one.strip() for one in re.split(r"\bAND\b|\bOR\b|[()]", expression) if one.strip()]
    own = str(metadata.get("License") or "").strip()
    if own and "\n" not in own and "Copyright" not in own and len(own) <= 40:
        return re.split(r" AND | OR ", own)
    marks = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    return [mark.rpartition(":: ")[2] for mark in marks]


def faults_of_environment(
    found: Mapping[str, tuple[str, list[str]]],
    pins: Mapping[str, str],
    rules: Policy,
    spare: frozenset[str] = UNPINNED,
) -> list[str]:
    """Return what is installed and not pinned, pinned otherwise, or under another licence.

    ``spare`` are the packages that may be there without a pin.
    """
    faults = []
    spelled, allowed = rules["licences"]["spelled"], set(rules["licences"]["allowed"])
    for name in sorted({*found, *pins} - spare):
        version, licence = found.get(name, ("none", []))
        if version != pins.get(name, "none"):
            faults.append(f"{name}: {version} is installed, {pins.get(name, 'none')} is pinned.")
        names = {spelled.get(one, one) for one in licence}
        if name in found and (not names or names - allowed):
            faults.append(f"{name}: its licence is {' and '.join(sorted(names)) or 'not told'}.")
    return faults


def faults_of_needs() -> list[str]:
    """Return what installed packages need and do not find, as pip tells it."""
    command = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode else []


def faults() -> list[str]:
    """Return all that is wrong with the packages of this project."""
    pins, found = read_lock(LOCK.read_text(encoding="utf-8"))
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    asked, rules = wanted(project), policy()
    every = wanted(project, project["project"]["optional-dependencies"])
    spare = UNPINNED | {canonicalize_name(one.name) for one in every} - pins.keys()
    return [
        *found,
        *faults_of_pins(pins, asked),
        *faults_of_versions(pins, rules),
        *faults_of_environment(installed(), pins, rules, spare),
        *faults_of_needs(),
    ]
