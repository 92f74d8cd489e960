"""Speak with people and programs on the command line: ``ionm COMMAND``.

Exit 0: an answer was given, whatever it is. 1: ``verify`` rejects the proof. 2: the input is
malformed or non-conforming, or cannot be read. 3: the knowledge is refused. 4: what a ledger holds
is not what was appended. 5: ``ledger replay`` gives other answers than those kept. Answers go to
standard output, all else to standard error. Nothing but the words is loaded until a command runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from kg_engine.console import INPUT_REFUSED, KNOWLEDGE_REFUSED, LEDGER_BROKEN, MEDIA, note
from kg_engine.errors import Fault, KgEngineError, KnowledgeRefused, LedgerBroken

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_CODES = {KnowledgeRefused: KNOWLEDGE_REFUSED, LedgerBroken: LEDGER_BROKEN}


def main(argv: Sequence[str] | None = None, more: Callable[[Commands], None] | None = None) -> int:
    """Run one command and return its exit code; what goes wrong is said in one line each.

    ``more`` adds the commands of another package; their ``run`` is ``module:function``.
    """
    try:
        options = _parser(more).parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else INPUT_REFUSED
    try:
        return _command(options.run)(options)
    except KgEngineError as error:
        codes = (code for kind, code in _CODES.items() if isinstance(error, kind))
        return _complain(error.faults, next(codes, INPUT_REFUSED))
    except OSError as error:
        return _unwritten(error)
    except KeyboardInterrupt:
        return _complain([Fault("ionm", "interrupted.")], INPUT_REFUSED)


def _unwritten(error: OSError) -> int:
    """Say that the answer could not be written, but to a reader who closed the pipe say nothing."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if isinstance(error, BrokenPipeError):
        return INPUT_REFUSED
    why = error.strerror or str(error)
    return _complain([Fault("ionm", f"the answer could not be written: {why}.")], INPUT_REFUSED)


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    module, _, function = name.rpartition(":")
    room = import_module(module or "kg_engine.commands")  # help needs none of it
    command: Callable[[argparse.Namespace], int] = getattr(room, function)
    return command


def _parser(more: Callable[[Commands], None] | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ionm", description="Determine medical necessity from an ontology, with a proof."
    )
    parser.set_defaults(run="usage")
    parser.add_argument(
        "--version",
        action="store_const",
        const="version",
        dest="run",
        help="engine and knowledge versions",
    )
    _add_knowledge(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_determine(commands)
    _add_explain(commands)
    _add_check(commands)
    _add_query(commands)
    _add_requirements(commands)
    _add_verify(commands)
    schema = commands.add_parser("schema", help="print the JSON Schema of a case")
    schema.set_defaults(run="schema")
    _add_knowledge(schema)
    if more is not None:
        more(commands)
    return parser


def _add_determine(commands: Commands) -> None:
    parser = commands.add_parser("determine", help="answer a case, with its reasons")
    _add_case(parser)
    parser.add_argument("--format", choices=("text", "json", "html"),
                        help="text for people, json for programs, html for the file")  # fmt: skip
    parser.add_argument("--all-policies", action="store_true",
                        help="one determination under each policy")  # fmt: skip
    parser.add_argument("--engine", choices=("case", "reference"), default="case",
                        help="reference: the slow libraries, outcome only")  # fmt: skip
    parser.set_defaults(run="determine")


def _add_explain(commands: Commands) -> None:
    parser = commands.add_parser("explain", help="show the proof, why not, and what is missing")
    _add_case(parser)
    parser.add_argument("--format", choices=("text", "turtle"), default="text",
                        help="text for people, turtle for the proof in RDF")  # fmt: skip
    parser.set_defaults(run="explain")


def _add_case(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the case, or - for standard input")
    parser.add_argument("--policy", metavar="P", help="judge by this policy")
    parser.add_argument("--input", choices=tuple(MEDIA), help="form of the case, if no suffix says")
    _add_knowledge(parser)


def _add_check(commands: Commands) -> None:
    parser = commands.add_parser("check", help="hold the knowledge to its own rules")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path,
                        help="a folder with ontology/ and shapes/")  # fmt: skip
    parser.add_argument("--fix", action="store_true", help="rewrite files in canonical Turtle")
    _add_knowledge(parser)
    parser.set_defaults(run="check")


def _add_query(commands: Commands) -> None:
    parser = commands.add_parser("query", help="ask the knowledge in SPARQL")
    parser.add_argument("file", metavar="FILE", help="the query, or - for standard input")
    parser.add_argument("--format", choices=("table", "json", "csv"), help="form of the answer")
    _add_knowledge(parser)
    parser.set_defaults(run="query")


def _add_requirements(commands: Commands) -> None:
    parser = commands.add_parser(
        "requirements", help="say what the record of a procedure must hold, before anyone asks"
    )
    parser.add_argument("--procedure", metavar="CODE|TEXT", required=True,
                        help="the operation, by code or in words")  # fmt: skip
    parser.add_argument("--service", metavar="CODE", help="the service, by code")
    parser.add_argument("--policy", metavar="P", help="under this policy")
    parser.add_argument("--date", metavar="D", help="for this date of service, YYYY-MM-DD")
    parser.add_argument("--format", choices=("text", "json"),
                        help="text for people, json for programs")  # fmt: skip
    _add_knowledge(parser)
    parser.set_defaults(run="requirements")


def _add_verify(commands: Commands) -> None:
    parser = commands.add_parser("verify", help="check the proof of a determination on its own")
    parser.add_argument("file", metavar="DETERMINATION",
                        help="a determination in JSON, or - for standard input")  # fmt: skip
    parser.add_argument("--knowledge", metavar="FOLDER", type=Path,
                        help="the folder with ontology/ and shapes/ by which it was made")  # fmt: skip
    parser.add_argument("--format", choices=("text", "json"), default="text",
                        help="form of the verdict")  # fmt: skip
    parser.set_defaults(run="verify")


def _add_knowledge(parser: argparse.ArgumentParser) -> None:
    for name in ("ontology", "shapes"):
        parser.add_argument(f"--{name}", metavar="PATH", type=Path, action="append",
                            default=argparse.SUPPRESS,
                            help=f"the {name} of another topic: a folder or file; may be repeated")  # fmt: skip


def _complain(faults: Sequence[Fault], code: int) -> int:
    for fault in faults:
        note(str(fault))
    return code
