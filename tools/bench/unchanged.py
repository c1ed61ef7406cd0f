"""A run in which nothing changed: the Python part of `nx run trip-duration:run`.

There is no peer here: the promise is that nothing heavy is imported when every step is cached.
Needs the project's environment: `npx nx run trip-duration:install`.
"""

from __future__ import annotations

import sys

from measure import ROOT, Bound, Contender, compare, environment, report, scratch


def main() -> int:
    """Measure, print, and say whether the promise holds."""
    project = ROOT / "projects" / "trip-duration"
    python = project / ".venv" / "bin" / "python"
    if not python.exists():
        sys.exit("trip-duration has no environment: `npx nx run trip-duration:install`")
    with scratch() as folder:
        ours = Contender(
            "trip-duration:run, unchanged",
            lambda: [python, "-m", "fabrica.pipelines", "run", "train"],
            project,
            environment(FABRICA_STORE=(folder / "store").as_uri()),
        )
        # The first round, which does not count, makes every product.
        cost = compare([ours], rounds=7)[ours.name]
    return report(
        "A run with nothing changed (median)",
        [(ours.name, f"{cost.cpu:.3f} CPU-s  {cost.seconds:.3f} s")],
        [Bound("CPU-seconds", cost.cpu, 0.3)],
    )


if __name__ == "__main__":
    sys.exit(main())
