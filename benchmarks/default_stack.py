"""Run what most would reach for first: rdflib, owlrl and pyshacl, on the knowledge and one case.

It closes the axioms in force together with the facts of the case under OWL 2 RL, then validates
the closure once against the shapes that attest. That is less work than a determination, which has
five strata, all completions of the record, reasons and a proof; nothing is subtracted for it.
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.clocks import Spent, timed
from kg_engine import Engine
from kg_engine.namespaces import NEC
from kg_engine.pipeline import admit
from kg_engine.terms import Triple, ntriple

Given = tuple[list[Triple], list[Triple]]


def prepare_default(given: Given) -> Callable[[None], Spent]:
    """Return what closes with owlrl and validates with pyshacl; parsing is not counted."""
    import owlrl  # noqa: PLC0415 - loaded where it is used, so that ionm is timed without it
    import pyshacl  # noqa: PLC0415
    import rdflib  # noqa: PLC0415

    data, shapes = (rdflib.Graph().parse(data="\n".join(map(ntriple, part)), format="nt")
                    for part in given)  # fmt: skip

    def run() -> object:
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(data)
        return pyshacl.validate(data, shacl_graph=shapes, inference="none")

    return lambda _: timed(run)[1]


def given_to_default(record: object, engine: Engine) -> Given:
    """Return axioms and facts of a case, and the shape files that attest."""
    admitted = admit(record, engine)
    files = engine.knowledge.shape_files.values()
    shapes = {t for file in files if any(u.p == NEC.attests for u in file) for t in file}
    return [*admitted.edition.axioms, *admitted.abox.facts], list(shapes)
