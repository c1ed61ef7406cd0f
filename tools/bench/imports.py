"""What `import fabrica.pipelines` costs over bare Python."""

from __future__ import annotations

import sys
from pathlib import Path

from measure import Bound, Contender, compare, environment, fabrica_python, report


def main() -> int:
    """Measure, print, and say whether the promise holds."""
    python, here = fabrica_python(), Path.cwd()
    bare = Contender("python -c pass", lambda: [python, "-c", "pass"], here, environment())
    ours = Contender(
        "import fabrica.pipelines",
        lambda: [python, "-c", "from fabrica.pipelines import Each, Skip, step"],
        here,
        environment(),
    )
    costs = compare([bare, ours], rounds=15)
    extra = costs[ours.name].seconds - costs[bare.name].seconds
    return report(
        "Import (medians)",
        [(name, f"{cost.seconds * 1000:.1f} ms") for name, cost in costs.items()],
        [Bound("ms more than bare Python", extra * 1000, 50)],
    )


if __name__ == "__main__":
    sys.exit(main())
