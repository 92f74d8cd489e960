"""Add the commands of the service to those of the engine: the console script ``ionm``.

A command is named by its module and loaded when it runs, so that determining a case loads nothing
of the service.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
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
    config.set_defaults(run="usage")
    show = config.add_subparsers(metavar="ACTION").add_parser(
        "show", help="print each setting and where it comes from"
    )
    _add_settings(show)
    show.set_defaults(run="api.setting_commands:show")
    _add_key(commands)
    _add_ledger(commands)


def _add_key(commands: cli.Commands) -> None:
    key = commands.add_parser("key", help="make, list and revoke the keys of clients")
    key.set_defaults(run="usage")
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
    ledger = commands.add_parser("ledger", help="look at what the service kept")
    ledger.set_defaults(run="usage")
    verify = ledger.add_subparsers(metavar="ACTION").add_parser(
        "verify", help="check every entry, the chain and the anchors"
    )
    verify.add_argument("--anchors", metavar="FILE", type=Path, help="anchors kept elsewhere")
    _add_settings(verify)
    verify.set_defaults(run="api.ledger_commands:verify")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings in TOML")
    parser.add_argument("--data", metavar="FOLDER", type=Path, help="folder of keys and ledger")
