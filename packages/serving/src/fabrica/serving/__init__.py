"""One plain, typed ``predict`` function becomes an HTTP service.

A project's ``src/<module>/service.py`` says what comes in and what serves it:

>>> from typing import Literal
>>> from pydantic import Field, FiniteFloat, NaiveDatetime
>>> from fabrica.serving import Champion, Frame, Input, Series
>>> each, fallback = "borough", "all"
>>> class Trip(Input):
...     pickup: NaiveDatetime                       # New York time
...     distance: FiniteFloat = Field(ge=0, le=200) # miles
...     borough: Literal["Manhattan", "Queens"]
>>> def predict(trips: Frame[Trip], model: Champion[object]) -> Series[float]: ...

``python -m fabrica.serving serve`` serves it from the project's folder.

Importing this package is cheap: pydantic, FastAPI and pandas are imported by what needs them.
"""

from typing import TYPE_CHECKING

from fabrica.serving._errors import (
    AddressError,
    AlreadyRunning,
    AnswerError,
    DefinitionError,
    DefinitionProblem,
    ModelNotLoaded,
    NoModel,
    NothingToServe,
    ServiceNotFound,
    ServingError,
)

if TYPE_CHECKING:
    from fabrica.serving._definition import Definition, read_definition
    from fabrica.serving._types import Frame, Input, Series
    from fabrica.tracking import Champion

__all__ = [
    "AddressError",
    "AlreadyRunning",
    "AnswerError",
    "Champion",
    "Definition",
    "DefinitionError",
    "DefinitionProblem",
    "Frame",
    "Input",
    "ModelNotLoaded",
    "NoModel",
    "NothingToServe",
    "Series",
    "ServiceNotFound",
    "ServingError",
    "read_definition",
]

_LAZY = {
    "Champion": "fabrica.tracking",
    "Definition": "fabrica.serving._definition",
    "Frame": "fabrica.serving._types",
    "Input": "fabrica.serving._types",
    "Series": "fabrica.serving._types",
    "read_definition": "fabrica.serving._definition",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_LAZY[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
