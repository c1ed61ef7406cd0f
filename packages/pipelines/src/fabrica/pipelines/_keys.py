"""The cache key of a step: everything that can change its products, and nothing else.

The parts are kept beside the key in the manifest, so that "why did this run again?" has an answer:
compare the parts of two manifests.
"""

from __future__ import annotations

import os
from hashlib import sha256
from types import MappingProxyType

from fabrica.storage import canonical

from fabrica.pipelines._errors import FileChanged, FileMissing
from fabrica.pipelines._files import Files
from fabrica.pipelines._project import lock_digest, platform_name, python_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from fabrica.pipelines._plan_model import ParameterPlan, Plan, StepPlan

    Digests = Mapping[str, Any]  # argument → digest, or value → digest for Each, or None

SCHEMA = 1
_SKIPPED_FOLDERS = {"__pycache__", ".git", ".ipynb_checkpoints"}


class Keys:
    """Makes the keys of one run; what no value changes is worked out once per step."""

    def __init__(
        self,
        plan: Plan,
        root: Path,
        codes: Mapping[str, str],
        parameters: Mapping[str, Any],
        warehouse: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._plan = plan
        self._root = root
        self._codes = codes
        self._parameters = parameters
        self._warehouse = warehouse
        self._machine = {
            "lock": lock_digest(root),
            "python": python_version(),
            "platform": platform_name(),
        }
        self._fixed: dict[str, dict[str, Any]] = {}
        self._patterns: dict[str, dict[str, str]] = {}
        self._files = Files()

    @property
    def lock(self) -> str:
        """Digest of the lock's names, versions and markers."""
        return self._machine["lock"]

    def parts(self, step: StepPlan, value: str | None, inputs: Digests) -> dict[str, Any]:
        """What the key of a step is made of, for one value."""
        fixed = self._fixed.get(step.name)
        if fixed is None:
            fixed = self._fixed[step.name] = self._fixed_parts(step)
        each = self._plan.each
        parameters = fixed["parameters"]
        if each is not None and each.parameter in step.parameters:
            parameters = {**parameters, each.parameter: value}
        parts = {**fixed, "inputs": inputs, "parameters": parameters}
        # A step sees the order of the values that it gathers; a digest of a mapping does not.
        order = {name: list(given) for name, given in inputs.items() if isinstance(given, dict)}
        return {**parts, "order": order} if order else parts

    def _fixed_parts(self, step: StepPlan) -> dict[str, Any]:
        each = self._plan.each.parameter if self._plan.each else None
        return {
            "schema": SCHEMA,
            **self._machine,
            "code": self._codes[step.name],
            "threads": step.threads,
            "products": [[p.name, p.format, p.type] for p in step.products],
            "parameters": {
                name: effective(self._plan.parameters[name], self._parameters)
                for name in step.parameters
                if name != each
            },
            "reads": self._reads(step),
            **self._queried(step),
        }

    def _queried(self, step: StepPlan) -> dict[str, str]:
        digest = self._warehouse.get(step.name)
        return {} if digest is None else {"warehouse": digest}

    def queries(self, step: StepPlan) -> bool:
        """Whether the warehouse is a part of the step's key."""
        return step.name in self._warehouse

    def _reads(self, step: StepPlan) -> dict[str, str]:
        found: dict[str, str] = {}
        for pattern in step.reads:
            if pattern not in self._patterns:
                self._patterns[pattern] = self._digests(pattern, step)
            found.update(self._patterns[pattern])
        return found

    def _digests(self, pattern: str, step: StepPlan) -> dict[str, str]:
        """Digests of the files that an entry of `reads=` means: a file, a folder, or a pattern."""
        files = read_files(self._root, pattern)
        if not files:
            raise FileMissing(
                f"{step.file}:{step.line}: step `{step.name}` reads {pattern}, and it is not there",
                hint=f"put {pattern} below {self._root}, or correct reads= of the step",
            )
        return {_relative(self._root, file): self._files.digest(file) for file in files}

    def check_reads(self, step: StepPlan) -> None:
        """Raise FileChanged when what the step reads is not what its key says any more."""
        changed: set[str] = set()
        if self.queries(step):
            from fabrica.pipelines._run_warehouse import warehouse_digest

            if warehouse_digest() != self._warehouse[step.name]:
                changed.add("the database of FABRICA_WAREHOUSE")
        for pattern in step.reads:
            known = self._patterns.get(pattern, {})
            files = {_relative(self._root, file): file for file in read_files(self._root, pattern)}
            changed |= files.keys() ^ known.keys()
            both = [file for name, file in files.items() if name in known]
            changed |= {_relative(self._root, file) for file in self._files.changed(both)}
        if changed:
            first, *others = sorted(changed)
            more = f" and {len(others)} more" if others else ""
            raise FileChanged(
                f"{first}{more} changed while the run was on its way: nobody knows what "
                f"step `{step.name}` has read of it",
                hint="run again, when nothing writes there",
            )


def key_of(parts: Mapping[str, Any]) -> str:
    """The key: the digest of its parts."""
    return sha256(canonical(parts)).hexdigest()


def seed_of(key: str) -> int:
    """The seed of a step: 32 bits of its key, so that equal work draws equal numbers."""
    return int(key[:8], 16)


def cacheable(step: StepPlan) -> bool:
    """Whether equal keys mean equal products.

    A step that takes no product reads from somewhere else (a query must see new rows): it runs
    every time, unless it says which files it reads.
    """
    if not step.cache:
        return False
    return bool(step.reads) or any(given.step or given.kind == "champion" for given in step.inputs)


def effective(parameter: ParameterPlan, parameters: Mapping[str, Any]) -> Any:
    """The value that a step sees, as JSON; a default that JSON cannot hold counts as source."""
    if parameter.name in parameters:
        return parameters[parameter.name]
    if parameter.default_source is not None:
        return {"source": parameter.default_source}
    return parameter.default


def every_parameter(plan: Plan, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a run by name, with every default; without that of `each`."""
    each = plan.each.parameter if plan.each else None
    return {
        name: effective(parameter, parameters)
        for name, parameter in plan.parameters.items()
        if name != each
    }


def read_files(root: Path, pattern: str) -> list[str]:
    """The files that an entry of `reads=` means."""
    path = os.path.join(str(root), pattern)
    if os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        return sorted(_below(path))
    if any(sign in pattern for sign in "*?["):
        from glob import glob

        return sorted(file for file in glob(path, recursive=True) if os.path.isfile(file))
    return []


def _below(folder: str) -> list[str]:
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS]
        found += [os.path.join(parent, name) for name in files]
    return found


def _relative(root: Path, file: str) -> str:
    name = os.path.relpath(file, root).replace(os.sep, "/")
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()
