"""Time work by the wall and by the processor, and sum up what was measured."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Spent(NamedTuple):
    """Seconds by the wall, and seconds of the processor; the latter forget other work."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Spread:
    """Some runs, the shortest first."""

    walls: tuple[float, ...]
    cpus: tuple[float, ...]

    @classmethod
    def of(cls, runs: Iterable[Spent]) -> Spread:
        """Order some runs; there must be one at least."""
        runs = tuple(runs)
        return cls(tuple(sorted(r.wall for r in runs)), tuple(sorted(r.cpu for r in runs)))

    @property
    def p50(self) -> float:
        """Return the median by the wall."""
        return quantile(self.walls, 0.5)

    @property
    def p99(self) -> float:
        """Return what 99 of 100 runs stay below, by the wall."""
        return quantile(self.walls, 0.99)

    @property
    def cpu(self) -> float:
        """Return the median of processor time."""
        return quantile(self.cpus, 0.5)

    @property
    def cpu99(self) -> float:
        """Return what 99 of 100 runs stay below, in processor time."""
        return quantile(self.cpus, 0.99)


def timed(work: Callable[[], T]) -> tuple[T, Spent]:
    """Do some work; return its result and what it took."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, Spent(time.perf_counter() - wall, time.process_time() - cpu)


def quantile(ordered: tuple[float, ...], part: float) -> float:
    """Return the smallest figure that ``part`` of ordered figures do not exceed."""
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * part // 1) - 1))]


def peak_memory() -> int:
    """Return the most bytes that this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(x.split()[1]) << 10 for x in lines if x.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10
