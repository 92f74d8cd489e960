"""Answer queries, one at a time, in a process that may be killed at any moment.

The process holds nothing but the store. It can open no file and no socket (its limit of open
files is what it has open), grow by a bounded amount of memory, and run for a bounded time, of
which the system itself ends it: a query in native code cannot be interrupted otherwise. It
is nice to everything else.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from api.own_memory import address_space, own_heap
from api.query_frames import (
    BEGIN,
    END,
    FAILED,
    HEAD,
    PIECE,
    read_question,
    receive_frame,
    written,
)
from kg_engine.errors import InputRefused
from kg_engine.query_gate import admit
from kg_engine.query_results import Bounds, QueryFailed, answer

CHANNEL = 3
NICE = 10
GRACE = 1.0
PIECE_SIZE = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """Say what one query may cost: rows, bytes of answer, seconds, bytes of memory."""

    rows: int
    size: int
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Queried:
    """Hold what is asked: the store, the prefixes that a query may leave out, and its base IRI."""

    store: ox.Store
    prefixes: Mapping[str, str]
    base: str


def work(channel: socket.socket, queried: Queried, limits: Limits) -> None:
    """Answer what comes over a channel until it is closed."""
    channel = settle(channel, limits)
    while frame := receive_frame(channel):
        _set_time(limits.seconds + GRACE)
        _reply(channel, frame.content, queried, Bounds(limits.rows, limits.size))
        _set_time(0)


def settle(channel: socket.socket, limits: Limits) -> socket.socket:
    """Give up every right that a query does not need; return the channel, the one file left."""
    os.nice(NICE)
    own_heap()  # the store counts readers in its own pages: else queries would copy them, one by one
    space = address_space()
    moved = socket.socket(fileno=os.dup2(channel.detach(), CHANNEL))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(CHANNEL):
        os.dup2(nowhere, standard)
    os.closerange(CHANNEL + 1, _most_files())
    resource.setrlimit(resource.RLIMIT_NOFILE, (CHANNEL + 1, CHANNEL + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError):  # a system that bounds no address space
        resource.setrlimit(resource.RLIMIT_AS, (space + limits.memory,) * 2)
    for name in (signal.SIGALRM, signal.SIGXCPU, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)
    return moved


def _reply(channel: socket.socket, content: bytes, queried: Queried, bounds: Bounds) -> None:
    head, held = bytearray(), bytearray()  # sent as one: each sending wakes its reader

    def begin(form: str) -> None:
        head.extend(written(BEGIN, form.encode()))

    def sink(piece: bytes) -> None:
        held.extend(piece)
        if len(held) >= PIECE_SIZE:
            flush()

    def flush(end: bytes = b"") -> None:
        piece = (HEAD.pack(PIECE, len(held)), held) if held else ()
        channel.sendall(b"".join((head, *piece, end)))
        head.clear()
        held.clear()

    try:
        question = read_question(content)
        admit(question.text)
        answer(
            queried.store,
            question,
            begin,
            sink,
            bounds=bounds,
            prefixes=queried.prefixes,
            base=queried.base,
        )
    except InputRefused as refused:
        fault = refused.faults[0]
        flush(_failed("gate", fault.message, fault.remedy))
    except QueryFailed as failed:
        flush(_failed(failed.why, failed.about, failed.remedy))
    except MemoryError:
        os.abort()
    else:
        flush(written(END))


def _failed(*why: str) -> bytes:
    return written(FAILED, json.dumps(why).encode())


def _set_time(seconds: float) -> None:
    """Let the system end this process after some seconds, of the clock and of work; 0 for never."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1 if seconds else hard
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _most_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 65_536 if soft == resource.RLIM_INFINITY else soft
