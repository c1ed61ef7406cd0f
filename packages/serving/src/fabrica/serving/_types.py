"""What a service's definition is written with: ``Input``, ``Frame``, ``Series``."""

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict
from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    import pandas as pd


class Input(BaseModel):
    """One row of what a caller sends: subclass it, one annotated field per value.

    Strict: unknown fields, wrong types (``"1"`` for a number, ``1.0`` for a whole number), NaN
    and Infinity are refused with a 422 that names the field. Say units in comments or in
    ``Field(description=...)``; the description shows in the service's page and OpenAPI.

    Example:
        >>> from pydantic import Field
        >>> class Trip(Input):
        ...     distance: float = Field(ge=0, le=200, description="miles")
        >>> Trip.model_validate_json('{"distance": 1.5}')
        Trip(distance=1.5)
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        frozen=True,
        hide_input_in_errors=True,
    )


_T = TypeVar("_T")

Frame = TypeAliasType("Frame", "pd.DataFrame", type_params=(_T,))
"""``Frame[Trip]``: a ``pandas.DataFrame`` with a column per field of ``Trip``.

Type checkers see ``pandas.DataFrame``, so tests call ``predict`` with any dataframe. Its index
does not start at 0: answer with ``pd.Series(values, trips.index)``.
"""

Series = TypeAliasType("Series", "pd.Series", type_params=(_T,))
"""``Series[float]``: a ``pandas.Series`` with one float, int, str or bool per row of the frame.

Type checkers see ``pandas.Series``.
"""
