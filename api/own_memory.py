"""Settle the memory of this process. Where the system has no such call, nothing is done."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from collections.abc import Iterator
from pathlib import Path

M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
MADV_POPULATE_WRITE = 23
LARGE = 131_072
UNTOLD = 4_294_967_296
_PROCESS = Path("/proc/self")


def share_one_heap() -> None:
    """Let all threads use one heap: heaps of their own each keep their largest hour.

    What is large is given back at once; left to itself the system would keep it after the first
    time. Source: mallopt(3).
    """
    with contextlib.suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        system.mallopt(M_ARENA_MAX, 1)
        system.mallopt(M_MMAP_THRESHOLD, LARGE)


def give_back() -> None:
    """Give back to the system what is free. Source: malloc_trim(3)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def own_heap() -> None:
    """Copy at once what of the heap is shared with the process that this one was forked from.

    Left to itself, each page is copied when it is first written. Source: madvise(2).
    """
    with contextlib.suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for begin, end in _heaps():
            madvise(begin, end - begin, MADV_POPULATE_WRITE)


def address_space() -> int:
    """Return the bytes of address space in use; some, where the system does not tell."""
    try:
        pages = int((_PROCESS / "statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return UNTOLD
    return pages * resource.getpagesize()


def _heaps() -> Iterator[tuple[int, int]]:
    """Yield first and last address of each heap. Raises OSError where the system does not tell."""
    for line in (_PROCESS / "maps").read_text(encoding="utf-8", errors="replace").splitlines():
        where, *_, what = line.split()
        if what == "[heap]":
            begin, end = (int(address, 16) for address in where.split("-"))
            yield begin, end
