"""A request's body to its answers: validate, group by value, predict, put in order."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fabrica.serving._champions import Champions, Served, Snapshot
from fabrica.serving._definition import Definition
from fabrica.serving._errors import AnswerError
from fabrica.serving._frame import Columns, answers
from fabrica.serving._problems import Explainer, explain_json
from fabrica.serving._raised import from_own_code, said
from fabrica.serving._types import Input

Counted = Callable[[str | None, Mapping[str, Served], int], None]


class PredictRaised(Exception):
    """The project's own ``predict`` raised: where and what; the cause is its exception."""


@dataclass(frozen=True)
class Group:
    """Rows of one value: their places in the request, and the champions that serve them."""

    value: str | None
    places: tuple[int, ...]
    served: Mapping[str, Served]


class Predictor:
    """Answers requests of one definition; safe to call from several threads.

    Args:
        definition: What is served.
        champions: Which models serve it now.
        counted: Told of every group that was answered: value, champions, rows.
    """

    def __init__(
        self, definition: Definition, champions: Champions, counted: Counted | None = None
    ) -> None:
        self.definition = definition
        self.champions = champions
        self._counted = counted or (lambda value, served, rows: None)
        self._explainer = Explainer(definition.input)
        self._columns = Columns(definition.input)
        self._one: TypeAdapter[Input] = TypeAdapter(definition.input)
        list_of: Any = list
        self._list: TypeAdapter[list[Input]] = TypeAdapter(list_of[definition.input])

    def answer(self, body: bytes) -> bytes:
        """Answer a body that holds one input, or a list of them, in the caller's order.

        Raises:
            Refused: The body is not what the service's Input allows.
            NoModel: No model serves a value; nothing was predicted.
            ModelNotLoaded: A promoted model can't be loaded.
            PredictRaised: ``predict`` raised.
            AnswerError: ``predict`` answered other than one valid value per row.
        """
        rows, single = self._parse(body)
        documents = self._predict(rows, self.champions.snapshot)
        return encode(documents[0] if single else documents)

    def try_out(self, body: bytes) -> None:
        """Answer an input once per value that is served, changing nothing; for a start's check."""
        snapshot = self.champions.snapshot
        definition = self.definition
        for value in definition.values or (None,):
            if all((name, value) in snapshot.served for name in definition.models):
                self.try_models(body, value, snapshot.models(definition.models, value))

    def try_models(self, body: bytes, value: str | None, served: Mapping[str, Served]) -> None:
        """Answer an input of one value with models that need not serve yet."""
        rows, _ = self._parse(body)
        group = Group(value, tuple(range(len(rows))), served)
        self._answer_group(group, [self._row_of(row, value) for row in rows])

    def _row_of(self, row: Input, value: str | None) -> Input:
        if value is None or self.definition.each is None:
            return row
        return row.model_copy(update={self.definition.each: self.definition.choices[value]})

    def _parse(self, body: bytes) -> tuple[list[Input], bool]:
        single = body.lstrip(b" \t\r\n")[:1] != b"["
        try:
            rows = [self._one.validate_json(body)] if single else self._list.validate_json(body)
        except ValidationError as error:
            raise self._refusal(body, error) from None
        self._columns.check(rows, self._explainer, single)
        return rows, single

    def _refusal(self, body: bytes, error: ValidationError) -> Exception:
        errors = error.errors(include_url=False)
        if errors[0]["type"] == "json_invalid":
            return explain_json(self._explainer, body, errors[0]["msg"])
        return self._explainer.refused(errors)

    def _predict(self, rows: list[Input], snapshot: Snapshot) -> list[dict[str, Any]]:
        groups = self._groups(rows, snapshot)
        documents: list[dict[str, Any]] = [{}] * len(rows)
        for group in groups:
            models = {name: served.document() for name, served in group.served.items()}
            found = self._answer_group(group, [rows[place] for place in group.places])
            for place, prediction in zip(group.places, found, strict=True):
                documents[place] = {"prediction": prediction, "models": models}
            self._counted(group.value, group.served, len(group.places))
        return documents

    def _groups(self, rows: Iterable[Input], snapshot: Snapshot) -> list[Group]:
        """One group per value; a value that nothing serves refuses the request as a whole."""
        places: dict[str | None, list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(self.definition.value_of(row), []).append(place)
        names = self.definition.models
        return [
            Group(value, tuple(found), snapshot.models(names, value))
            for value, found in places.items()
        ]

    def _answer_group(self, group: Group, rows: list[Input]) -> list[Any]:
        frame = self._columns.frame(rows)
        index = frame.index
        arguments = {name: served.model for name, served in group.served.items()}
        try:
            series = self.definition.predict(**{self.definition.frame: frame}, **arguments)
        except AnswerError:
            raise
        except Exception as error:
            file = self.definition.file.resolve()
            source = file.parent.parent
            raise PredictRaised(said(error, source, file)) from from_own_code(error, source)
        return answers(series, index, self.definition.answer)


def encode(document: object) -> bytes:
    """JSON as it is sent: compact, ASCII, no NaN."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
