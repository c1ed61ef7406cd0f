"""`python -m fabrica.pipelines plan|run|step|list …`: see `--help`."""

import os
import sys

# The order of a set of strings depends on a seed that Python draws at its start: with it, two
# processes make different bytes from the same code. It can only be fixed before Python starts.
_RUNS_STEPS = ("run", "step", "gate", "close", "worker")


def _restart_with_fixed_hashes() -> None:
    if os.name != "posix" or os.environ.get("PYTHONHASHSEED") not in (None, "random"):
        return
    if sys.gettrace() is not None or not sys.executable or not sys.orig_argv[1:]:
        return  # under a debugger, or embedded: keep the process
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in _RUNS_STEPS:
        _restart_with_fixed_hashes()

    from fabrica.pipelines._cli import main

    sys.exit(main(sys.argv[1:]))
