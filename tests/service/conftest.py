"""Share a service with short deadlines that runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.running import Running, running

SHORT = {
    "IONM_HEADER_SECONDS": "1",
    "IONM_BODY_SECONDS": "1",
    "IONM_SEND_SECONDS": "1",
    "IONM_KEEP_ALIVE_SECONDS": "1",
    "IONM_DRAIN_SECONDS": "0.3",
    "IONM_MAX_CONNECTIONS": "40",
}


@pytest.fixture(scope="package")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run a service that waits a second for anything."""
    with running(tmp_path_factory.mktemp("hasty") / "data", env=SHORT) as service:
        yield service
        assert service.stop() == 0, service.raw[-3:]
