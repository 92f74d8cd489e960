"""Keep the keys of clients: only a hash of each, in a file for its owner alone.

A key is ``ionm_ID_SECRET``. The identifier is public and stands in logs and ledger; the secret
has 256 random bits, so that one SHA-256 of it cannot be undone by trying.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kg_engine.cache_files import write_atomically
from kg_engine.errors import Fault, KgEngineError

FILE = "keys.json"
SCOPES = ("determine", "query", "review", "curate", "admin", "metrics")
FIRST_KEY = "no key is in force; make one: ionm key new --tenant example --scopes determine"
_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEY = re.compile(r"ionm_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
_NOBODY = hashlib.sha256(b"").hexdigest()


class KeysRefused(KgEngineError):
    """Refuse a file of keys that cannot be trusted, or a key that cannot be made."""


@dataclass(frozen=True, slots=True)
class Key:
    """Hold what is kept of one key; never the key."""

    id: str
    tenant: str
    scopes: tuple[str, ...]
    digest: str
    made: str
    revoked: str = ""


class Keyring:
    """Hold the keys of a file and read it again when it changes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, Key] = {}

    def find(self, presented: str) -> Key | None:
        """Return the key in force that was presented, or None.

        Takes the same time for an unknown identifier as for a wrong secret. Raises KeysRefused.
        """
        parts = _KEY.fullmatch(presented)
        key = self.keys().get(parts[1]) if parts else None
        known = key.digest if key else _NOBODY
        same = hmac.compare_digest(_digest(parts[2] if parts else ""), known)
        return key if key and same and not key.revoked else None

    def keys(self) -> Mapping[str, Key]:
        """Return all keys by identifier, as the file stands now. Raises KeysRefused."""
        with self._lock:
            try:
                status = self.path.stat()
            except FileNotFoundError:
                self._seen, self._keys = None, {}
                return self._keys
            except OSError as error:
                raise KeysRefused([_unfit(self.path, str(error.strerror))]) from error
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen != self._seen:
                if status.st_mode & 0o077:
                    raise KeysRefused([_unfit(self.path, "it is open to other users")])
                self._keys = _read(self.path)
                self._seen = seen
            return self._keys


def open_keyring(folder: Path) -> Keyring:
    """Return the keys of a folder of data. Raises KeysRefused where their file is not fit."""
    ring = Keyring(folder / FILE)
    ring.keys()
    return ring


def new_key(ring: Keyring, tenant: str, scopes: Sequence[str]) -> tuple[Key, str]:
    """Make and keep a key; return what is kept and, this once, the key itself.

    Raises KeysRefused where tenant or scopes are not right.
    """
    faults = [
        Fault("scopes", f"{scope} is no scope.", f"Take of: {', '.join(SCOPES)}.")
        for scope in scopes
        if scope not in SCOPES
    ]
    if not scopes:
        faults.append(Fault("scopes", "are missing.", f"Take of: {', '.join(SCOPES)}."))
    if not _TENANT.fullmatch(tenant):
        remedy = "Use small letters, digits, - and _, up to 63."
        faults.append(Fault("tenant", "is not a name.", remedy))
    if faults:
        raise KeysRefused(faults)
    name = base64.b32encode(secrets.token_bytes(5)).decode().lower()
    secret = secrets.token_urlsafe(32)
    chosen = tuple(s for s in SCOPES if s in scopes)
    key = Key(name, tenant, chosen, _digest(secret), _now())
    _write(ring, {**ring.keys(), name: key})
    return key, f"ionm_{name}_{secret}"


def revoke_key(ring: Keyring, name: str) -> Key:
    """Revoke a key for good; a service that runs heeds it at the next request.

    Raises KeysRefused where there is no such key.
    """
    key = ring.keys().get(name)
    if key is None:
        raise KeysRefused([Fault("key", "no key of that identifier.", "See ionm key list.")])
    revoked = key if key.revoked else replace(key, revoked=_now())
    _write(ring, {**ring.keys(), name: revoked})
    return revoked


def _read(path: Path) -> dict[str, Key]:
    try:
        rows = json.loads(path.read_bytes())["keys"]
        keys = [Key(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]
    except OSError as error:
        raise KeysRefused([_unfit(path, str(error.strerror))]) from error
    except (ValueError, KeyError, TypeError) as error:
        raise KeysRefused([_unfit(path, "it is not as it was written")]) from error
    return {key.id: key for key in keys}


def _write(ring: Keyring, keys: Mapping[str, Key]) -> None:
    rows = [asdict(keys[name]) for name in sorted(keys)]
    try:
        write_atomically(ring.path, json.dumps({"keys": rows}, indent=1).encode() + b"\n")
    except OSError as error:
        raise KeysRefused([_unfit(ring.path, str(error.strerror))]) from error


def _unfit(path: Path, why: str) -> Fault:
    return Fault(str(path), f"the keys cannot be used: {why}.", "Restore it, with mode 600.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
