"""What ``/metrics`` tells Prometheus."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from fabrica.serving._champions import Champions, Served

PATHS = frozenset({"/", "/predict", "/health", "/ready", "/metrics", "/openapi.json"})
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
disable_created_metrics()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters of one service, in a registry of their own.

    Paths, methods and values that are not the service's own never become labels: a caller can't
    grow the number of series.
    """

    def __init__(self, champions: "Champions", ready: Callable[[], bool]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "fabrica_requests",
            "Requests answered",
            ["method", "path", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "fabrica_request_seconds",
            "Time to answer, in seconds",
            ["path"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._predictions = Counter(
            "fabrica_predictions",
            "Rows predicted, by the value asked for and the champion that answered",
            ["model", "value", "champion", "version"],
            registry=self.registry,
        )
        self.registry.register(_ChampionCollector(champions, ready))

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        path = path if path in PATHS else "other"
        self._requests.labels(method if method in METHODS else "other", path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def predictions(self, value: str | None, served: "Mapping[str, Served]", rows: int) -> None:
        """Count the rows of one value that were predicted."""
        for model, champion in served.items():
            version = champion.version
            labels = (model, value or "", version.value or "", version.version)
            self._predictions.labels(*labels).inc(rows)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)


class _ChampionCollector(Collector):
    """Reads the snapshot when it is asked, so that what no longer serves is not shown."""

    def __init__(self, champions: "Champions", ready: Callable[[], bool]) -> None:
        self._champions = champions
        self._ready = ready

    def collect(self) -> Iterable[Metric]:
        """The metrics of this moment."""
        yield GaugeMetricFamily(
            "fabrica_ready", "1 when the service takes requests", value=float(self._ready())
        )
        version = GaugeMetricFamily(
            "fabrica_champion_version",
            "Version of the champion that serves a value",
            labels=["model", "value", "champion"],
        )
        for (model, value), served in self._champions.snapshot.served.items():
            labels = [model, value or "", served.version.value or ""]
            version.add_metric(labels, served.version.version)
        yield version
        yield CounterMetricFamily(
            "fabrica_champion_swaps", "Champions swapped", value=self._champions.swaps
        )
        yield CounterMetricFamily(
            "fabrica_champion_load_failures",
            "Looks at which a champion could not be loaded, or not be answered with",
            value=self._champions.failures,
        )
