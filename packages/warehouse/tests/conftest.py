import os
import shutil
from pathlib import Path

import pytest

TRIPS = """pickup,borough,passengers,distance,zone
2019-03-23 20:21:09,Manhattan,1,1.6,Lenox Hill West
2019-03-04 16:11:55,Queens,2,0.79,"Jamaica, Queens"
2019-03-27 17:53:01,,3,,
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project around the current directory, with trips as data."""
    monkeypatch.delenv("FABRICA_WAREHOUSE", raising=False)
    monkeypatch.delenv("FABRICA_THREADS", raising=False)
    root = tmp_path / "it's a project"
    (root / "data").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "data" / "trips.csv").write_text(TRIPS)
    monkeypatch.chdir(root)
    yield Project(root)
    os.chdir(tmp_path)


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def remove(self, name: str) -> None:
        shutil.rmtree(self.root / name)
