"""Lay baits: a server of our own that counts who connects, and files that tell who opens them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

MARK = "ZZSILENCE5e1f"
"""Stands in every bait and in no address; where it comes back, something was fetched or read."""
_IN_ACCESS, _IN_OPEN, _IN_NONBLOCK = 0x1, 0x20, os.O_NONBLOCK
_SUFFIXES = ("ttl", "jsonld", "rdf", "xml", "dtd", "rq", "trig", "json", "html", "txt")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_CONTENTS = {
    "jsonld": f'{{"@context": {{"{MARK}": "urn:{MARK}"}}}}',
    "json": f'{{"@context": {{"{MARK}": "urn:{MARK}"}}}}',
    "dtd": f'<!ENTITY inner "{MARK}">',
    "rdf": f'<rdf:RDF xmlns:rdf="{_RDF}"><rdf:Description rdf:about="urn:{MARK}"/></rdf:RDF>',
    "rq": f'SELECT * {{ ?s ?p "{MARK}" }}',
    "xml": f"<{MARK}/>",
}


@dataclass
class Canary:
    """Count connections to a port of the loopback; each is answered with the mark."""

    port: int = 0
    heard: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return an address that answers."""
        return f"http://127.0.0.1:{self.port}/bait"


@contextmanager
def listening() -> Iterator[Canary]:
    """Listen on the loopback until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        canary = Canary(door.getsockname()[1])
        thread = threading.Thread(target=_serve, args=(door, canary), daemon=True)
        thread.start()
        try:
            yield canary
        finally:
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(door: socket.socket, canary: Canary) -> None:
    body = _CONTENTS["jsonld"].encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/ld+json\r\nContent-Length: {len(body)}\r\n"
    )
    while True:
        try:
            client, _ = door.accept()
        except OSError:
            return
        with client, contextlib.suppress(OSError):
            canary.heard.append("connected")
            client.settimeout(2)
            canary.heard[-1] = client.recv(4096).decode("latin-1")[:200]
            client.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)


@dataclass(frozen=True)
class Files:
    """Hold files that nobody should open, and the watch of the kernel over them, if there is one."""

    folder: Path
    handle: int

    @property
    def watched(self) -> bool:
        return self.handle >= 0

    def path(self, suffix: str) -> Path:
        """Return the bait with a suffix."""
        return self.folder / f"bait.{suffix}"

    def url(self, suffix: str) -> str:
        """Return the address of a bait."""
        return "file://" + quote(str(self.path(suffix)))

    def opened(self) -> list[str]:
        """Return the names of files that were opened or read since the last time."""
        found: list[str] = []
        with contextlib.suppress(BlockingIOError, OSError):
            while self.watched:
                events, place = os.read(self.handle, 65_536), 0
                while place < len(events):
                    length = struct.unpack_from("iIII", events, place)[3]
                    name = events[place + 16 : place + 16 + length].rstrip(b"\0")
                    found.append(name.decode() or "the folder")
                    place += 16 + length
        return found


@contextmanager
def baits(folder: Path) -> Iterator[Files]:
    """Write the baits into a folder and watch it; inotify sees native code too."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in _SUFFIXES:
        content = _CONTENTS.get(suffix, f'<urn:{MARK}> <urn:{MARK}> "{MARK}" .\n')
        (folder / f"bait.{suffix}").write_text(content)
    handle = _watch(folder)
    try:
        yield Files(folder, handle)
    finally:
        if handle >= 0:
            os.close(handle)


def _watch(folder: Path) -> int:
    """Return a handle of inotify, or -1 where the system has none."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "inotify_init1"):
        return -1
    handle: int = library.inotify_init1(_IN_NONBLOCK)
    library.inotify_add_watch(handle, os.fsencode(folder), _IN_ACCESS | _IN_OPEN)
    return handle
