"""Counters, gauges and histograms, each declared once with its help text; the manual page is printed from ``ROWS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["ROWS", "Metric", "Metrics"]


@dataclass(frozen=True)
class Metric:
    """One row: ``kind`` is counter, gauge or histogram; ``labels`` in the order in which values are given."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)

MM1_REQUESTS = Metric("mmse_mm1_requests", "counter", "MM1 requests by PDU and result.", ("pdu", "result"))
MM1_REFUSED = Metric("mmse_mm1_refused", "counter", "MM1 connections and requests turned away, by reason.", ("reason",))
MM1_SECONDS = Metric(
    "mmse_mm1_seconds", "histogram", "Seconds from a request's last octet to its answer.", ("pdu",), SECONDS
)
MM1_IN_FLIGHT = Metric("mmse_mm1_in_flight_octets", "gauge", "Octets of MM1 request bodies held now.")
MM1_CONNECTIONS = Metric("mmse_mm1_connections", "gauge", "MM1 connections open now.")
PUSHES = Metric("mmse_pushes", "counter", "Pushes to phones by bearer, PDU and outcome.", ("bearer", "pdu", "outcome"))
GATEWAY_REQUESTS = Metric(
    "mmse_gateway_requests",
    "counter",
    "Requests to the SMS gateway by outcome: done, refused, temporary.",
    ("outcome",),
)
LAB_HELD = Metric("mmse_lab_held_pushes", "gauge", "Pushes that the lab SMSC holds for phones.")
SUBMISSIONS = Metric("mmse_submissions", "counter", "MMs submitted, by interface and status.", ("interface", "status"))
REPEATS = Metric(
    "mmse_repeated_submissions", "counter", "Submissions answered from an earlier identical one.", ("interface",)
)
COPY_EVENTS = Metric(
    "mmse_copy_events",
    "counter",
    "Events of recipients' copies, by event and whether it moved one.",
    ("event", "moved"),
)
RETRIEVALS = Metric("mmse_retrievals", "counter", "Retrievals asked of the relay, by status.", ("status",))
STRANGERS = Metric(
    "mmse_strangers",
    "counter",
    "Requests about a copy by someone who is not its recipient, by operation.",
    ("operation",),
)
ATTEMPTS = Metric(
    "mmse_delivery_attempts", "counter", "Attempts to deliver by agent and outcome.", ("agent", "outcome")
)
IN_FLIGHT = Metric("mmse_dispatches_in_flight", "gauge", "Copies and reports worked on now.")
CLOCK_JUMPS = Metric("mmse_clock_jumps", "counter", "Times that the wall clock jumped and was not believed.")
REPORTS = Metric("mmse_reports", "counter", "Reports to originators by kind and outcome.", ("kind", "outcome"))
COPIES = Metric("mmse_copies", "gauge", "Recipients' copies in the store by state.", ("state",))
STORE_BATCH = Metric(
    "mmse_store_batch_operations", "histogram", "Operations in one commit.", (), (1, 2, 4, 8, 16, 32, 64, 128, 256)
)
STORE_COMMIT = Metric("mmse_store_commit_seconds", "histogram", "Seconds of one commit.", (), SECONDS)
STORE_QUEUED = Metric("mmse_store_queued_octets", "gauge", "Octets waiting for a commit.")
STORE_ERRORS = Metric("mmse_store_errors", "counter", "Store operations that failed, by kind.", ("kind",))
REACTOR_LAG = Metric("mmse_reactor_lag_seconds", "gauge", "How late the last probe of the reactor was.")

ROWS: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))


class Metrics:
    """The metrics of one node, in a registry of its own (nothing is global: two nodes may live in one process)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._rows: dict[str, Counter | Gauge | Histogram] = {row.name: self._declare(row) for row in ROWS}
        self._children: dict[tuple[str, tuple[str, ...]], Counter | Gauge | Histogram] = {}

    def _declare(self, row: Metric) -> Counter | Gauge | Histogram:
        if row.kind == "counter":
            return Counter(row.name, row.help, row.labels, registry=self.registry)
        if row.kind == "gauge":
            return Gauge(row.name, row.help, row.labels, registry=self.registry)
        return Histogram(row.name, row.help, row.labels, registry=self.registry, buckets=row.buckets)

    def _child(self, row: Metric, labels: tuple[str, ...]) -> Counter | Gauge | Histogram:
        if not labels:
            return self._rows[row.name]
        key = (row.name, labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._rows[row.name].labels(*labels)
        return child

    def count(self, row: Metric, *labels: str, amount: float = 1) -> None:
        """Add to a counter; label values come from tables, never from a peer (their number must stay bounded)."""
        child = self._child(row, labels)
        assert isinstance(child, Counter)
        child.inc(amount)

    def gauge(self, row: Metric, value: float, *labels: str) -> None:
        """Set a gauge."""
        child = self._child(row, labels)
        assert isinstance(child, Gauge)
        child.set(value)

    def watch(self, row: Metric, read: Callable[[], float]) -> None:
        """Have a gauge without labels read when it is asked for."""
        child = self._child(row, ())
        assert isinstance(child, Gauge)
        child.set_function(read)

    def observe(self, row: Metric, value: float, *labels: str) -> None:
        """Add an observation to a histogram."""
        child = self._child(row, labels)
        assert isinstance(child, Histogram)
        child.observe(value)

    def value(self, row: Metric, *labels: str) -> float:
        """The present value of a counter or gauge: for tests and for people."""
        suffix = "_total" if row.kind == "counter" else ""
        return self.registry.get_sample_value(row.name + suffix, dict(zip(row.labels, labels, strict=True))) or 0.0

    def exposition(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
