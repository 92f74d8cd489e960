"""Worlds are the completions of a record, and one more in which nothing is assumed."""

from __future__ import annotations

import pytest

from kg_engine.worlds import Worlds


@pytest.mark.parametrize("n", range(6))
def test_each_open_fact_holds_in_the_worlds_whose_bit_is_set(n: int) -> None:
    worlds = Worlds(n)
    for k in range(n):
        holding = {i for i in range(1 << n) if i >> k & 1}
        assert {i for i in range(1 << n) if worlds.holds(k) >> i & 1} == holding
        assert worlds.holds(k) | worlds.fails(k) == worlds.completions
    assert worlds.all == worlds.completions | worlds.as_recorded
    assert not worlds.completions & worlds.as_recorded


def test_a_fact_flips_a_mask_where_two_completions_differ_in_it_alone() -> None:
    worlds = Worlds(2)
    mask = worlds.holds(0) & worlds.holds(1)
    everywhere = worlds.completions
    assert worlds.flips(mask, 0, everywhere)
    assert worlds.flips(mask, 1, everywhere)
    assert not worlds.flips(everywhere, 0, everywhere)
    assert not worlds.flips(worlds.holds(1), 0, everywhere)
    assert not worlds.flips(mask, 0, worlds.fails(1))
