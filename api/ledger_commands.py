"""Run the commands that look at the ledger of a service, whether it runs or not, and copy it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from api import keys
from api.setting_commands import chosen_by
from kg_engine import Engine, open_engine
from kg_engine.console import ANSWERED, LEDGER_BROKEN, REPLAY_DIFFERS, note
from kg_engine.ledger import Entry
from kg_engine.ledger_backup import back_up
from kg_engine.ledger_backup import restore as bring_back
from kg_engine.ledger_check import Verdict, reading, verify_ledger
from kg_engine.ledger_export import Selection, fhir, ndjson, selected
from kg_engine.ledger_metrics import Period, count_ledger, metrics_text
from kg_engine.ledger_projection import project as write_projection
from kg_engine.ledger_sqlite import utc_now
from kg_engine.replays import EngineOf, engines_kept, kept_entry, replay_entries

T = TypeVar("T")
PROGRESS_SECONDS = 2.0
_FORMS = {"ndjson": ndjson, "fhir": fhir}


def verify(options: argparse.Namespace) -> int:
    """Check every entry, the chain and the anchors; name whatever does not hold.

    Raises InputRefused where there is no ledger.
    """
    verdict = verify_ledger(_folder(options), anchors=options.anchors)
    for fault in verdict.faults:
        note(str(fault))
    for remark in verdict.remarks:
        note(remark)
    told = "the chain holds" if verdict.holds else "the chain does not hold"
    sys.stdout.write(f"{told}: {_told(verdict)}\n")
    return ANSWERED if verdict.holds else LEDGER_BROKEN


def export(options: argparse.Namespace) -> int:
    """Write entries, one a line. Raises InputRefused, LedgerBroken, LedgerUnavailable."""
    written = _FORMS[options.format]
    with reading(_folder(options)) as connection:
        count, last = 0, None
        for entry in _watched(selected(connection, _selection(options)), "exported"):
            sys.stdout.write(written(entry))
            count, last = count + 1, entry
    sys.stdout.flush()
    head = f"; the last is entry {last.sequence}, digest {last.digest}" if last else ""
    note(f"{count} entries{head}")
    return ANSWERED


def metrics(options: argparse.Namespace) -> int:
    """Print the figures of a period. Raises InputRefused, LedgerBroken, LedgerUnavailable."""
    with reading(_folder(options)) as connection:
        found = count_ledger(connection, Period(options.first, options.last), options.tenant)
    as_json = options.format == "json" or (options.format is None and not sys.stdout.isatty())
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if as_json else metrics_text(found))
    return ANSWERED


def replay(options: argparse.Namespace) -> int:
    """Decide kept determinations anew and print each that differs, or the one that was named.

    Raises InputRefused for an id that names none, LedgerBroken, LedgerUnavailable.
    """
    folder, count, different = _folder(options), 0, 0
    with reading(folder) as connection:
        entries: Iterable[Entry] = (
            [kept_entry(connection, options.id)]
            if options.id
            else selected(connection, Selection())
        )
        for found in _watched(replay_entries(entries, _engine_of(options, folder)), "replayed"):
            if options.id or not found.same:
                sys.stdout.write(
                    json.dumps(found.as_json(), indent=2 if options.id else None) + "\n"
                )
            count, different = count + 1, different + (not found.same)
    note(f"{count} determinations decided anew, {different} of them differ")
    return REPLAY_DIFFERS if different else ANSWERED


def project(options: argparse.Namespace) -> int:
    """Write determinations as RDF. Raises InputRefused, LedgerBroken, LedgerUnavailable."""
    with reading(_folder(options)) as connection:
        chosen = selected(connection, Selection(tenant=options.tenant))
        count = write_projection(_watched(chosen, "read"), options.target)
    note(f"{count} determinations in {options.target}")
    return ANSWERED


def backup(options: argparse.Namespace) -> int:
    """Copy all that a service keeps, check the copy, and say what it holds.

    Raises InputRefused, LedgerBroken, LedgerUnavailable; then there is no copy.
    """
    verdict = back_up(_folder(options), options.target, also=(keys.FILE,), clock=utc_now)
    sys.stdout.write(f"backup in {options.target} holds: {_told(verdict)}\n")
    return ANSWERED


def restore(options: argparse.Namespace) -> int:
    """Check a backup and copy it to an empty folder of data.

    Raises InputRefused, LedgerBroken, LedgerUnavailable.
    """
    folder = _folder(options)
    verdict = bring_back(options.source, folder, also=(keys.FILE,))
    sys.stdout.write(f"restored to {folder}, which holds: {_told(verdict)}\n")
    return ANSWERED


def _folder(options: argparse.Namespace) -> Path:
    return chosen_by(options).settings.data


def _selection(options: argparse.Namespace) -> Selection:
    return Selection(options.first, options.last, options.tenant)


def _engine_of(options: argparse.Namespace, folder: Path) -> EngineOf:
    if options.knowledge == "then":
        return engines_kept(folder)
    settings = chosen_by(options).settings
    engine = open_engine(settings.ontology, settings.shapes)

    def current(_: Entry) -> Engine:
        return engine

    return current


def _told(verdict: Verdict) -> str:
    return (
        f"{verdict.entries} entries, head {verdict.head}, {verdict.anchors} anchors,"
        f" {verdict.unanchored} entries newer than the last anchor"
    )


def _watched(found: Iterable[T], done: str) -> Iterator[T]:
    """Yield what is found, and say aside now and then how many there were."""
    since = time.monotonic()
    for count, one in enumerate(found, 1):
        yield one
        if time.monotonic() - since >= PROGRESS_SECONDS:
            since = time.monotonic()
            note(f"{done}: {count}")
