"""The plugin as it is published, compiled: a transpiler at its start is not what users run."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from measure import ENVIRONMENTS, ROOT, scratch

SOURCES = ("packages/fabrica", "packages/create-fabrica", "tsconfig.json", "tsconfig.base.json")
"""What only this repository has: with it, Nx would load the plugin's sources."""


def built_plugin() -> Path:
    """Build it; returns its folder, with all that its package holds."""
    subprocess.run(["npx", "nx", "build", "fabrica"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    source, home = ROOT / "packages" / "fabrica", ENVIRONMENTS / "plugin"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    for name in ("package.json", *json.loads((source / "package.json").read_text())["files"]):
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, home / name)
    if (source / "node_modules").exists():
        (home / "node_modules").symlink_to(source / "node_modules")
    return home


def link_packages(home: Path, plugin: Path) -> None:
    """Make a folder of npm packages: those of this workspace, and the plugin."""
    home.mkdir()
    for package in (ROOT / "node_modules").iterdir():
        if package.name not in ("fabrica", ".cache"):
            (home / package.name).symlink_to(package)
    (home / "fabrica").symlink_to(plugin)


@contextmanager
def clone():
    """A clone of this repository as it is committed that has installed the plugin, and Nx's daemon in it."""
    plugin = built_plugin()
    with scratch() as folder:
        root = folder / "workspace"
        git("clone", "--quiet", ROOT, root, cwd=folder)
        git("rm", "-r", "--quiet", *SOURCES, cwd=root)
        git("commit", "--quiet", "-m", "The plugin comes from a registry", cwd=root)
        link_packages(root / "node_modules", plugin)
        (root / ".fabrica").mkdir()
        (root / ".fabrica" / "tools").symlink_to(ROOT / ".fabrica" / "tools")
        try:
            yield root
        finally:
            subprocess.run(["npx", "nx", "daemon", "--stop"], cwd=root, check=True)
            stop = ["npx", "nx", "run", "workspace:registries", "stop"]
            subprocess.run(stop, cwd=root, stdout=subprocess.PIPE, check=True)


def git(*words: str | Path, cwd: Path) -> str:
    """Run git; returns what it prints."""
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    command = ["git", *identity, *words]
    done = subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True)
    return done.stdout.strip()
