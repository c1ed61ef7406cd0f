"""What a data scientist writes: `step`, `Each`, `Skip`, `scratch`."""

from __future__ import annotations

from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Any, TypeAlias, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])
    T = TypeVar("T")

    Each: TypeAlias = Mapping[str, T]
    """The products of all values: `metrics: Each[dict[str, float]]` maps a value to its product.

    A value whose steps failed or were skipped is absent.
    """
else:

    class Each:
        """The products of all values: `metrics: Each[dict[str, float]]` maps value to product.

        A value whose steps failed or were skipped is absent.
        """

        __class_getitem__ = classmethod(type(list[int]))


class Skip(Exception):
    """Raised by a step that has nothing to do for a value: not a failure, the reason is kept.

    Example::

        if len(trips) < 60:
            raise Skip(f"{borough} has {len(trips)} trips; 60 are needed")
    """

    reason: str

    def __init__(self, reason: str = "skipped") -> None:
        super().__init__(reason)
        self.reason = reason


# The runner sets it around each step; unset (a test that calls the function), scratch() makes one.
scratch_folder: ContextVar[Path | None] = ContextVar("fabrica_scratch", default=None)


def step(
    *products: str,
    cpu: float | str | None = None,
    memory: str | None = None,
    gpu: int | None = None,
    retries: int = 0,
    timeout: str | float | None = None,
    cache: bool = True,
    reads: str | Sequence[str] = (),
    secrets: str | Sequence[str] = (),
    tolerance: float | Mapping[str, float] | None = None,
) -> Callable[[Function], Function]:
    """Mark a plain function as a step; what it returns is its product.

    The function itself is returned, so that a test calls it like any other. The plan is read
    from the source, not from this call: names and settings must be literals.

    Args:
        products: the names of what the function returns, one for each element of a tuple. An
            argument of another step that has a product's name receives it.
        cpu: CPUs, and the number of threads that libraries may use (default 1).
        memory: memory of the step's container, such as `"2Gi"`.
        gpu: number of GPUs.
        retries: how often the step is tried again after an exception.
        timeout: `"30m"`, `"2h"`, `"90s"`, or seconds.
        cache: False runs the step every time; needed for a side effect, which has no product.
        reads: files that the step reads, relative to the project; a change of one reruns it.
        secrets: environment variables that the step may read.
        tolerance: how far numbers of a product may differ between two runs.

    Raises:
        TypeError: `@step` without parentheses.

    Example::

        @step("model", memory="2Gi", retries=2, timeout="30m")
        def train_model(trips: pd.DataFrame, max_depth: int = 6) -> Regressor: ...
    """
    if products and callable(products[0]):
        raise TypeError('@step needs parentheses: write @step("name of the product")')

    def mark(function: Function) -> Function:
        return function

    return mark


def scratch() -> Path:
    """Return a folder for large files of the running step, emptied after it.

    Return a `Path` below it and the file becomes the product. Outside a run it is a new
    temporary folder.

    Example::

        @step("archive")
        def pack(trips: pd.DataFrame) -> Path:
            file = scratch() / "trips.csv"
            trips.to_csv(file)
            return file
    """
    from pathlib import Path

    folder = scratch_folder.get()
    if folder is None:
        from tempfile import mkdtemp

        return Path(mkdtemp(prefix="fabrica-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
