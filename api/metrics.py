"""Count what the service does, for Prometheus: by route template and outcome, never by client."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
disable_created_metrics()  # type: ignore[no-untyped-call]
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Hold the counters of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        GCCollector(registry=own)
        self.requests = Histogram(
            "ionm_request_seconds",
            "Time to answer a request.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=own,
        )
        self.in_work = Gauge("ionm_requests_in_work", "Requests in work.", registry=own)
        self.refusals = Counter(
            "ionm_refusals", "Requests refused before any work.", ("why",), registry=own
        )
        self.determinations = Counter(
            "ionm_determinations", "Determinations by outcome.", ("outcome",), registry=own
        )
        self.reasons = Counter(
            "ionm_determination_reasons", "Reasons given.", ("reason",), registry=own
        )
        self.missing = Histogram(
            "ionm_missing_items",
            "Items missing from a record.",
            buckets=(0, 1, 2, 4, 8, 16, 32),
            registry=own,
        )
        self.knowledge = Gauge(
            "ionm_knowledge_info", "The knowledge that serves.", ("digest",), registry=own
        )
        self.triples = Gauge("ionm_knowledge_triples", "Its asserted triples.", registry=own)
        self.reloads = Counter(
            "ionm_knowledge_reloads", "Attempts to load new knowledge.", ("result",), registry=own
        )
        self.ledger_head = Gauge(
            "ionm_ledger_sequence", "Sequence of the last entry.", registry=own
        )
        self.room = Gauge("ionm_data_free_bytes", "Room left for data.", registry=own)
        self.query_kills = Counter(
            "ionm_query_kills", "Query workers ended by force.", ("why",), registry=own
        )

    def determined(self, outcome: str, reasons: Sequence[str], missing: int) -> None:
        """Count a determination: its outcome, its reasons and how much was missing."""
        self.determinations.labels(outcome).inc()
        for reason in reasons:
            self.reasons.labels(reason).inc()
        self.missing.observe(missing)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer by method, route template and status."""
        self.requests.labels(method, route, str(status)).observe(seconds)

    def refused(self, why: str) -> None:
        """Count a refusal by its kind: key, scope, rate, overload."""
        self.refusals.labels(why).inc()

    def tell_knowledge(self, digest: str, triples: int) -> None:
        """Say which knowledge serves now."""
        self.knowledge.clear()
        self.knowledge.labels(digest).set(1)
        self.triples.set(triples)

    def tell_room(self, folder: Path) -> None:
        """Say how much room the disk of a folder has left."""
        self.room.set(shutil.disk_usage(folder).free)

    def text(self) -> bytes:
        """Return all figures in the text format of Prometheus."""
        return generate_latest(self.registry)
