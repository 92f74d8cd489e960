"""Watch each call by which a process and its children open files or connect, where strace is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CALLS = "trace=open,openat,openat2,connect,execve"
_OPENED = re.compile(r'\bopen(?:at2?)?\((?:[^",]*, )?"((?:[^"\\]|\\.)*)"')
_LONGEST_SECONDS = 20
SYSTEM = ("/usr/", "/lib", "/dev/", "/sys/", "/proc/self/", "/proc/sys/", "/proc/meminfo",
          "/proc/cpuinfo", "/proc/filesystems", "/etc/ld.so", "/etc/localtime", "/etc/locale",
          "/etc/mime.types", "/etc/ssl/", "/etc/pki/", "/etc/crypto-policies/")  # fmt: skip
"""Where the system's libraries, and what a process may know of itself, lie."""


@dataclass
class Trace:
    """Hold where the calls are written, or why none are."""

    path: Path
    why_not: str = ""

    def faults(self, own: Sequence[Path]) -> list[str]:
        """Return each connection that was tried, and each file outside these folders."""
        if self.why_not:
            return []
        allowed = (*SYSTEM, *(str(folder) for folder in own), sys.prefix, sys.base_prefix)
        found = []
        for line in self.path.read_text(errors="replace").splitlines():
            if " connect(" in line:
                found.append(line)
            for name in map(os.path.normpath, _OPENED.findall(line)):
                if name.startswith(("/", "..")) and not name.startswith(allowed):
                    found.append(line)
        return found


@contextmanager
def traced(pid: int, path: Path) -> Iterator[Trace]:
    """Write the calls of a process and its children to a file until the block ends."""
    program = shutil.which("strace")
    if program is None:
        yield Trace(path, "strace is not installed")
        return
    command = [program, "-f", "-qq", "-s", "4096", "-e", _CALLS, "-o", str(path), "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        try:
            yield Trace(path, "" if _attached(pid, tracer) else "no process may be traced here")
        finally:
            tracer.terminate()


def _attached(pid: int, tracer: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < until and tracer.poll() is None:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/status"))
        if tasks and not any("TracerPid:\t0\n" in task.read_text() for task in tasks):
            return True
        time.sleep(0.02)
    return False
