"""Say who asks and what they may: a dependency on each route, never a look at its path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request

from api.keys import SCOPES, KeysRefused
from api.problems import KeyRequired, ScopeMissing, TooManyRequests, Unavailable
from api.service import Service, service_of

LOCAL_TENANT = "local"


@dataclass(frozen=True, slots=True)
class Caller:
    """Name who asks: the tenant, the public identifier of the key, and what it may do."""

    tenant: str
    key_id: str
    scopes: frozenset[str]


LOCAL = Caller(LOCAL_TENANT, "", frozenset(SCOPES))
_SCOPES_OF: dict[object, tuple[str, ...]] = {}


def require(*scopes: str) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency that gives the caller of a route and refuses has none of some scopes.

    Raises ValueError for a scope that does not exist; the dependency raises KeyRequired,
    ScopeMissing, TooManyRequests, and Unavailable where the keys cannot be read.
    """
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(scopes)

    async def caller_of(request: Request) -> Caller:
        service = service_of(request)
        caller = _known(request, service)
        request.state.key_id = caller.key_id
        if caller.scopes.isdisjoint(scopes):
            service.metrics.refused("scope")
            raise ScopeMissing(scopes[0])
        return caller

    _SCOPES_OF[caller_of] = scopes
    return caller_of


def scopes_of(dependency: object) -> tuple[str, ...]:
    """Return the scopes of which a dependency asks one; none where it asks for no key."""
    return _SCOPES_OF.get(dependency, ())


def _known(request: Request, service: Service) -> Caller:
    if not service.settings.auth:
        return LOCAL
    try:
        key = service.keys.find(_presented(request))
    except KeysRefused:
        raise Unavailable("keys") from None
    if key is None:
        service.metrics.refused("key")
        raise KeyRequired
    caller = Caller(key.tenant, key.id, frozenset(key.scopes))
    if wait := service.rates.wait(key.id):
        service.metrics.refused("rate")
        raise TooManyRequests(wait)
    return caller


def _presented(request: Request) -> str:
    """Return the key of a request; none where the header is repeated or of another scheme."""
    given = request.headers.getlist("authorization")
    scheme, _, presented = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return presented.strip() if scheme.lower() == "bearer" else ""
