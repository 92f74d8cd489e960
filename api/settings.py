"""Read the settings of the service: from the command line, the environment, a TOML file, defaults.

The first of these that names a setting decides. A name that no setting bears is refused, in the
file as in the environment, so that a typing error never leaves a limit at its default.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kg_engine.errors import Fault, KgEngineError

PREFIX = "IONM_"
READ_BY_OTHERS = frozenset({"IONM_CACHE", "IONM_CONFIG", "IONM_ORACLE", "IONM_SUITES"})
ROOT = Path(__file__).resolve().parent.parent
DEFAULT = "default"
_URL = re.compile(r"""https?://[^\s<>"{}|\\^`?#]+\Z""")


class SettingsRefused(KgEngineError):
    """Refuse settings that are unknown, malformed or do not go together."""


def _data_home() -> Path:
    shared = os.environ.get("XDG_DATA_HOME")
    return (Path(shared) if shared else Path.home() / ".local" / "share") / "ionm"


def _yes_or_no(given: object) -> bool:
    if isinstance(given, bool):
        return given
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return words[str(given).lower()]


def _whole(given: object) -> int:
    number = int(str(given))
    if number < 0:
        raise ValueError
    return number


def _number(given: object) -> float:
    return float(str(given))


def _seconds(given: object) -> float:
    number = float(str(given))
    if not 0 < number < 86_400:
        raise ValueError
    return number


def _path(given: object) -> Path:
    return Path(str(given)).expanduser()


def _url(given: object) -> str:
    text = str(given)
    if text and not _URL.match(text):
        raise ValueError
    return text


def _paths(given: object) -> tuple[Path, ...]:
    found = given if isinstance(given, list | tuple) else str(given).split(os.pathsep)
    return tuple(_path(one) for one in found)


def _words(given: object) -> tuple[str, ...]:
    found = given if isinstance(given, list | tuple) else str(given).split(",")
    return tuple(str(one).strip() for one in found)


def _level(given: object) -> str:
    level = str(given).lower()
    if level not in {"debug", "info", "warning", "error"}:
        raise ValueError
    return level


def _setting(default: Any, read: Callable[[object], Any], form: str, about: str) -> Any:  # noqa: ANN401  (a default is of its setting's type)
    metadata = {"read": read, "form": form, "about": about}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold every setting of the service; each field tells its form and what it is for."""

    host: str = _setting("127.0.0.1", str, "name", "address to listen on")
    port: int = _setting(8000, _whole, "number", "port to listen on; 0 takes a free one")
    auth: bool = _setting(True, _yes_or_no, "true or false", "ask for keys; off on loopback only")
    hosts: tuple[str, ...] = _setting(
        ("localhost", "127.0.0.1", "[::1]"), _words, "names", "names by which clients call it"
    )
    data: Path = _setting(_data_home, _path, "folder", "keys, ledger and snapshots")
    ontology: tuple[Path, ...] = _setting(
        (ROOT / "ontology",), _paths, "paths", "the ontology to serve"
    )
    shapes: tuple[Path, ...] = _setting((ROOT / "shapes",), _paths, "paths", "its shapes")
    cases: Path = _setting(ROOT / "examples", _path, "folder", "cases of the self-test")
    max_body: int = _setting(1_048_576, _whole, "bytes", "largest body of a request")
    max_batch_body: int = _setting(33_554_432, _whole, "bytes", "largest body of a batch")
    header_seconds: float = _setting(10.0, _seconds, "seconds", "to send the head of a request")
    body_seconds: float = _setting(30.0, _seconds, "seconds", "to send the body of a request")
    send_seconds: float = _setting(30.0, _seconds, "seconds", "a client may leave answers unread")
    keep_alive_seconds: float = _setting(5.0, _seconds, "seconds", "a connection may stay idle")
    stop_seconds: float = _setting(30.0, _seconds, "seconds", "requests may take after SIGTERM")
    drain_seconds: float = _setting(1.0, _seconds, "seconds", "to turn clients away at the stop")
    max_connections: int = _setting(512, _whole, "number", "connections at once")
    max_requests: int = _setting(128, _whole, "number", "requests in work at once")
    processes: int = _setting(2, _whole, "number", "processes that determine cases")
    rate: float = _setting(3000.0, _number, "a minute", "requests of a key")
    burst: int = _setting(500, _whole, "number", "requests of a key at once")
    url: str = _setting("", _url, "address", "base of IRIs of the service; else by host and port")
    query_workers: int = _setting(0, _whole, "number", "queries at once; 0: one core less")
    query_seconds: float = _setting(10.0, _seconds, "seconds", "a query may run")
    query_memory: int = _setting(536_870_912, _whole, "bytes", "a query may take")
    query_rows: int = _setting(100_000, _whole, "number", "rows or triples of an answer")
    query_bytes: int = _setting(33_554_432, _whole, "bytes", "largest answer of a query")
    query_waiting: int = _setting(32, _whole, "number", "queries that may wait")
    query_budget: float = _setting(60.0, _number, "seconds a minute", "queries of a key may run")
    query_wait_seconds: float = _setting(5.0, _seconds, "seconds", "a query may wait")
    reload_seconds: float = _setting(300.0, _seconds, "seconds", "new knowledge may take to load")
    log_level: str = _setting("info", _level, "word", "debug, info, warning or error")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Hold settings and where each came from, by name."""

    settings: Settings
    origins: Mapping[str, str]


def choose_settings(
    given: Mapping[str, object] | None = None,
    *,
    config: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Chosen:
    """Return the settings and their origins.

    ``given`` are those of the command line, by field name; ``config`` is the TOML file, else the
    one that IONM_CONFIG names. Raises SettingsRefused with every fault.
    """
    env = os.environ if environment is None else environment
    path = config or (Path(env["IONM_CONFIG"]) if env.get("IONM_CONFIG") else None)
    faults: list[Fault] = []
    layers = [
        (DEFAULT, {}),
        *_file_layer(path, faults),
        *_environment_layers(env, faults),
        ("command line", dict(given or {})),
    ]
    values: dict[str, Any] = {}
    origins = {f.name: DEFAULT for f in fields(Settings)}
    for origin, layer in layers:
        for name, raw in layer.items():
            _take(name, raw, origin, values, faults)
            origins[name] = origin
    if faults:
        raise SettingsRefused(faults)
    settings = Settings(**values)
    if faults := _together(settings):
        raise SettingsRefused(faults)
    return Chosen(settings, origins)


def load_settings(**given: object) -> Settings:
    """Return the settings alone; see ``choose_settings``."""
    return choose_settings(given).settings


def base_url(settings: Settings) -> str:
    """Return the address of the service, without a slash at its end."""
    host = settings.host.strip("[]")
    name = f"[{host}]" if ":" in host else host
    return settings.url.rstrip("/") or f"http://{name}:{settings.port}"


def is_loopback(host: str) -> bool:
    """Say whether an address is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


MOST_MEMORY = 1 << 46
"""Bytes: what a system can address; past it a limit of the system could not be set."""

_AT_LEAST_ONE = (
    "rate", "burst", "processes", "max_requests", "max_connections", "max_body",
    "query_memory", "query_rows", "query_bytes", "query_waiting", "query_budget",
)  # fmt: skip
_FIELDS = {f.name: f for f in fields(Settings)}
_WANTED = {
    "number": "a whole number from 0",
    "bytes": "a whole number of bytes",
    "seconds": "a number of seconds above 0 and below 86400",
    "a minute": "a number a minute",
    "seconds a minute": "a number of seconds a minute",
    "word": "one of the words debug, info, warning and error",
}


def _take(name: str, raw: object, origin: str, values: dict[str, Any], faults: list[Fault]) -> None:
    about = _FIELDS[name].metadata
    try:
        values[name] = about["read"](raw)
    except (ValueError, KeyError, TypeError):
        wanted = _WANTED.get(about["form"], about["form"])
        remedy = f"Give one, or leave it out for {_FIELDS[name].default}."
        faults.append(Fault(f"{origin}: {name}", f"is not {wanted}.", remedy))


def _file_layer(path: Path | None, faults: list[Fault]) -> list[tuple[str, dict[str, object]]]:
    if path is None:
        return []
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        faults.append(Fault(str(path), f"cannot be read: {why}.", "Name a TOML file in UTF-8."))
        return []
    faults.extend(_unknown(str(path), name) for name in read if name not in _FIELDS)
    known = {name: _beside(path, name, raw) for name, raw in read.items() if name in _FIELDS}
    return [(str(path), known)]


def _beside(path: Path, name: str, raw: object) -> object:
    """Read the paths of a file from the folder of that file."""
    folder, read = path.resolve().parent, _FIELDS[name].metadata["read"]
    if read is _path:
        return folder / _path(raw)
    if read is _paths:
        return [folder / one for one in _paths(raw)]
    return raw


def _environment_layers(
    env: Mapping[str, str], faults: list[Fault]
) -> list[tuple[str, dict[str, object]]]:
    found: list[tuple[str, dict[str, object]]] = []
    for key in sorted(env):
        if not key.startswith(PREFIX) or key in READ_BY_OTHERS:
            continue
        name = key.removeprefix(PREFIX).lower()
        if name in _FIELDS:
            found.append((f"environment {key}", {name: env[key]}))
        else:
            faults.append(_unknown("environment", key))
    return found


def _unknown(origin: str, name: str) -> Fault:
    return Fault(f"{origin}: {name}", "no setting of that name.", "See ionm config show.")


def _together(settings: Settings) -> list[Fault]:
    found = []
    if not settings.auth and not is_loopback(settings.host):
        remedy = "Listen on 127.0.0.1, or leave keys on."
        found.append(Fault("auth", "may be off on a loopback address only.", remedy))
    if settings.port > 65_535:
        found.append(Fault("port", "is no port.", "Give a number up to 65535."))
    for name in _AT_LEAST_ONE:
        if not getattr(settings, name) >= 1:
            found.append(Fault(name, "is too small.", "Give 1 or more."))
    if settings.query_memory > MOST_MEMORY:
        found.append(Fault("query_memory", "is too large.", f"Give at most {MOST_MEMORY}."))
    return found
