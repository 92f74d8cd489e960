"""Run the commands of the command line: read, ask the engine, write."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from kg_engine import pipeline, questions
from kg_engine.console import (
    ANSWERED,
    INPUT_REFUSED,
    KNOWLEDGE_REFUSED,
    MEDIA,
    PROOF_REJECTED,
    note,
)
from kg_engine.determination import Determination, engine_version
from kg_engine.errors import EngineUnavailable, Fault, InputRefused, KnowledgeRefused
from kg_engine.knowledge import load_knowledge
from kg_engine.pipeline import ROOT, Engine, open_engine, read_case
from kg_engine.proof_rdf import proof_turtle
from kg_engine.query import open_query_room, run_query
from kg_engine.record import load_record_shapes
from kg_engine.report_explanation import render_explanation
from kg_engine.report_requirements import render_requirements
from kg_engine.report_text import render_text
from kg_engine.report_view import safe
from kg_engine.schema import json_schema
from kg_engine.stored_knowledge import open_knowledge
from kg_engine.supports import read_supports

_BETWEEN = "\n" + "=" * 72 + "\n\n"
_SUFFIXES = {".json": "json", ".jsonld": "jsonld", ".ttl": "turtle", ".nt": "ntriples"}


def usage(options: argparse.Namespace) -> int:
    """Say how to ask, where no command was given, or one without what it is to do."""
    asked = f"ionm {options.of}" if "of" in options else "ionm"
    note(f"usage: {asked} {'ACTION' if 'of' in options else 'COMMAND'} …; see {asked} --help.")
    return INPUT_REFUSED


def version(options: argparse.Namespace) -> int:
    """Name engine and knowledge."""
    knowledge = _open(options).knowledge
    _say(f"ionm {engine_version()}\nknowledge {knowledge.version_iri} {knowledge.digest}\n")
    return ANSWERED


def determine(options: argparse.Namespace) -> int:
    """Answer one case, under one policy or under all."""
    engine, case = _case(options)
    chosen = options.format or ("text" if sys.stdout.isatty() else "json")
    _refuse_pairs(options, chosen)
    policies = engine.knowledge.policies if options.all_policies else (options.policy,)
    if options.engine == "reference":
        answers = [_reference(case, engine, policy) for policy in policies]
        _say(_json(answers if options.all_policies else answers[0]))
        return ANSWERED
    found = [pipeline.determine(case, engine, policy=policy) for policy in policies]
    if chosen == "json":
        _say(_json([a.document for a in found]) if options.all_policies else found[0].json())
    elif chosen == "html":
        from kg_engine.report_html import render_html  # noqa: PLC0415  (loads the template engine)

        _say(render_html(found[0].document))
    else:
        _say(_BETWEEN.join(_page(answer) for answer in found))
    return ANSWERED


def _refuse_pairs(options: argparse.Namespace, chosen: str) -> None:
    """Refuse options that do not go together."""
    pairs = {
        "--all-policies with --policy": options.all_policies and options.policy,
        "--all-policies with --format html": options.all_policies and chosen == "html",
        f"--engine reference with --format {chosen}": options.engine == "reference"
        and (options.format or "json") != "json",
    }
    faults = [Fault(name, "do not go together.", "Leave one out.") for name in pairs if pairs[name]]
    if faults:
        raise InputRefused(faults)


def _reference(case: object, engine: Engine, policy: str | None) -> dict[str, object]:
    try:
        from kg_engine.reference import determine_reference  # noqa: PLC0415  (loads rdflib)
    except ImportError as error:
        fault = Fault("--engine reference", f"is not installed: {error.name}.", "Install it.")
        raise EngineUnavailable([fault]) from error
    return determine_reference(case, engine, policy=policy)


def explain(options: argparse.Namespace) -> int:
    """Show why and why not: the proof as a tree, and what is missing."""
    engine, case = _case(options)
    answer = pipeline.determine(case, engine, policy=options.policy)
    if options.format == "turtle":
        _say(proof_turtle(answer.document, engine.knowledge))
        return ANSWERED
    supports = read_supports(answer, engine.knowledge)
    page = render_explanation(answer.document, supports, width=_width(), ascii_only=_ascii_only())
    _say(page)
    return ANSWERED


def check(options: argparse.Namespace) -> int:
    """Hold knowledge to its own rules; list every fault."""
    from kg_engine.check import Folder, check_folder, fix_folder  # noqa: PLC0415  (loads pyshacl)

    ontology, shapes = _roots(options)
    if options.folder is not None:
        ontology, shapes = [options.folder / "ontology"], [options.folder / "shapes"]
    absent = [root for root in (*ontology, *shapes) if not root.exists()]
    if absent:
        remedy = "Name the folder that holds ontology/ and shapes/."
        raise InputRefused([Fault(str(root), "does not exist.", remedy) for root in absent])
    folder = Folder(tuple(ontology), tuple(shapes), ROOT / "shapes" / "curation.ttl")
    for name in fix_folder(folder) if options.fix else ():
        note(f"rewritten: {name}")
    faults = check_folder(folder)
    if faults:
        for fault in faults:
            note(str(fault))
        note(f"{len(faults)} fault{'' if len(faults) == 1 else 's'} found")
        return KNOWLEDGE_REFUSED
    _say(f"{len(folder.files)} files, no fault found\n")
    return ANSWERED


def query(options: argparse.Namespace) -> int:
    """Answer a SPARQL query over the knowledge, asserted and inferred."""
    text = _read(options.file)
    try:
        question = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(options.file, "is not UTF-8 text.", "Save the query as UTF-8.")
        raise InputRefused([fault]) from error
    ontology, shapes = _roots(options)
    room = open_query_room(open_knowledge(ontology, shapes)[0])
    chosen = options.format or ("table" if sys.stdout.isatty() else "json")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a native engine would not heed it
    answer = run_query(room, question, format=chosen)
    _say(safe(answer.text) if chosen == "table" else answer.text)
    return ANSWERED


def requirements(options: argparse.Namespace) -> int:
    """Say what the record of a procedure must hold, before anyone asks for a determination."""
    chosen = options.format or ("text" if sys.stdout.isatty() else "json")
    found = questions.requirements(
        _open(options),
        procedure=options.procedure,
        service=options.service,
        policy=options.policy,
        day=options.date,
    )
    if chosen == "json":
        _say(_json(found))
    else:
        _say(render_requirements(found, width=_width(), ascii_only=_ascii_only()))
    return ANSWERED


def verify(options: argparse.Namespace) -> int:
    """Check the proof of a determination with the checker that shares nothing with the engine."""
    from kg_engine import verify as checker  # noqa: PLC0415  (loads rdflib and pyshacl)

    text = _read(options.file)
    try:
        document = checker.parse(text)
        verdict = checker.load(options.knowledge or ROOT).verify(document)
    except checker.MalformedInput as error:
        remedy = "Give a determination as ionm determine --format json writes it."
        raise InputRefused([Fault(options.file, f"{error}.", remedy)]) from error
    except checker.UnfitKnowledge as error:
        remedy = "Name the folder that holds ontology/ and shapes/."
        raise KnowledgeRefused(
            [Fault(str(options.knowledge or ROOT), f"{error}.", remedy)]
        ) from error
    _say(_json(checker.as_json(verdict)) if options.format == "json" else checker.render(verdict))
    return ANSWERED if verdict.accepted else PROOF_REJECTED


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a case."""
    ontology, shapes = _roots(options)
    knowledge = load_knowledge(ontology, shapes)
    _say(_json(json_schema(load_record_shapes(knowledge.record_shapes_graph))))
    return ANSWERED


def _case(options: argparse.Namespace) -> tuple[Engine, object]:
    suffix = Path(options.file).suffix.lower()
    form = options.input or _SUFFIXES.get(suffix, "json")
    text = _read(options.file)
    if sys.stderr.isatty():
        note("reading the knowledge …")
    engine = _open(options)
    return engine, read_case(text, engine, media_type=MEDIA[form])


def _open(options: argparse.Namespace) -> Engine:
    ontology, shapes = _roots(options)
    return open_engine(ontology, shapes)


def _roots(options: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    return (
        getattr(options, "ontology", [ROOT / "ontology"]),
        getattr(options, "shapes", [ROOT / "shapes"]),
    )


def _page(answer: Determination) -> str:
    return render_text(answer.document, colour=_colour(), width=_width(),
                       ascii_only=_ascii_only())  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _read(name: str) -> bytes:
    """Read a file or standard input.

    Raises InputRefused where it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        fault = Fault(name, f"cannot be read: {why}.", "Name a file that can be read, or -.")
        raise InputRefused([fault]) from error


def _say(text: str) -> None:
    """Write an answer to standard output, in UTF-8 whatever the locale; text was fitted before."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _width() -> int:
    return min(shutil.get_terminal_size((88, 24)).columns, 100)


def _ascii_only() -> bool:
    return not (sys.stdout.encoding or "ascii").lower().startswith("utf")
