"""Run the commands that look at settings and keep keys."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields

from api.keys import FIRST_KEY, Keyring, new_key, open_keyring, revoke_key
from api.service import open_data
from api.settings import Chosen, Settings, choose_settings
from kg_engine.console import ANSWERED, note


def chosen_by(options: argparse.Namespace) -> Chosen:
    """Return the settings that the options of a command lead to. Raises SettingsRefused."""
    named = {f.name: getattr(options, f.name, None) for f in fields(Settings)}
    given = {name: value for name, value in named.items() if value is not None}
    if getattr(options, "no_auth", False):
        given["auth"] = False
    return choose_settings(given, config=options.config)


def show(options: argparse.Namespace) -> int:
    """Print each setting, its value and where it comes from."""
    chosen = chosen_by(options)
    rows = [(f.name, _plain(getattr(chosen.settings, f.name))) for f in fields(Settings)]
    wide, deep = (max(len(row[n]) for row in rows) for n in (0, 1))
    for name, value in rows:
        sys.stdout.write(f"{name:<{wide}}  {value:<{deep}}  {chosen.origins[name]}\n")
    return ANSWERED


def new(options: argparse.Namespace) -> int:
    """Make a key and print it, this once."""
    scopes = [one.strip() for one in options.scopes.split(",") if one.strip()]
    key, text = new_key(_ring(options), options.tenant, scopes)
    note(f"key {key.id} of {key.tenant}: {', '.join(key.scopes)}; it is shown this once")
    sys.stdout.write(text + "\n")
    return ANSWERED


def list_keys(options: argparse.Namespace) -> int:
    """List all keys, without their secrets."""
    keys = _ring(options).keys().values()
    if not keys:
        note(FIRST_KEY)
    for key in sorted(keys, key=lambda k: (k.tenant, k.made, k.id)):
        state = f"revoked {key.revoked}" if key.revoked else "in force"
        sys.stdout.write(f"{key.id}  {key.tenant}  {','.join(key.scopes)}  {key.made}  {state}\n")
    return ANSWERED


def revoke(options: argparse.Namespace) -> int:
    """Revoke a key; a service that runs heeds it at once."""
    key = revoke_key(_ring(options), options.id)
    note(f"key {key.id} of {key.tenant} is revoked")
    return ANSWERED


def _ring(options: argparse.Namespace) -> Keyring:
    settings = chosen_by(options).settings
    open_data(settings.data)
    return open_keyring(settings.data)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        between = "," if all(isinstance(one, str) for one in value) else os.pathsep
        return between.join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
