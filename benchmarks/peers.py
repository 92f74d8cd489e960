"""Run other engines on the same knowledge and cases; each is imported where it is run."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from string import Template

from benchmarks.answers import Found, Question, said_of_cases
from benchmarks.clocks import timed

Answering = Callable[[Question], Found]
_RULES = Path(__file__).with_name("owl2rl.rls")


def prepare_nemo(tbox: Path) -> Answering:
    """Return Nemo with generic rules: it reads knowledge and facts and reasons over both."""
    import nmo_python

    rules = Template(_RULES.read_text(encoding="utf-8"))

    def close(question: Question) -> list[list[object]]:
        program = rules.substitute(tbox=tbox, facts=question.file)
        engine = nmo_python.NemoEngine(nmo_python.load_string(program))
        engine.reason()
        return list(engine.result("answer"))

    def answer(question: Question) -> Found:
        rows, spent = timed(partial(close, question))
        plain = ([str(term).strip("<>") for term in row] for row in rows)
        return Found(spent, said_of_cases((s, p, o) for s, p, o in plain))

    return answer


def prepare_reasonable(tbox: Path) -> Answering:
    """Return reasonable: it reads knowledge and facts and reasons over both, without chains."""
    import reasonable

    def close(question: Question) -> list[tuple[object, object, object]]:
        engine = reasonable.PyReasoner()
        engine.load_file(str(tbox))
        engine.load_file(str(question.file))
        return list(engine.reason())

    def answer(question: Question) -> Found:
        triples, spent = timed(partial(close, question))
        return Found(spent, said_of_cases(triples))

    return answer


def prepare_clingo(tbox: Path) -> Answering:
    """Return clingo with the generic rules of the tests; reading the knowledge is not counted."""
    import clingo  # noqa: F401 - says here, not below, that it is not installed

    from kg_engine.turtle import parse_turtle_file
    from tests.oracle.second_engine import close

    axioms = parse_turtle_file(tbox, place=tbox.name)

    def answer(question: Question) -> Found:
        (entailed, _), spent = timed(partial(close, [*axioms, *question.facts]))
        return Found(spent, said_of_cases(entailed))

    return answer


def prepare_owlrl(tbox: Path) -> Answering:
    """Return owlrl over rdflib; reading knowledge and facts is not counted."""
    import owlrl
    import rdflib

    def answer(question: Question) -> Found:
        graph = rdflib.Graph().parse(tbox, format="nt").parse(question.file, format="nt")
        closing = owlrl.DeductiveClosure(owlrl.OWLRL_Semantics)
        _, spent = timed(partial(closing.expand, graph))
        return Found(spent, said_of_cases(graph))

    return answer
