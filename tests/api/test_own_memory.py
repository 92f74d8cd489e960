"""A process that was forked owns its heap at once, where the system can do that."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from api import own_memory

FORKED = """
import os, resource, sys
from api.own_memory import own_heap, share_one_heap

share_one_heap()
held = [bytearray(16_000) for _ in range(2_000)]  # small enough for the heap
told, tell = os.pipe()
if os.fork() == 0:
    if sys.argv[1] == "owned":
        own_heap()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for one in held:
        for place in range(0, len(one), 4_000):
            one[place] = 1
    copied = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    os.write(tell, str(copied).encode())
    os._exit(0)
os.wait()
print(os.read(told, 99).decode())
"""
PAGES = 2_000 * 16_000 // resource.getpagesize()


def copied(how: str) -> int:
    """Return how many pages a forked process had to copy while it wrote to all of them."""
    found = subprocess.run(
        [sys.executable, "-c", FORKED, how], capture_output=True, text=True, check=True, timeout=60
    )
    return int(found.stdout)


@pytest.mark.skipif(
    sys.platform != "linux" or tuple(map(int, os.uname().release.split(".")[:2])) < (5, 14),
    reason="the system has no MADV_POPULATE_WRITE",
)
def test_an_owned_heap_is_not_copied_page_by_page() -> None:
    assert copied("left") > PAGES // 2
    assert copied("owned") < PAGES // 20


def test_memory_that_cannot_be_owned_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_memory, "_PROCESS", Path("/nowhere"))
    own_memory.own_heap()
    assert own_memory.address_space() == own_memory.UNTOLD
