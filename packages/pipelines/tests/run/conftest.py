"""A project on disk and the real command line over it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fabrica.storage import Store, open_store

MODULE = "bikes"
KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT", "COVERAGE_PROCESS_START")


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def ended(self) -> dict[str, Any]:
        assert self.events, self.err
        return self.events[-1]

    @property
    def counts(self) -> dict[str, int]:
        return {name: number for name, number in self.ended["counts"].items() if number}

    def outcomes(self, step: str) -> dict[str | None, str]:
        """Outcome of a step by value."""
        ends = [e for e in self.events if e["event"] == "step-ended" and e["step"] == step]
        return {event["value"]: event["outcome"] for event in ends}

    def verdicts(self) -> dict[str | None, dict[str, Any]]:
        return {verdict["value"]: verdict for verdict in self.ended["verdicts"]}


class Sample:
    """A project with a pipeline `train`; `write` replaces its source."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.source = root / "src" / MODULE
        self.children: list[subprocess.Popen[str]] = []
        (self.source / "pipelines").mkdir(parents=True)
        (self.source / "__init__.py").touch()
        (self.source / "pipelines" / "__init__.py").touch()
        (root / "pyproject.toml").write_text('[project]\nname = "bikes"\nversion = "1.0.0"\n')
        (root / "requirements.txt").write_text("pandas==2.2.3 --hash=sha256:00\n")

    def write(self, source: str, name: str = "train") -> None:
        path = self.source / "pipelines" / f"{name}.py"
        path.write_text(textwrap.dedent(source).lstrip())

    def file(self, name: str, content: str = "") -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    @property
    def store(self) -> Store:
        return open_store(str(self.root / ".fabrica" / "store"))

    def environ(self, **more: str) -> dict[str, str]:
        environ = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {
            **environ,
            "FABRICA_STORE": str(self.root / ".fabrica" / "store"),
            "FABRICA_RETRY_SECONDS": "0.01",
            "USER": "ada",
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "fabrica.pipelines", *arguments]

    def call(self, *arguments: str, **environ: str) -> Ran:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.root,
            env=self.environ(**environ),
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str, **environ: str) -> Ran:
        """`run train --json`; the events are in the answer."""
        return self.call("run", "train", "--json", *arguments, **environ)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        child = subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.environ(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.children.append(child)
        return child

    def manifests(self, run: str | None = None) -> dict[str, dict[str, Any]]:
        """Manifests of steps by `step/value/attempt`, of one run or of the only one."""
        store = self.store
        run = run or self.runs()[-1]
        prefix = f"runs/bikes/{run}/steps/"
        return {
            name.removeprefix(prefix).removesuffix(".json"): store.read(name)
            for name in store.names(prefix)
        }

    def runs(self) -> list[str]:
        return sorted({name.split("/")[2] for name in self.store.names("runs/bikes/")})

    def load(self, manifest: dict[str, Any], product: str) -> Any:
        from fabrica.storage import formats

        return formats.load(self.store, manifest["products"][product])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Sample]:
    sample = Sample(tmp_path / "bikes")
    yield sample
    for child in sample.children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        for stream in (child.stdout, child.stderr):
            if stream is not None:
                stream.close()
