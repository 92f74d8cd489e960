"""A package that is not as it should be is found; what others know of it is asked, and believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.supply import advisories, pins

RULES = pins.policy()


def test_the_packages_of_this_project_are_in_order() -> None:
    assert pins.faults() == []


@pytest.mark.parametrize(
    "line",
    [
        "fastapi>=0.1",
        "fastapi",
        "-e .",
        "--index-url https://example.org/simple",
        "--find-links /wheels",
        "fastapi @ https://example.org/fastapi.whl",
        "git+https://example.org/fastapi",
        "fastapi==1.0 --hash=sha256:00",
        "fastapi==*",
    ],
)
def test_a_line_that_is_no_pin_is_found(line: str) -> None:
    found, faults = pins.read_lock(f"# words\nh11==0.16.0\n{line}\n")
    assert found == {"h11": "0.16.0"}
    assert len(faults) == 1 and faults[0].startswith("requirements.lock:3:")


def test_a_package_pinned_twice_is_found() -> None:
    assert pins.read_lock("A_b==1\na-B==2\n")[1]


@pytest.mark.parametrize("asked", ["h11==0.15", "h11>=0.16.0", "h11", "other==1.0"])
def test_project_and_lock_that_differ_are_found(asked: str) -> None:
    assert pins.faults_of_pins({"h11": "0.16.0"}, [Requirement(asked)])
    assert not pins.faults_of_pins({"h11": "0.16.0"}, [Requirement("h11==0.16.0")])


@pytest.mark.parametrize("rule", RULES["floor"], ids=lambda rule: rule["package"])
def test_a_pin_below_a_floor_is_found(rule: dict[str, str]) -> None:
    (fault,) = pins.faults_of_versions({rule["package"]: f"{rule['floor']}rc1"}, RULES)
    assert all(advisory in fault for advisory in rule["advisories"])
    assert not pins.faults_of_versions({rule["package"]: rule["floor"]}, RULES)


def test_a_barred_package_is_found() -> None:
    assert pins.faults_of_versions({"python-multipart": "99"}, RULES)


def test_what_is_installed_beside_the_lock_is_found() -> None:
    found = {"a": ("1", ["MIT"]), "b": ("2", ["MIT"]), "pip": ("1", ["secret"])}
    faults = pins.faults_of_environment(found, {"a": "1", "b": "3", "c": "1"}, RULES)
    assert [fault[:2] for fault in faults] == ["b:", "c:"]


@pytest.mark.parametrize("licence", [[], ["GPL-3.0-only"], ["MIT", "AGPL-3.0"], ["SSPL"]])
def test_another_licence_is_found(licence: list[str]) -> None:
    assert pins.faults_of_environment({"a": ("1", licence)}, {"a": "1"}, RULES)


@contextmanager
def told_of(known: dict[str, str]) -> Iterator[str]:
    """Answer on the loopback as a service of advisories that knows of some pins."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package = asked["package"]
            vulnerability = {
                "id": known.get(f"{package['name']}=={asked['version']}", ""),
                "aliases": ["CVE-0000-0000"], "summary": "A fault.",
                "affected": [{"package": package, "ranges": []}],
            }  # fmt: skip
            body = json.dumps({"vulns": [vulnerability]} if vulnerability["id"] else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
        server.shutdown()
        thread.join(10)


def test_a_vulnerable_pin_fails_where_advisories_can_be_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("h11==0.16.0\nidna==3.20\n")
    monkeypatch.setattr(advisories, "LOCK", lock)
    monkeypatch.setattr(advisories, "SERVICES", ("osv",))
    with told_of({advisories.KNOWN_BAD: "PYSEC-1", "idna==3.20": "PYSEC-2"}) as url:
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", url)
        faults, note = advisories.faults(RULES)
        borne, _ = advisories.faults({**RULES, "borne": [{"id": "CVE-0000-0000", "why": "…"}]})
    assert len(faults) == 1 and "idna 3.20: PYSEC-2, CVE-0000-0000" in faults[0]
    assert note == "osv was asked about 2 packages"
    assert borne == []


def test_who_knows_of_nothing_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "SERVICES", ("osv",))
    with told_of({}) as url:
        monkeypatch.setenv("PIP_AUDIT_OSV_URL", url)
        assert advisories.reachable() == ""


def test_without_a_service_the_check_says_so_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "SERVICES", ("osv",))
    monkeypatch.setenv("PIP_AUDIT_OSV_URL", "http://127.0.0.1:9/v1/query")
    assert advisories.faults(RULES) == (
        [], "no service of advisories can be reached; only the floors were checked",
    )  # fmt: skip
