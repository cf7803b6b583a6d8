"""`/metrics`: what Prometheus reads of the requests and of the ledger, over all processes that serve together."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from data.serve_settings import LOOPBACK, TOGETHER, ServeSettings
from models.database import reading
from models.days import now_micros
from models.ledger import Ledger
from models.operating import Operating, operating_of
from models.rights import reach_of
from web.observed import Asked
from web.visitors import SignInFirst, bearer_shown, ledger_of

__all__ = ["Metrics", "router"]

router = APIRouter(include_in_schema=False)

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 3, 10)
_SEE = "see-records"
_OWN_EVERY = 5  # seconds
_PASSED_ON = ("x-forwarded-for", "forwarded", "via", "x-real-ip")


class Metrics:
    """The numbers of one process; with others beside it they lie in files that each of them can read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._own = CollectorRegistry()
        self._looked_at = 0.0
        labels = ("method", "route", "status")
        self._requests = Counter("allocator_requests", "Requests answered.", labels, registry=self._own)
        self._seconds = Histogram(
            "allocator_request_seconds", "Seconds to an answer.", ("route",), buckets=_BUCKETS, registry=self._own
        )
        says = "Requests told to come again, for there was too much to do."
        self._crowded = Counter("allocator_refused_for_load", says, ("method",), registry=self._own)
        self._faults = Counter("allocator_faults", "Faults of the program itself.", registry=self._own)
        self._memory = _of_process("allocator_process_resident_bytes", "Memory of each serving process.", self._own)
        self._pool = _of_process("allocator_database_connections_in_use", "Connections in use.", self._own)

    def __call__(self, asked: Asked) -> None:
        """Count a request."""
        self._requests.labels(asked.method, asked.route, str(asked.status)).inc()
        self._seconds.labels(asked.route).observe(asked.seconds)
        if asked.crowded:
            self._crowded.labels(asked.method).inc()
        if asked.failed is not None:
            self._faults.inc()
        if time.monotonic() - self._looked_at > _OWN_EVERY:
            self._look_at_itself()

    def written(self) -> bytes:
        """Return everything as Prometheus reads it."""
        self._look_at_itself()
        shown = CollectorRegistry()
        if TOGETHER in os.environ:
            _forget_the_dead(Path(os.environ[TOGETHER]))
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        else:
            shown.register(self._own)
        shown.register(_OfLedger(self._ledger))
        return generate_latest(shown)

    def close(self) -> None:
        """Leave the gauges of this process out from now on."""
        if TOGETHER in os.environ:
            mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]

    def _look_at_itself(self) -> None:
        self._looked_at = time.monotonic()
        self._memory.set(_resident_bytes())
        pool: Any = self._ledger.engine.pool
        self._pool.set(pool.checkedout())


def _of_process(name: str, says: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, says, registry=registry, multiprocess_mode="liveall")


def _resident_bytes() -> int:
    """Return the memory of this process, 0 where the system does not tell it as Linux does."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _forget_the_dead(folder: Path) -> None:
    """Leave out the gauges of processes that ended without a word."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


class _OfLedger(Collector):
    """What the ledger tells whenever it is asked: the same from whichever process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with reading(self._ledger.engine) as connection:
                told = operating_of(connection, at=now_micros())
        except sa.exc.SQLAlchemyError:
            yield GaugeMetricFamily("allocator_ledger_up", "1 where the ledger can be read.", value=0)
            return
        yield GaugeMetricFamily("allocator_ledger_up", "1 where the ledger can be read.", value=1)
        yield from _families(told)


def _families(told: Operating) -> Iterator[GaugeMetricFamily]:
    jobs = GaugeMetricFamily("allocator_jobs", "Background jobs that wait or run.", labels=["state"])
    jobs.add_metric(["waiting"], told.jobs_waiting)
    jobs.add_metric(["running"], told.jobs_running)
    yield jobs
    yield GaugeMetricFamily("allocator_documents", "The last document's number.", value=told.documents)
    yield GaugeMetricFamily("allocator_seal_pending", "Whether anything waits to be sealed.", value=told.pending)
    yield GaugeMetricFamily("allocator_seal_lag_seconds", "Age of the oldest unsealed.", value=told.lag_seconds)
    yield GaugeMetricFamily("allocator_alarms", "Alarms of the proof that stand.", value=told.alarms)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Give them to this machine, and to whoever shows a token for reading the records that holds everywhere."""
    if not (_is_local(request) or _may(request)):
        raise HTTPException(status_code=404)
    return Response(request.app.state.metrics.written(), headers={"content-type": CONTENT_TYPE_LATEST})


def _is_local(request: Request) -> bool:
    """Say whether a program of this machine asks; behind a proxy everybody seems to be one."""
    settings: ServeSettings = request.app.state.settings
    passed_on = settings.behind_proxy or any(name in request.headers for name in _PASSED_ON)
    return not passed_on and request.client is not None and request.client.host in LOOPBACK


def _may(request: Request) -> bool:
    try:
        visitor = bearer_shown(request)
    except SignInFirst:
        return False
    if not visitor.may(_SEE):
        return False
    with reading(ledger_of(request).engine) as connection:
        return reach_of(connection, visitor.person, _SEE).everywhere
