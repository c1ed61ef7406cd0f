"""What type checkers see: the annotations of a service are plain pandas and the model's type."""

from typing import TYPE_CHECKING

import pandas as pd

from fabrica.serving import Champion, Frame, Input, Series

if TYPE_CHECKING:
    from typing import assert_type


class Trip(Input):
    distance: float


class Model:
    slope = 2.0


def predict(trips: Frame[Trip], model: Champion[Model]) -> Series[float]:
    if TYPE_CHECKING:
        assert_type(trips, pd.DataFrame)
        assert_type(model, Model)
    return trips["distance"] * model.slope


def test_a_test_calls_predict_with_a_plain_frame() -> None:
    frame = pd.DataFrame({"distance": [1.0, 2.0]})
    answer = predict(frame, Model())
    if TYPE_CHECKING:
        assert_type(answer, pd.Series)
    assert answer.tolist() == [2.0, 4.0]
