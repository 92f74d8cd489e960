"""Count what each key asks, or costs: a bucket of tokens that fills at a steady rate."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10_000


class Rates:
    """Hold one bucket for each name; the longest unused are forgotten past a bound."""

    def __init__(
        self, a_minute: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._a_second = a_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, cost: float = 1.0) -> float:
        """Take tokens of a name; return 0, or the seconds until there are enough."""
        tokens = self._tokens(name)
        taken = tokens >= cost
        self._set(name, tokens - cost if taken else tokens)
        return 0.0 if taken else (cost - tokens) / self._a_second

    def spend(self, name: str, cost: float) -> None:
        """Take tokens of a name for what is done already, be they there or not."""
        self._set(name, self._tokens(name) - cost)

    def _tokens(self, name: str) -> float:
        now = self._clock()
        tokens, since = self._buckets.get(name, (float(self._burst), now))
        return min(float(self._burst), tokens + (now - since) * self._a_second)

    def _set(self, name: str, tokens: float) -> None:
        self._buckets[name] = (tokens, self._clock())
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
