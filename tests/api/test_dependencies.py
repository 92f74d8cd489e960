"""No request costs a thread for what only looks at it: every dependency is a coroutine."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import iscoroutinefunction

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts


def below(dependant: Dependant) -> Iterator[object]:
    """Yield what a route depends on, at any depth."""
    for one in dependant.dependencies:
        yield one.call
        yield from below(one)


def test_every_dependency_of_every_route_is_a_coroutine(app: FastAPI) -> None:
    contexts = iter_route_contexts(app.routes)
    routes = [c.original_route for c in contexts if isinstance(c.original_route, APIRoute)]
    found = [(route.path, call) for route in routes for call in below(route.dependant)]
    assert len(found) > 20
    assert [(path, call) for path, call in found if not iscoroutinefunction(call)] == []
