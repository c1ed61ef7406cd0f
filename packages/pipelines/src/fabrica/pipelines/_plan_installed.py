"""Modules of installed packages, found as files: neither they nor their parents are imported.

Only packages that know Fabrica are looked at, which is to say those whose metadata requires a
`fabrica-` distribution, directly or through another one: only they can hold steps. Reading the
source of pandas to learn that DataFrame is no step would cost more than the whole plan.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder

from fabrica.pipelines._facts import FactsCache

_OURS = frozenset({"logging", "pipelines", "serving", "storage", "tracking", "warehouse"})


class Installed:
    """Finds the files of installed modules."""

    def __init__(self, cache: FactsCache, seen: dict[str, str | None]) -> None:
        self._cache = cache
        self._seen = seen
        self._tops: dict[str, list[str]] = {}
        self._aware: dict[str, list[str]] = {}

    def file(self, module: str) -> tuple[str, str] | None:
        """Return (file, file relative to its entry of `sys.path`) of a module, or None."""
        parts = module.split(".")
        if parts[0] in sys.stdlib_module_names or not all(part.isidentifier() for part in parts):
            return None
        if parts[0] == "fabrica" and (len(parts) == 1 or parts[1] in _OURS):
            return None
        for location in self._locations(parts[0]):
            found = self._below(location, parts[1:])
            if found and self._knows_fabrica(os.path.dirname(location), parts):
                return found, os.path.relpath(found, os.path.dirname(location)).replace(os.sep, "/")
        return None

    def _below(self, location: str, parts: list[str]) -> str | None:
        base = os.path.join(location, *parts)
        for file in (base + ".py", os.path.join(base, "__init__.py")):
            if os.path.isfile(file):
                return file
            self._seen.setdefault(file, None)
        return None

    def _locations(self, top: str) -> list[str]:
        """Return the folders of a top-level package; its file without suffix for a module."""
        if top not in self._tops:
            self._tops[top] = list(_top_level(top))
        return self._tops[top]

    def _knows_fabrica(self, folder: str, parts: list[str]) -> bool:
        if os.path.basename(folder) not in ("site-packages", "dist-packages"):
            return True  # a working tree on the path
        if folder not in self._aware:
            key = f"installed:{folder}:{os.stat(folder).st_mtime_ns}"
            self._aware[folder] = self._cache.remember(key, lambda: _aware_packages(folder))
        aware = self._aware[folder]
        return parts[0] in aware or ".".join(parts[:2]) in aware


def _top_level(top: str) -> Iterator[str]:
    try:
        spec = PathFinder.find_spec(top)
        # Editable installs of some tools hang finders of their own beside the path's.
        for finder in sys.meta_path if spec is None else ():
            find = getattr(finder, "find_spec", None)
            spec = spec or (find(top, None) if find else None)
    except (ImportError, ValueError, AttributeError):
        return
    if spec is None:
        return
    if spec.submodule_search_locations is not None:
        yield from spec.submodule_search_locations
    elif spec.origin and spec.origin.endswith(".py"):
        yield spec.origin.removesuffix(".py")


def _aware_packages(folder: str) -> list[str]:
    """Return the top-level packages of a site-packages folder that may hold steps."""
    requires: dict[str, tuple[str, list[str]]] = {}
    for entry in sorted(os.listdir(folder)):
        if entry.endswith(".dist-info"):
            name, needed = _requirements(os.path.join(folder, entry, "METADATA"))
            requires[name] = (entry, needed)
    aware = {name for name in requires if name.startswith("fabrica-")}
    aware |= {"fabrica-pipelines"}
    while True:
        more = {name for name, (_, needed) in requires.items() if aware.intersection(needed)}
        if more <= aware:
            break
        aware |= more
    tops: set[str] = set()
    for name in aware & requires.keys():
        tops |= _top_levels(os.path.join(folder, requires[name][0], "RECORD"))
    return sorted(tops)


def _requirements(file: str) -> tuple[str, list[str]]:
    """Return a distribution's name and those that it requires, all normalised."""
    name, needed = "", []
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                field, _, value = line.partition(":")
                if not line.strip():
                    break  # the description follows
                if field == "Name":
                    name = _normal(value)
                elif field == "Requires-Dist":
                    needed.append(_normal(value))
    except OSError:
        pass
    return name, needed


def _normal(requirement: str) -> str:
    name = requirement.strip()
    for end, character in enumerate(name):
        if not (character.isalnum() or character in "-_."):
            name = name[:end]
            break
    return name.lower().replace("_", "-").replace(".", "-")


def _top_levels(record: str) -> set[str]:
    tops: set[str] = set()
    try:
        with open(record, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                path = line.partition(",")[0]
                parts = path.split("/")
                if not path.endswith(".py") or ".." in parts:
                    continue
                top = parts[0].removesuffix(".py")
                tops.add(f"{top}.{parts[1].removesuffix('.py')}" if top == "fabrica" else top)
    except OSError:
        pass
    return tops
