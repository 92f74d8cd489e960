"""Nothing that is sent makes the service or a command connect or read a file: a sample.

The whole is ``make silence``. Before it is believed that nothing was seen, it is shown that the
baits, the watch and the kernel's counts do see what naive software does with the same bodies.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from api.main import create_app
from kg_engine import Engine, InputRefused, query
from kg_engine.query import open_query_room, run_query
from tests.api.conftest import service_on, settings_in
from tests.service.running import ROOT
from tests.silence.alone import Counts
from tests.silence.canary import MARK, baits, listening
from tests.silence.entries import templates
from tests.silence.payloads import JSONLD, Lures, contexts
from tests.silence.queries import SERVICE, UPDATE
from tests.silence.sweep import Sender
from tests.silence.traced import traced

SAMPLE = ("--every", "139", "--commands", "2000", "--verified", "1", "--json")


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Sweep a sample in a process of its own and return what was seen."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.silence", *SAMPLE],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture
def lures(tmp_path: Path) -> Iterator[Lures]:
    """Lay baits for one test."""
    with listening() as canary, baits(tmp_path / "baits") as files:
        yield Lures(canary, files)


def test_a_sample_leaves_the_baits_alone(found: dict[str, Any]) -> None:
    assert found["faults"] == []
    assert found["requests"] > 200 and found["commands"] == 5 and found["kept"] >= 2
    assert {"200", "400", "404", "415", "422"} <= set(found["statuses"])


def test_the_kernel_counts_no_connection_but_ours(found: dict[str, Any]) -> None:
    if found["network of our own"] != "yes":
        pytest.skip(found["network of our own"])
    assert found["connections counted"] == found["connections of ours"] > 0


def test_the_service_opens_its_own_files_alone(found: dict[str, Any]) -> None:
    if found["calls of the service watched"] != "yes":
        pytest.skip(found["calls of the service watched"])
    assert [fault for fault in found["faults"] if fault.startswith("the service: ")] == []


_OPENS = """
import socket, sys, time
sys.stdin.readline()
for name in sys.argv[1:]:
    open(name).close()
with socket.socket() as door:
    door.connect_ex(("127.0.0.1", 9))
print("done", flush=True)
sys.stdin.readline()
"""


def test_a_call_that_is_not_allowed_is_seen(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    names = ["/etc/hostname", str(own / ".." / "beside"), str(own / "file")]
    for name in names[1:]:
        Path(name).write_text("")
    with subprocess.Popen(
        [sys.executable, "-c", _OPENS, *names], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        with traced(process.pid, tmp_path / "trace") as trace:
            process.stdin.write("\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        process.communicate("\n", timeout=20)
    if trace.why_not:
        pytest.skip(trace.why_not)
    told = "\n".join(trace.faults([own]))
    assert "/etc/hostname" in told and "/../beside" in told and "connect(" in told
    assert str(own / "file") not in told


def test_every_door_of_the_service_is_tried(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    service = service_on(engine, settings_in(tmp_path_factory.mktemp("doors") / "data"))
    tried = templates()
    missing = [path for path in _paths(create_app(service=service)) if not _among(path, tried)]
    service.close()
    assert missing == []
    assert not _among("/v1/new-door", tried)


def _paths(app: FastAPI) -> list[str]:
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route.path for route in routes if isinstance(route, APIRoute)]


def _among(path: str, tried: set[str]) -> bool:
    """Say whether a path of the service is one that is tried, whatever its places are called."""
    shape = re.compile("[^{]+".join(map(re.escape, re.split(r"{[^}]*}", path))) + r"\Z")
    fixed = (re.sub(r"{[^}]*}", "x", one) for one in tried if one != "/{}")
    return any(shape.match(one) for one in fixed)


def test_rdflib_connects_and_reads_for_the_same_contexts(lures: Lures) -> None:
    bodies = [lures.put(p.text, p.suffix) for p in contexts() if p.form == JSONLD]
    connected = opened = 0
    for body in bodies:
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            rdflib.Dataset().parse(data=body, format="json-ld")
        connected += bool(lures.canary.heard)
        opened += bool(lures.files.opened())
        lures.canary.heard.clear()
    assert connected > 5
    assert opened > 5 or not lures.files.watched


def test_a_raw_store_connects_for_the_same_queries(lures: Lures) -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), ox.NamedNode("urn:c")))
    connected = {name for name, text in SERVICE.items() if _asks(lures, store.query, text)}
    assert len(connected) >= 30
    assert {"plain", "silent", "prefixed", "comment between", "sub-select"} <= connected
    assert _asks(lures, store.update, UPDATE["load"])


def _asks(lures: Lures, run: Any, text: str) -> bool:
    """Say whether a query or update connects."""
    lures.canary.heard.clear()
    try:
        for _ in run(lures.put(text)) or ():
            pass
    except (SyntaxError, OSError, ValueError, RuntimeError, TypeError):
        pass
    return bool(lures.canary.heard)


def test_without_the_refusal_a_query_would_connect(
    engine: Engine, lures: Lures, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = open_query_room(engine.knowledge)
    ask = lambda text: run_query(room, text)  # noqa: E731
    refused = [name for name, text in SERVICE.items() if _asks_room(lures, ask, text)]
    assert refused == []
    monkeypatch.setattr(query, "admit", lambda _: None)
    assert _asks_room(lures, ask, SERVICE["plain"])


def _asks_room(lures: Lures, ask: Any, text: str) -> bool:
    lures.canary.heard.clear()
    with contextlib.suppress(InputRefused):
        ask(lures.put(text))
    return bool(lures.canary.heard)


def test_a_sign_is_noted_with_its_request(lures: Lures) -> None:
    sender = Sender(0, lures.canary, lures.files)
    sender.look("nothing", b"")
    assert sender.seen.faults == []
    with socket.create_connection(("127.0.0.1", lures.canary.port), timeout=10) as door:
        door.sendall(b"GET / HTTP/1.1\r\n\r\n")
        door.recv(10)
    lures.files.path("ttl").read_text()
    sender.look("signs", MARK.encode())
    expected = 2 + (1 if lures.files.watched else 0)
    assert len([fault for fault in sender.seen.faults if fault.startswith("signs: ")]) >= expected


_TRIES = """
import json, socket
from tests.silence import alone
why = alone.enter()
told = [why]
for kind, address in ((1, ("192.0.2.1", 80)), (2, ("192.0.2.1", 53)), (1, ("127.0.0.1", 9)),
                      (2, ("127.0.0.1", 9))):
    before = alone.counts()
    with socket.socket(socket.AF_INET, kind) as door:
        try:
            door.connect(address)
            door.send(b"x")
        except OSError:
            pass
    found = alone.counts().since(before)
    told.append([found.connections, found.datagrams, found.unreachable])
print(json.dumps(told))
"""


def test_the_kernel_counts_what_is_tried() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TRIES], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    why_not, *tries = json.loads(done.stdout)
    if why_not:
        pytest.skip(why_not)
    far, far_datagram, near, near_datagram = (Counts(*one) for one in tries)
    assert far.unreachable >= 1 and far_datagram.unreachable >= 1
    assert near.connections == 1 and near_datagram.datagrams == 1
