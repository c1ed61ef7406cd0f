"""Fixed seeds and numbers of threads, so that equal work makes equal bytes.

`random` and NumPy are seeded from the step's key. A module that is not loaded yet is seeded when
it loads, so that seeding costs nobody an import.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# Numerical libraries read these once, when they are loaded; fabrica.warehouse reads the last one.
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "FABRICA_THREADS",
)
_SEEDED = ("random", "numpy.random")


def limit_threads(environ: MutableMapping[str, str], threads: int) -> None:
    """Set the number of threads that libraries may use; before they are loaded."""
    for name in THREAD_VARIABLES:
        environ[name] = str(threads)


def seed_everything(seed: int) -> None:
    """Seed `random` and NumPy, now where they are loaded, else as soon as they are."""
    _finder.seed = seed
    for name in _SEEDED:
        module = sys.modules.get(name)
        if module is not None:
            module.seed(seed)
    if _finder not in sys.meta_path and any(name not in sys.modules for name in _SEEDED):
        sys.meta_path.insert(0, _finder)


class _SeedingFinder:
    """Finds nothing itself: has `random` and `numpy.random` seeded once they are executed."""

    seed = 0
    _busy = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _SEEDED or self._busy:
            return None
        from importlib.util import find_spec

        self._busy = True
        try:
            spec = find_spec(name)
        finally:
            self._busy = False
        if spec is not None and spec.loader is not None:
            _seed_after(spec.loader)
        return spec


def _seed_after(loader: object) -> None:
    execute = loader.exec_module  # type: ignore[attr-defined]

    def exec_module(module: ModuleType) -> None:
        execute(module)
        module.seed(_finder.seed)

    loader.exec_module = exec_module  # type: ignore[attr-defined]


_finder = _SeedingFinder()


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
