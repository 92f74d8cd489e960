"""Enumerate the completions of a record as bit sets.

With n open facts there are 2**n completions; world i is the one in which open fact k holds where
bit k of i is set. One more world, the last, is the record as it stands, with nothing assumed.
Sources: de Kleer, An assumption-based TMS, 1986; certain answers over incomplete databases.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Worlds:
    """Hold the number of open facts and the bit sets that follow from it."""

    open_facts: int

    @property
    def completions(self) -> int:
        """Return the bit set of all completions, without the record as it stands."""
        return (1 << (1 << self.open_facts)) - 1

    @property
    def as_recorded(self) -> int:
        """Return the bit set of the one world in which nothing is assumed."""
        return 1 << (1 << self.open_facts)

    @property
    def all(self) -> int:
        """Return the bit set of every world."""
        return self.completions | self.as_recorded

    def holds(self, k: int) -> int:
        """Return the completions in which open fact k holds."""
        width = 1 << k
        block = ((1 << width) - 1) << width
        return block * (self.completions // ((1 << (2 * width)) - 1))

    def fails(self, k: int) -> int:
        """Return the completions in which open fact k fails."""
        return self.completions & ~self.holds(k)

    def flips(self, mask: int, k: int, universe: int) -> bool:
        """Say whether two completions that differ in fact k alone differ in the mask."""
        width = 1 << k
        without, within = mask & self.fails(k), (mask & self.holds(k)) >> width
        both = universe & self.fails(k) & ((universe & self.holds(k)) >> width)
        return bool((without ^ within) & both)
