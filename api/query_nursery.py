"""Raise query workers: load the knowledge once, and fork a worker whenever one is asked for.

A process of its own, with one thread, started by the service; it ends with the service's end of
its channel, and takes its workers along. A worker so made has nothing to load: it copies the heap,
which reading a store writes to, and is ready in less than a tenth of a second. Where the system
allows it, nursery and workers have no network at all.

Each line of JSON on the channel is a command, answered by one line:

- first, what to load: ``{"ontology": [...], "shapes": [...], "digest": ..., "endpoint": ...,
  "limits": {...}}``; the answer holds the descriptions of service and dataset in N-Triples, and
  what identifies the content;
- ``{"do": "spawn"}`` with a socket attached: fork a worker upon it, and tell its number;
- ``{"do": "end", "pid": N}``: kill a worker if it lives, and tell by what signal it ended.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from api.own_memory import give_back
from api.query_worker import Limits, Queried, work
from kg_engine.dataset import build_dataset, open_store, void_name
from kg_engine.errors import Fault, KnowledgeRefused
from kg_engine.query import query_prefixes
from kg_engine.service_description import service_description
from kg_engine.stored_knowledge import open_knowledge
from kg_engine.terms import IRI

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LONGEST_LINE = 1_048_576
LOOK_ROUND = 5.0


def main() -> None:
    """Serve the channel whose number the command line gives, until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=int(sys.argv[1]))
    wanted, _ = _receive(channel)
    if wanted is None:
        return
    try:
        queried, described, content = _load(wanted)
    except KnowledgeRefused as refused:
        _tell(channel, faults=[[f.place, f.message, f.remedy] for f in refused.faults])
        return
    gc.collect()
    gc.freeze()  # what is never touched again stays shared
    give_back()
    alone, quads = _leave_network(), len(queried.store)
    _tell(channel, alone=alone, quads=quads, described=described, content=content)
    _serve(channel, queried, Limits(**wanted["limits"]))


def _load(wanted: dict[str, Any]) -> tuple[Queried, dict[str, str], str]:
    paths = [[Path(path) for path in wanted[name]] for name in ("ontology", "shapes")]
    knowledge, _ = open_knowledge(*paths)
    if knowledge.digest != wanted["digest"]:
        raise KnowledgeRefused([Fault("knowledge", "changed while it was loaded.", "Load again.")])
    dataset, endpoint = build_dataset(knowledge), wanted["endpoint"]
    store = open_store(dataset, endpoint)
    statistics = ox.NamedNode(void_name(IRI(endpoint)))
    described = {
        "service": _lines(service_description(endpoint, dataset)),
        "void": _lines(q.triple for q in store.quads_for_pattern(None, None, None, statistics)),
    }
    content = f"{dataset.digest} {ox.__version__} {endpoint}"
    return Queried(store, query_prefixes(knowledge), endpoint), described, content


def _lines(triples: Iterable[ox.Triple]) -> str:
    return (ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"").decode()


def _serve(channel: socket.socket, queried: Queried, limits: Limits) -> None:
    living: set[int] = set()
    news = select.poll()  # select() takes no high number of a file
    news.register(channel, select.POLLIN)
    while True:
        if not news.poll(LOOK_ROUND * 1000):
            _bury(living)
            continue
        command, given = _receive(channel)
        if command is None:
            break
        if command["do"] == "spawn" and given is not None:
            pid = os.fork()
            if pid == 0:
                _be_worker(channel, given, queried, limits)
            given.close()
            living.add(pid)
            _tell(channel, pid=pid)
        else:
            _tell(channel, signal=_end(command.get("pid"), living))
    for pid in tuple(living):
        _end(pid, living)


def _be_worker(
    control: socket.socket, given: socket.socket, queried: Queried, limits: Limits
) -> None:
    """Work until the channel closes, and end without going back to the nursery."""
    try:
        control.close()
        work(given, queried, limits)
    except OSError:
        pass  # the service went away
    finally:
        os._exit(0)


def _end(pid: object, living: set[int]) -> int:
    """Kill a worker if it lives; return the signal that ended it, 0 if it ended by itself.

    A number is killed only while its worker is not buried, so that it names no other process.
    """
    if not isinstance(pid, int) or pid not in living:
        return 0
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    living.discard(pid)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _bury(living: set[int]) -> None:
    """Wait for workers that ended by themselves."""
    for pid in tuple(living):
        if os.waitpid(pid, os.WNOHANG)[0]:
            living.discard(pid)


def _leave_network() -> bool:
    """Leave every network for good; return whether the system allowed it (unshare(2))."""
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (OSError, AttributeError):
        return False
    return any(unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def _receive(channel: socket.socket) -> tuple[dict[str, Any] | None, socket.socket | None]:
    text = b""
    files: list[int] = []
    while not text.endswith(b"\n"):
        piece, more, _, _ = socket.recv_fds(channel, LONGEST_LINE, 1)
        files += more
        if not piece:
            return None, None
        text += piece
    return json.loads(text), socket.socket(fileno=files[0]) if files else None


def _tell(channel: socket.socket, **facts: object) -> None:
    channel.sendall(json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    main()
