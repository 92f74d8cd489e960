"""Determine cases in a process of its own: ``python -m api.judge_process FD`` serves one pipe.

It opens the kept knowledge that it is told of, says its digest, and then answers case by case
until the pipe closes. Nothing of a case leaves it but the answer: an error is told by its type and
the places that it went through.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import socket
import sys
from io import BufferedRWPair
from typing import Any

from api.judging import Failure, Kept, Question, Verdict, judge, settle_memory
from api.logs import places
from kg_engine import Engine, open_engine
from kg_engine.pipeline import JSON_MEDIA_TYPE


def main(number: int) -> int:
    """Serve the pipe of a number until it closes; signals are for the process that started this."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    with socket.socket(fileno=number) as ours, ours.makefile("rwb") as pipe:
        kept: Kept = _heard(pipe)
        engine = open_engine(kept.ontology, kept.shapes)
        judge(Question(b"{}", JSON_MEDIA_TYPE), engine)
        settle_memory()
        _say(pipe, engine.knowledge.digest)
        with contextlib.suppress(EOFError):
            while True:
                _say(pipe, _answer(_heard(pipe), engine))
    return 0


def _say(pipe: BufferedRWPair, told: object) -> None:
    pickle.dump(told, pipe)
    pipe.flush()


def _heard(pipe: BufferedRWPair) -> Any:  # noqa: ANN401  (what the process that started this sends)
    return pickle.load(pipe)  # noqa: S301


def _answer(question: Question, engine: Engine) -> Verdict | Failure:
    try:
        return judge(question, engine)
    except Exception as error:  # noqa: BLE001  (the process that asked tells of it)
        return Failure(type(error).__name__, tuple(places(error)))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
