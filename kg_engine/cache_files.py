"""Keep derived files in a cache directory: written whole or not at all, read only if sound.

A file is a header line (format, kind, key, SHA-256 of the rest), a line of JSON that tells the
length of each section, and the sections. Nothing in it is ever run; a file that is truncated,
altered, foreign, of another version or writable by others is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

FORMAT = b"ionm-cache/1"
_KEPT = 8


def cache_directory() -> Path:
    """Return the cache directory: IONM_CACHE, else ``ionm`` under XDG_CACHE_HOME or ~/.cache."""
    if own := os.environ.get("IONM_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "ionm"


def read_sections(kind: str, key: str, directory: Path | None = None) -> dict[str, bytes] | None:
    """Return the sections of a cached file, or None where there is no sound one."""
    try:
        with _path(kind, key, directory).open("rb") as file:
            content = file.read() if _is_own(os.fstat(file.fileno())) else b""
    except (OSError, RuntimeError):
        return None
    head, _, rest = content.partition(b"\n")
    if head.split(b" ")[:3] != [FORMAT, kind.encode(), key.encode()]:
        return None
    if head.split(b" ")[3:] != [hashlib.sha256(rest).hexdigest().encode()]:
        return None
    index, _, body = rest.partition(b"\n")
    sections, place = {}, 0
    for name, length in json.loads(index):
        sections[name] = body[place : place + length]
        place += length
    return sections


def write_sections(
    kind: str, key: str, sections: Mapping[str, bytes], directory: Path | None = None
) -> None:
    """Write sections to the cache; where nothing can be written, that costs time alone.

    Of each kind the latest few files are kept.
    """
    index = json.dumps([(name, len(section)) for name, section in sections.items()])
    rest = b"\n".join((index.encode(), b"".join(sections.values())))
    head = b" ".join(
        (FORMAT, kind.encode(), key.encode(), hashlib.sha256(rest).hexdigest().encode())
    )
    with contextlib.suppress(OSError, RuntimeError):
        path = _path(kind, key, directory)
        write_atomically(path, head + b"\n" + rest)
        others = [(p.stat().st_mtime, p) for p in path.parent.glob(f"{kind}-*.cache")]
        for _, old in sorted(others, reverse=True)[_KEPT:]:
            old.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole, or leave what was there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _is_own(status: os.stat_result) -> bool:
    """Say whether nobody but the user can have written a file."""
    user = os.getuid() if hasattr(os, "getuid") else status.st_uid
    return status.st_uid == user and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _path(kind: str, key: str, directory: Path | None) -> Path:
    return (directory or cache_directory()) / f"{kind}-{key[:32]}.cache"
