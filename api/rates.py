"""Count what each key asks: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10_000


class Rates:
    """Hold one bucket for each name; the longest unused are forgotten past a bound."""

    def __init__(
        self, a_minute: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._a_second = a_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Take one token of a name; return 0, or the seconds until there is one."""
        now = self._clock()
        tokens, since = self._buckets.get(name, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._a_second)
        taken = tokens >= 1
        self._buckets[name] = (tokens - 1 if taken else tokens, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / self._a_second
