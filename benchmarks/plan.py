"""Say how much is measured: the whole, or a trial of about a minute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """How many records, rounds, starts and cases are run, how large, and how long to wait.

    None of the records is left out where ``records`` is None.
    """

    quick: bool = False
    records: int | None = None
    rounds: int = 5
    default_cases: int = 5
    starts: int = 9
    cold_starts: int = 3
    sizes: tuple[int, ...] = (2_000, 20_000, 100_000)
    own_cases: int = 1_000
    peer_cases: int = 10
    batch: int = 1_000
    enlarged_records: int = 100
    enlarged_size: int = 100_000
    press_seconds: float = 10.0
    arrival_seconds: float = 60.0
    timeout: float = 120.0
    compile_timeout: float = 600.0


QUICK = Plan(
    quick=True, records=40, rounds=1, default_cases=1, starts=3, cold_starts=1,
    sizes=(2_000, 20_000), own_cases=100, peer_cases=3, batch=100,
    enlarged_records=10, enlarged_size=0, press_seconds=2.0, arrival_seconds=5.0, timeout=25.0,
)  # fmt: skip
