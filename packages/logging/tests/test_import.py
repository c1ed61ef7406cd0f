import subprocess
import sys

HEAVY = ("structlog", "asyncio", "re", "json", "logging", "pandas", "typing", "dataclasses")
PROGRAM = """
import sys
before = set(sys.modules)
from fabrica.logging import bind, bound, register_secret
with bound(run="r1"):
    pass
print(*set(sys.modules) - before)
"""


def test_binding_ids_imports_nothing_heavy():
    start = f"import sys; sys.path[:] = {sys.path!r}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", start + PROGRAM], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()).isdisjoint(HEAVY)


def test_the_public_face_is_complete():
    import fabrica.logging

    assert set(dir(fabrica.logging)) == set(fabrica.logging.__all__)
    assert all(hasattr(fabrica.logging, name) for name in fabrica.logging.__all__)
