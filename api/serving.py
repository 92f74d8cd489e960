"""Run the service until it is told to stop: ``ionm serve``.

One process serves. SIGTERM and SIGINT stop it gently: for a moment every answer closes its
connection, so that clients go elsewhere; then nothing new is accepted, and what is in work is
answered. SIGHUP loads new knowledge.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import uvicorn

from api.connections import BoundedProtocol, bounded_protocol
from api.judging import settle_memory
from api.keys import FIRST_KEY
from api.logs import say, say_failure, start_logs
from api.main import create_app
from api.own_memory import share_one_heap
from api.reloading import reload_knowledge
from api.service import Service, open_service
from api.setting_commands import chosen_by
from api.settings import Settings, SettingsRefused
from kg_engine.console import ANSWERED, note
from kg_engine.errors import Fault, KnowledgeRefused

OTHER_FILES = 128
BACKLOG = 1024


def serve(options: argparse.Namespace) -> int:
    """Serve until told to stop. Raises SettingsRefused and KnowledgeRefused."""
    settings = chosen_by(options).settings
    os.umask(0o077)
    _leave_no_core()
    share_one_heap()
    _allow_files(settings.max_connections + OTHER_FILES)
    with contextlib.closing(_listen(settings)) as door:
        settings = dataclasses.replace(settings, port=door.getsockname()[1])
        start_logs(settings.log_level)
        _silence_tracebacks()
        with contextlib.closing(open_service(settings)) as service:
            if settings.auth and not service.keys.keys():
                note(FIRST_KEY)
            settle_memory()
            Server(service, door).run([door])
    return ANSWERED


class Server(uvicorn.Server):
    """Serve one application on one socket, and stop without failing a request."""

    def __init__(self, service: Service, door: socket.socket) -> None:
        settings = service.settings
        self._service, self._door = service, door
        self._app = create_app(service=service)
        self._protocol = bounded_protocol(settings)
        config = uvicorn.Config(
            self._app,
            http=self._protocol,
            ws="none",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=int(settings.keep_alive_seconds),
            timeout_graceful_shutdown=int(settings.stop_seconds),
            h11_max_incomplete_event_size=16_384,
        )
        super().__init__(config)
        self._reloading: set[asyncio.Task[None]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, tell where, and listen to SIGHUP."""
        await super().startup(sockets)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._hang_up)
        host, port = self._door.getsockname()[:2]
        say("serving", host=host, port=port, knowledge=self._service.knowledge.current().digest)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Turn clients away, accept the last that wait at the door, answer all, and close."""
        say("stopping")
        self._app.state.stopping = True
        self.server_state.default_headers = [(b"connection", b"close")]
        await asyncio.sleep(self._service.settings.drain_seconds)
        await self._accept_the_last()
        await super().shutdown(sockets)
        say("stopped")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  (uvicorn's own)
        """Stop at a signal, at once at the second; uvicorn would end itself by the signal."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    def _speaker(self) -> BoundedProtocol:
        return self._protocol(self.config, self.server_state, self.lifespan.state)

    def _hang_up(self) -> None:
        task = asyncio.ensure_future(asyncio.to_thread(_reload, self._service))
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def _accept_the_last(self) -> None:
        waiting = list(_waiting(self._door))
        for server in self.servers:
            server.close()
        loop = asyncio.get_running_loop()
        for connection in waiting:
            await loop.connect_accepted_socket(self._speaker, connection)
        await asyncio.sleep(0.1 if waiting else 0)


def _reload(service: Service) -> None:
    with contextlib.suppress(KnowledgeRefused):  # it is in the log
        reload_knowledge(service, "SIGHUP")


def _waiting(door: socket.socket) -> Iterator[socket.socket]:
    """Yield the connections that the system accepted for us and that we did not take yet."""
    with contextlib.suppress(OSError):
        while True:
            yield door.accept()[0]


def _listen(settings: Settings) -> socket.socket:
    """Return a socket that listens. Raises SettingsRefused where the address is not to be had."""
    try:
        host = settings.host.strip("[]")
        family = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0][0]
        door = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so: no delay
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, settings.port))
        door.listen(BACKLOG)
        door.setblocking(False)
    except OSError as error:
        place, why = f"host {settings.host}, port {settings.port}", error.strerror or "unknown"
        raise SettingsRefused([Fault(place, f"cannot be listened on: {why}.")]) from error
    return door


def _leave_no_core() -> None:
    """Let no core be written; to Linux, one byte means that none is piped to a program either."""
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    size = int(sys.platform == "linux" and most != 0)
    resource.setrlimit(resource.RLIMIT_CORE, (size, size))


def _allow_files(number: int) -> None:
    """See to it that so many files can be open. Raises SettingsRefused where they cannot."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < number:
        top = number if hard == resource.RLIM_INFINITY else min(number, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))
        if top < number:
            why = f"needs {number} open files, and the system allows {top}."
            remedy = "Raise ulimit -n, or set `max_connections` lower."
            raise SettingsRefused([Fault("max_connections", why, remedy)])


def _silence_tracebacks() -> None:
    """Let what nobody catches be logged by its type: its message may quote a case."""
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _, error, __: say_failure("uncaught", error)
    threading.excepthook = lambda given: say_failure("uncaught", given.exc_value or SystemExit())
    sys.unraisablehook = lambda given: say_failure("uncaught", given.exc_value or SystemExit())
