"""One service that runs: its definition, its champions, its counters, whether it is leaving."""

import json
import logging
import threading
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

from fabrica.serving._champions import Champions
from fabrica.serving._definition import Definition
from fabrica.serving._errors import ServingError
from fabrica.serving._metrics import Metrics
from fabrica.serving._predictor import Predictor
from fabrica.serving._problems import Refused
from fabrica.serving._schema import allowed, declares_examples, example

log = logging.getLogger(__name__)


class Service:
    """What the HTTP application serves.

    Args:
        project: The project's name, for people and metrics.
        definition: What ``service.py`` says.
        champions: The models; ``start`` loads them.
        interval: Seconds between two looks for promotions.
    """

    def __init__(
        self, project: str, definition: Definition, champions: Champions, interval: float = 1.0
    ) -> None:
        self.project = project
        self.definition = definition
        self.champions = champions
        self.metrics = Metrics(champions, lambda: self.ready)
        self.predictor = Predictor(definition, champions, self.metrics.predictions)
        self.draining = False
        self._started = False
        self._interval = interval
        self._stop = threading.Event()

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here: models are loaded and it is not leaving."""
        return self._started and not self.draining

    def start(self, partial: bool = False) -> None:
        """Load the champions, try ``predict`` on the example, and watch for promotions.

        Args:
            partial: Serve what loads; for a restart of what served before.

        Raises:
            NothingToServe, ModelNotLoaded: See ``Champions.start``.
            ServingError: ``predict`` fails on the example that the author declared.
        """
        self.champions.start(partial)
        self._try_example()
        watcher = threading.Thread(
            target=self.champions.watch,
            args=(self._interval, self._stop),
            name="fabrica-champions",
            daemon=True,
        )
        watcher.start()
        self._started = True

    def stop(self) -> None:
        """Stop watching for promotions."""
        self._stop.set()

    @cached_property
    def example(self) -> dict[str, Any] | None:
        """A request that the service accepts, None when none could be made up."""
        return example(self.definition.input)

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """What is allowed in each field, in words."""
        return allowed(self.definition.input)

    def _try_example(self) -> None:
        """Predict once, which also imports and warms what the first request would wait for.

        What is answered now must be answered by every champion that comes later.
        An example that was made up may make no sense to ``predict``, so that only warns; one that
        the author declared field by field must be answered.
        """
        if self.example is None:
            return
        body = json.dumps(self.example).encode()
        try:
            self.predictor.try_out(body)
        except (Exception, Refused) as error:
            if declares_examples(self.definition.input):
                raise _example_failed(error) from error
            log.warning("predict failed on a made-up example", exc_info=error)
        else:
            self.champions.answer = partial(self.predictor.try_models, body)


def _example_failed(error: BaseException) -> ServingError:
    cause = error.__cause__ or error
    return ServingError(
        f"predict failed on the example that its Input declares: {type(cause).__name__}: {cause}",
        getattr(error, "hint", None) or "correct predict, or the examples of the Input's fields",
    )
