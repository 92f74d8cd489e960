"""Let processes of their own determine cases: threads of one process would take turns at it.

Each process holds the knowledge of one snapshot, opened from where it is kept. A process that
ends, or takes too long, is replaced; its request is answered by a problem, and nothing was kept.
"""

from __future__ import annotations

import logging
import pickle
import socket
import subprocess
import sys
import weakref
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from api.judging import Failure, Kept, Question, Verdict
from api.logs import say
from api.problems import Unavailable
from api.settings import ROOT

START_SECONDS = 60.0
LONGEST_SECONDS = 60.0
_END_SECONDS = 5.0
_LOST = (EOFError, OSError, ValueError, pickle.UnpicklingError)
"""What is raised where a process is gone, late, or ended within an answer."""


class JudgeFailed(Exception):
    """Tell that a determination failed where nobody foresaw it; the log says where."""


class _Judge:
    """One process, and our end of its pipe; it may still be opening its knowledge."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  (our own module)
                [sys.executable, "-m", "api.judge_process", str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what Python says of an error may quote a case
                start_new_session=True,
            )
        self._file = self._ours.makefile("rwb")
        self._digest, self._ready = "", False

    def open(self, kept: Kept, digest: str) -> None:
        """Tell it what to open; where it cannot be told, the next to ask finds out."""
        self._digest = digest
        with suppress(OSError):
            self._say(kept)

    def wait(self) -> None:
        """Wait until it is ready. Raises EOFError, OSError where it will not be."""
        if not self._ready and self._heard(START_SECONDS) != self._digest:
            raise EOFError("it holds other knowledge")
        self._ready = True

    def ask(self, question: Question) -> Verdict | Failure:
        """Return what it answers. Raises EOFError, OSError where it does not."""
        self.wait()
        self._say(question)
        found: Verdict | Failure = self._heard(LONGEST_SECONDS)
        return found

    def _say(self, told: object) -> None:
        pickle.dump(told, self._file)
        self._file.flush()

    def _heard(self, seconds: float) -> Any:  # noqa: ANN401  (a digest, then answers)
        self._ours.settimeout(seconds)
        return pickle.load(self._file)  # noqa: S301  (of a process that we started)

    def let_go(self) -> None:
        """Close its pipe, by which it ends."""
        with suppress(OSError):  # what could not be sent is dropped
            self._file.close()
        self._ours.close()

    def end(self) -> int:
        """Close its pipe, wait for its end, and return its exit code."""
        self.let_go()
        try:
            return self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Judges:
    """Hold processes that determine by one knowledge; they end when nobody holds this.

    They start at once, and load the engine while it is found out what they are to open.
    """

    def __init__(self, number: int) -> None:
        self._free: SimpleQueue[_Judge] = SimpleQueue()
        self._all = [_Judge() for _ in range(number)]
        self._opened: tuple[Kept, str] | None = None
        self._end = weakref.finalize(self, _end, self._all)

    def open(self, kept: Kept, digest: str) -> None:
        """Let all open the kept knowledge of a digest; to be called once, and not waited for."""
        self._opened = kept, digest
        for one in self._all:
            one.open(kept, digest)
            self._free.put(one)

    def judge(self, question: Question) -> Verdict:
        """Let the next free process determine a case.

        Raises Unavailable where the process ended or took too long, JudgeFailed where it failed.
        """
        one = self._free.get()
        try:
            found = one.ask(question)
        except _LOST as error:
            with suppress(OSError):  # where the system starts none now, the next request tries
                one = self._replaced(one, type(error).__name__)
            raise Unavailable("determinations", "Send the same request again later.") from None
        except BaseException:
            one.let_go()  # its answer may still come, and must not be taken for that of another
            raise
        finally:
            self._free.put(one)
        if isinstance(found, Failure):
            say("failure", logging.ERROR, error=found.error, at_code=found.at_code)
            raise JudgeFailed
        return found

    def wait(self) -> None:
        """Wait until all processes are ready. Raises EOFError, OSError where one will not be."""
        try:
            for one in self._all:
                one.wait()
        except pickle.UnpicklingError:
            raise EOFError from None

    def close(self) -> None:
        """End all processes; nobody may ask them any more."""
        self._end()

    def _replaced(self, lost: _Judge, why: str) -> _Judge:
        lost.process.kill()
        say("process lost", logging.ERROR, why=why, code=lost.end())
        found = _Judge()
        assert self._opened is not None
        found.open(*self._opened)
        self._all[self._all.index(lost)] = found
        return found


def _end(judges: list[_Judge]) -> None:
    for one in judges:
        one.let_go()
    for one in judges:
        one.end()
