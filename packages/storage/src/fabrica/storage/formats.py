"""Formats of products: which one a type gets, saving and loading.

========  ==============================================  ==========================================
format    for                                             note
========  ==============================================  ==========================================
parquet   dataframes and series of pandas and polars,     ``Iterator[pyarrow.RecordBatch]`` streams
          Arrow tables
json      dict, list, int, float, str, bool, None,        NaN is refused
          date, datetime, enumerations, dataclasses,
          pydantic models
npy       ``numpy.ndarray``                               no arrays of Python objects
file      ``pathlib.Path``                                the file's bytes, not its name
skops     estimators of scikit-learn                      can't run code when it is loaded
pickle    everything else                                 flagged: it can run code when it is loaded
========  ==============================================  ==========================================

A product is a dict of five fields: ``digest``, ``bytes``, ``format``, ``type`` (the qualified name
of the Python type) and ``rows`` (None where rows make no sense).
"""

from __future__ import annotations

from collections.abc import Mapping

from ._errors import FormatError, NoFormat, StorageError, StreamFailed, WrongType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._store import Store

__all__ = ["check", "load", "name_for", "save"]

_JSON = frozenset(
    {
        "bool",
        "builtins.bool",
        "builtins.dict",
        "builtins.float",
        "builtins.int",
        "builtins.list",
        "builtins.str",
        "collections.abc.Mapping",
        "collections.abc.Sequence",
        "datetime.date",
        "datetime.datetime",
        "dict",
        "fabrica.tracking.Metrics",
        "float",
        "int",
        "list",
        "str",
        "typing.Dict",
        "typing.List",
        "typing.Mapping",
        "typing.Sequence",
    }
)
_BY_TYPE = {
    "numpy.ndarray": "npy",
    "numpy.typing.NDArray": "npy",
    "pandas.DataFrame": "parquet",
    "pandas.Series": "parquet",
    "pathlib.Path": "file",
    "polars.DataFrame": "parquet",
    "polars.Series": "parquet",
    "pyarrow.RecordBatch": "parquet",
    "pyarrow.Table": "parquet",
}
_BY_PACKAGE = {"sklearn": "skops"}

# What counts as a type that a hint names: itself, and the abstract types that it fits.
_FITS = {
    "float": ("int", "numpy.float64", "numpy.float32"),
    "int": ("numpy.int64", "numpy.int32"),
    "numpy.typing.NDArray": ("numpy.ndarray",),
}
_MAPPINGS = {
    "dict",
    "collections.abc.Mapping",
    "typing.Dict",
    "typing.Mapping",
    "fabrica.tracking.Metrics",
}
_SEQUENCES = {"list", "collections.abc.Sequence", "typing.List", "typing.Sequence"}


def name_for(qualified_type: str) -> str | None:
    """Return the format for a type by its qualified name, without importing anything.

    None for a type that only ``pickle`` might hold.

    Example:
        >>> name_for("pandas.DataFrame"), name_for("sklearn.linear_model.Ridge")
        ('parquet', 'skops')
    """
    if qualified_type in _JSON:
        return "json"
    return _BY_TYPE.get(qualified_type) or _BY_PACKAGE.get(qualified_type.split(".", 1)[0])


def check(value: object, qualified_type: str) -> None:
    """Check that a value is of the type that was promised.

    Only types that this package knows are checked: of others the name says too little.

    Raises:
        WrongType: ``wants pandas.DataFrame, got dict``.
    """
    wanted = qualified_type.removeprefix("builtins.")
    if name_for(qualified_type) is None or _is(value, wanted):
        return
    raise WrongType(
        f"wants {wanted}, got {_shown(value)}", "return what the hint says, or correct the hint"
    )


def save(
    store: Store, value: object, *, format: str | None = None, type: str | None = None
) -> dict[str, Any]:
    """Store a value and return its product.

    Args:
        store: where to.
        value: what to store; for ``Iterator[pyarrow.RecordBatch]`` the iterator, which is consumed.
        format: one of the table's; None: what fits the value's own type.
        type: the qualified name of the type, as the hint names it; None: the value's own.

    Raises:
        NoFormat: the format can't hold the value.

    Example:
        >>> save(store, {"mae": 4.2})["format"]     # doctest: +SKIP
        'json'
    """
    own = _qualified(value)
    chosen = format or name_for(type or own) or "pickle"
    try:
        digest, rows = _module(chosen).save(store, value)
    except ImportError as error:
        raise _missing(error, f"storing a {_shown(value)}") from error
    except StreamFailed as failed:
        raise failed.error  # noqa: B904 - a bug of the step, shown as it is
    except StorageError:
        raise
    except Exception as error:
        raise NoFormat(
            f"{chosen} can't hold this {_shown(value)}: {error}",
            "return a dataframe, an array, a model, a Path, or something that JSON can hold",
        ) from error
    return {
        "digest": digest,
        "bytes": store.size(digest),
        "format": chosen,
        "type": type or own,
        "rows": rows,
    }


def load(store: Store, product: Mapping[str, Any]) -> object:
    """Return the value of a product, read back from the store.

    Raises:
        NotFound: the store doesn't hold it.
        Corrupted: its bytes are damaged; they are never used.
        FormatError: its bytes can't be read as its format.
    """
    path = store.path(product["digest"])
    try:
        return _module(product["format"]).load(path, product["type"])
    except StorageError:
        raise
    except ImportError as error:
        raise _missing(error, f"reading a {product['type']}") from error
    except Exception as error:
        raise FormatError(
            f"{path} can't be read as {product['format']}: {error}",
            "it was stored by other versions of the libraries, or by other code: make it again",
        ) from error


def _missing(error: ImportError, what: str) -> FormatError:
    library = (error.name or "a library").partition(".")[0]
    return FormatError(
        f"{what} needs {library}, which can't be imported: {error}",
        f"add {library} to the dependencies in pyproject.toml",
    )


def _module(name: str) -> Any:
    # Imported when used: each needs a library of its own.
    from importlib import import_module

    if name not in {"parquet", "json", "npy", "file", "skops", "pickle"}:
        raise NoFormat(
            f"there is no format {name!r}",
            "the formats are file, json, npy, parquet, pickle and skops",
        )
    return import_module(f"fabrica.storage._formats.{name}_")


def _is(value: object, wanted: str) -> bool:
    names = {_public(c) for c in value.__class__.__mro__}
    if wanted in names or any(fit in names for fit in _FITS.get(wanted, ())):
        # A bool is an int to Python, not to whoever wrote the hint.
        return not (wanted in {"int", "float"} and "bool" in names)
    if wanted in _MAPPINGS:
        return isinstance(value, Mapping)
    if wanted in _SEQUENCES:
        return isinstance(value, list | tuple)
    if wanted == "pyarrow.RecordBatch":
        return hasattr(value, "__iter__")
    if wanted.split(".", 1)[0] in _BY_PACKAGE:
        # A base class, a public re-export or a protocol of the library: all of it is one family.
        return any(name.split(".", 1)[0] == wanted.split(".", 1)[0] for name in names)
    return False


def _public(cls: type) -> str:
    module = cls.__module__.split(".", 1)[0]
    if module == "builtins":
        return cls.__name__
    if module in {"pandas", "polars", "numpy", "pyarrow"}:
        return f"{module}.{cls.__name__}"
    if module == "pathlib":
        return "pathlib.Path"
    return f"{cls.__module__}.{cls.__qualname__}"


def _qualified(value: object) -> str:
    return _public(value.__class__)


def _shown(value: object) -> str:
    return "None" if value is None else _qualified(value)
