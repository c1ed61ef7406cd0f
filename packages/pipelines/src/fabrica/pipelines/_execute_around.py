"""What surrounds the call of a step: ids and secrets of its log lines, and the watch over reads."""

from __future__ import annotations

import os

from fabrica.pipelines._errors import SecretMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from fabrica.pipelines._plan_model import StepPlan
    from fabrica.pipelines._run_context import Context


def secret_values(step: StepPlan) -> tuple[str, ...]:
    """Values of the step's secrets, the longest first."""
    return tuple(sorted((v for s in step.secrets if (v := os.environ.get(s))), key=len))[::-1]


class same_folder:
    """A step changes the working directory for itself alone: the next one starts where it did."""

    def __enter__(self) -> None:
        self._before = os.getcwd()

    def __exit__(self, *details: Any) -> None:
        os.chdir(self._before)


class bound_ids:
    """Log lines of the step carry its ids; its secrets are never logged."""

    def __init__(self, context: Context, step: StepPlan, value: str | None) -> None:
        from fabrica.logging import bound, register_secret

        missing = [name for name in step.secrets if not os.environ.get(name)]
        if missing:
            raise SecretMissing(
                f"{step.file}:{step.line}: step `{step.name}` needs the environment variable "
                f"{', '.join(missing)}, which is not set",
                hint=f"export {missing[0]}=… and run again",
            )
        for name in step.secrets:
            register_secret(os.environ[name])
        ids = {"project": context.project, "run": context.run, "step": step.name}
        self._inner = bound(**ids) if value is None else bound(**ids, value=value)

    def __enter__(self) -> None:
        self._inner.__enter__()

    def __exit__(self, *details: Any) -> None:
        self._inner.__exit__(*details)


def store_folder(url: str) -> str:
    """Where the blobs of a store are on this disk; those of a bucket are copied there."""
    scheme, _, path = url.partition("://")
    if scheme != "file":
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        return os.path.join(home, "fabrica", "store")
    if "%" not in path:
        return path
    from urllib.parse import unquote_to_bytes

    return os.fsdecode(unquote_to_bytes(path))


class watching_reads:
    """Refuse undeclared reads, for a step whose product the cache may answer for.

    Of the others only what their modules read on import is noted: it is a cached step's as well.
    """

    def __init__(self, context: Context, step: StepPlan, watch: bool) -> None:
        from fabrica.pipelines import _audit as audit

        counted = ()
        if context.keys.queries(step):
            from fabrica.pipelines._run_warehouse import database_files

            counted = database_files()
        store = store_folder(context.store.url)
        self._watch = audit.Watch(step.name, context.root, step.reads, store, counted, strict=watch)
        if watch and audit.imports_have_read():
            from fabrica.pipelines._reach import modules_of

            self._watch.check_imports(modules_of(context.root, step.entry))
        self._inner = audit.watching(self._watch)

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self._watch

    def __exit__(self, *details: Any) -> None:
        self._inner.__exit__(*details)
