"""Run the commands that look at the ledger of a service, whether it runs or not."""

from __future__ import annotations

import argparse
import sys

from api.setting_commands import chosen_by
from kg_engine.console import ANSWERED, LEDGER_BROKEN, note
from kg_engine.ledger_check import verify_ledger


def verify(options: argparse.Namespace) -> int:
    """Check every entry, the chain and the anchors; name whatever does not hold.

    Raises InputRefused where there is no ledger.
    """
    verdict = verify_ledger(chosen_by(options).settings.data, anchors=options.anchors)
    for fault in verdict.faults:
        note(str(fault))
    for remark in verdict.remarks:
        note(remark)
    kept = f"{verdict.entries} entries, head {verdict.head}, {verdict.anchors} anchors,"
    newer = f"{verdict.unanchored} entries newer than the last anchor"
    told = "the chain holds" if verdict.holds else "the chain does not hold"
    sys.stdout.write(f"{told}: {kept} {newer}\n")
    return ANSWERED if verdict.holds else LEDGER_BROKEN
