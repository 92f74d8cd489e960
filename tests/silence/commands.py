"""Run the commands of the command line one after another in a process of their own.

Reads lists of words on standard input, one list of JSON a line, and tells after each how it ended.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from api.cli import main
from tests.service.running import ROOT
from tests.silence.canary import MARK
from tests.silence.payloads import ADDRESSES, JSON, JSONLD, NTRIPLES, TURTLE, Lures, payloads
from tests.silence.queries import QUERIES
from tests.silence.sweep import Sender

_FORMS = {JSON: "json", JSONLD: "jsonld", TURTLE: "turtle", NTRIPLES: "ntriples"}
_ENDS = frozenset({0, 1, 2, 3})
Command = tuple[str, tuple[str, ...], str]
"""A name, the words, and the text of the file that stands for the word FILE."""


def commands(lures: Lures) -> Iterator[Command]:
    """Yield every command with the file that it reads."""
    for payload in payloads():
        text = lures.put(payload.text, payload.suffix)
        form = _FORMS.get(payload.form, "turtle")
        yield f"determine {form}: {payload.name}", ("determine", "FILE", "--input", form), text
    for payload in payloads()[::5]:
        text, form = lures.put(payload.text, payload.suffix), _FORMS.get(payload.form, "json")
        words = ("explain", "FILE", "--input", form, "--format", "turtle")
        yield f"explain: {payload.name}", words, text
    for name, query in QUERIES.items():
        yield f"query: {name}", ("query", "FILE", "--format", "json"), lures.put(query)
    for address in ADDRESSES:
        put = lures.put(address)
        if "\x00" not in put and put != str(lures.files.path("ttl")):
            yield f"policy {address}", ("determine", "FILE", f"--policy={put}"), "{}"
            yield f"requirements {address}", ("requirements", f"--procedure={put}"), ""


def forgeries(document: str, lures: Lures) -> Iterator[Command]:
    """Yield determinations to verify in which every text, or every IRI, is an address."""
    for address in ("%URL%", "%FILE%"):
        for quoted in (f"<{lures.put(address)}>", f'"{lures.put(address)}"', lures.put(address)):
            for keys in (("s", "p", "o"), ("rule",), ("digest", "version_iri"), ("iri", "id"),
                         ("file", "source", "graph"), ("text", "label")):  # fmt: skip
                forged = json.dumps(_replaced(json.loads(document), keys, quoted))
                yield f"verify {keys} {address}", ("verify", "FILE"), forged


def _replaced(value: object, keys: tuple[str, ...], text: str) -> object:
    if isinstance(value, list):
        return [_replaced(one, keys, text) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: text if key in keys and isinstance(one, str) else _replaced(one, keys, text)
        for key, one in value.items()
    }


def run(found: list[Command], folder: Path, sender: Sender) -> int:
    """Run commands in a process of their own, and look for signs after each; return how many ran."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.silence.commands"], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    path = folder / "file"
    with process:
        for name, words, text in found:
            path.write_text(text, encoding="utf-8", newline="")
            line = json.dumps([str(path) if word == "FILE" else word for word in words])
            process.stdin.write(line + "\n")
            process.stdin.flush()
            said = process.stdout.readline()
            ended, told = json.loads(said) if said else (f"died of {process.wait(60)}", "")
            sender.look(name, told.encode())
            if ended not in _ENDS:
                sender.seen.faults.append(f"{name}: {ended}")
            if not said:
                return 0
        process.stdin.close()
    return len(found)


def _serve() -> None:
    """Run each command that comes, and tell its exit code and what it said."""
    for line in sys.stdin:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        ended: object
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                ended = main(json.loads(line))
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is told)
            ended = f"{type(error).__name__}: {error}"
        told = ""
        for stream in (out, err):
            stream.flush()
            stream.seek(0)
            told += stream.read()
        sys.stdout.write(json.dumps([ended, told if MARK in told else told[:4000]]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
