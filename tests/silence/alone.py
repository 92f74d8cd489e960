"""Move this process into a network of its own, without routes, and read what the kernel counts.

The counts are of the whole network namespace, whoever makes the call: a connection that native
code tries is seen as well as one of Python, and one that fails as well as one that succeeds.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_NET = Path("/proc/self/net")


@dataclass(frozen=True)
class Counts:
    """Hold how often this network was used, or was tried to be left."""

    connections: int
    datagrams: int
    unreachable: int

    def since(self, before: Counts) -> Counts:
        """Return what was counted after an earlier reading."""
        return Counts(
            self.connections - before.connections,
            self.datagrams - before.datagrams,
            self.unreachable - before.unreachable,
        )


def enter() -> str:
    """Enter a network that has a loopback alone; return why not, or nothing.

    To be called before there is a second thread.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "unshare"):
        return "this system has no namespaces"
    user, group = os.getuid(), os.getgid()
    try:
        if library.unshare(_NEWNET):
            if library.unshare(_NEWUSER | _NEWNET):
                return f"no network of our own: {os.strerror(ctypes.get_errno())}"
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
        _raise_loopback()
    except OSError as error:
        return f"no network of our own: {error.strerror}"
    return ""


def counts() -> Counts:
    """Return the counts of the network that this process is in."""
    four, six = _snmp(), _snmp6()
    return Counts(
        four["Tcp", "ActiveOpens"],
        four["Udp", "OutDatagrams"] + six.get("Udp6OutDatagrams", 0),
        four["Ip", "OutNoRoutes"] + six.get("Ip6OutNoRoutes", 0),
    )


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(door, _SIOCGIFFLAGS, asked))[1]
        fcntl.ioctl(door, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | _IFF_UP, b""))


def _snmp() -> dict[tuple[str, str], int]:
    lines = [line.split() for line in (_NET / "snmp").read_text().splitlines()]
    found = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        for name, value in zip(names[1:], values[1:], strict=True):
            found[names[0].rstrip(":"), name] = int(value)
    return found


def _snmp6() -> dict[str, int]:
    path = _NET / "snmp6"
    text = path.read_text() if path.exists() else ""
    return {name: int(value) for name, value in map(str.split, text.splitlines())}
