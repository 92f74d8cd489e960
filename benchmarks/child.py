"""Run work in a process of its own, which can be killed and whose memory is its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, TypeVar

from benchmarks.clocks import peak_memory

G = TypeVar("G")
Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Failure:
    """Why there is no answer."""

    reason: str


class Child(Generic[G, Q, A]):
    """A fresh process that prepares itself once and then answers questions one by one.

    ``prepare`` and what it is given, questions and answers travel between processes; the function
    that it returns does not. After a failure the process is gone and every answer is that failure.
    """

    def __init__(self, prepare: Callable[[G], Callable[[Q], A]], given: G, timeout: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._own, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, prepare, given), daemon=True)
        self._process.start()
        theirs.close()
        self._timeout, self._name = timeout, prepare.__name__
        self.failure: Failure | None = None
        self.peak = 0
        self._hear()

    def ask(self, question: Q) -> A | Failure:
        """Return the answer to a question, or why there is none."""
        if self.failure is None:
            self._own.send(question)
        answer: A | Failure = self._hear()
        return answer

    def must(self, question: Q) -> A:
        """Return the answer to a question. Raises RuntimeError where there is none."""
        answer = self.ask(question)
        if isinstance(answer, Failure):
            raise RuntimeError(f"{self._name}: {answer.reason}")  # noqa: TRY004 - no wrong type
        return answer

    def _hear(self) -> Any:  # noqa: ANN401 - what the other process sent
        if self.failure is not None:
            return self.failure
        try:
            if not self._own.poll(self._timeout):
                return self._fail(f"over {self._timeout:.0f} s")
            answer, self.peak = self._own.recv()
        except EOFError:
            return self._fail("died")
        return self._fail(answer.reason) if isinstance(answer, Failure) else answer

    def _fail(self, reason: str) -> Failure:
        self.failure = Failure(reason)
        self.close()
        return self.failure

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()

    def __enter__(self) -> Child[G, Q, A]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _serve(pipe: Connection, prepare: Callable[[Any], Callable[[Any], Any]], given: object) -> None:
    try:
        answer_to = prepare(given)
        pipe.send((None, peak_memory()))
        while True:
            answer = answer_to(pipe.recv())
            pipe.send((answer, peak_memory()))
    except ImportError as error:
        pipe.send((Failure(f"{error.name} is not installed"), peak_memory()))
    except MemoryError:
        pipe.send((Failure("out of memory"), peak_memory()))
    except EOFError:
        return
