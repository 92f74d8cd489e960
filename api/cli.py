"""Add the commands of the service to those of the engine: the console script ``ionm``.

A command is named by its module and loaded when it runs, so that determining a case loads nothing
of the service.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from kg_engine import cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of the engine or of the service and return its exit code."""
    return cli.main(argv, more=_add)


def _add(commands: cli.Commands) -> None:
    serve = commands.add_parser("serve", help="serve determinations over HTTP")
    serve.add_argument("--host", metavar="H", help="address to listen on")
    serve.add_argument("--port", metavar="N", help="port to listen on")
    serve.add_argument("--no-auth", action="store_true", help="ask for no keys; loopback only")
    _add_settings(serve)
    serve.set_defaults(run="api.serving:serve")
    config = commands.add_parser("config", help="look at the settings of the service")
    config.set_defaults(run="usage", of="config")
    show = config.add_subparsers(metavar="ACTION").add_parser(
        "show", help="print each setting and where it comes from"
    )
    _add_settings(show)
    show.set_defaults(run="api.setting_commands:show")
    _add_key(commands)
    _add_ledger(commands)


def _add_key(commands: cli.Commands) -> None:
    key = commands.add_parser("key", help="make, list and revoke the keys of clients")
    key.set_defaults(run="usage", of="key")
    actions = key.add_subparsers(metavar="ACTION")
    new = actions.add_parser("new", help="make a key, and print it this once")
    new.add_argument("--tenant", metavar="T", required=True, help="whose key it is")
    new.add_argument("--scopes", metavar="S,…", required=True, help="what it may do")
    new.set_defaults(run="api.setting_commands:new")
    every = actions.add_parser("list", help="list all keys, without their secrets")
    every.set_defaults(run="api.setting_commands:list_keys")
    revoke = actions.add_parser("revoke", help="revoke a key for good")
    revoke.add_argument("id", metavar="ID", help="the identifier of the key")
    revoke.set_defaults(run="api.setting_commands:revoke")
    for action in (new, every, revoke):
        _add_settings(action)


def _add_ledger(commands: cli.Commands) -> None:
    ledger = commands.add_parser(
        "ledger", help="check, export, count, replay and copy what is kept"
    )
    ledger.set_defaults(run="usage", of="ledger")
    actions = ledger.add_subparsers(metavar="ACTION")
    verify = _action(actions, "verify", "check every entry, the chain and the anchors")
    verify.add_argument("--anchors", metavar="FILE", type=Path, help="anchors kept elsewhere")
    export = _action(actions, "export", "write entries, one a line")
    export.add_argument(
        "--from", metavar="N", type=int, default=1, dest="first", help="first entry"
    )
    export.add_argument("--to", metavar="N", type=int, dest="last", help="last entry")
    export.add_argument("--tenant", metavar="T", help="entries of this tenant alone")
    export.add_argument("--format", choices=("ndjson", "fhir"), default="ndjson",
                        help="ndjson with contents, or AuditEvents of FHIR R4 without")  # fmt: skip
    metrics = _action(actions, "metrics", "count outcomes, decisions, reasons and times")
    metrics.add_argument(
        "--from", metavar="DATE", type=_day, dest="first", help="first day, in UTC"
    )
    metrics.add_argument("--to", metavar="DATE", type=_day, dest="last", help="last day, in UTC")
    metrics.add_argument("--tenant", metavar="T", help="of this tenant alone")
    metrics.add_argument("--format", choices=("text", "json"),
                         help="text for people, json for programs")  # fmt: skip
    replay = _action(actions, "replay", "decide kept determinations anew, and compare")
    which = replay.add_mutually_exclusive_group(required=True)
    which.add_argument("id", metavar="ID", nargs="?", help="one determination")
    which.add_argument("--all", action="store_true", help="every determination")
    replay.add_argument("--knowledge", choices=("then", "now"), default="then",
                        help="by the knowledge of each, or by that of the settings")  # fmt: skip
    project = _action(actions, "project", "write determinations as RDF, a named graph each")
    project.add_argument("target", metavar="FOLDER|FILE", type=Path, help="FILE.nq or FILE.trig")
    project.add_argument("--tenant", metavar="T", help="of this tenant alone")
    backup = _action(actions, "backup", "copy all that is kept, beside a service that runs too")
    backup.add_argument("target", metavar="TARGET", type=Path, help="a new folder")
    restore = _action(actions, "restore", "bring a backup back to an empty folder of data")
    restore.add_argument("source", metavar="SOURCE", type=Path, help="the folder of a backup")


def _action(actions: cli.Commands, name: str, about: str) -> argparse.ArgumentParser:
    found = actions.add_parser(name, help=about)
    found.set_defaults(run=f"api.ledger_commands:{name}")
    _add_settings(found)
    return found


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings in TOML")
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="folder of keys and ledger")
