"""Runs a part of a project's tests in a pod, and prints the report of it at the end, for report.ts.

The pod has no credentials: its log is all that leaves it.
"""

import base64
import gzip
import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

JUNIT = "/tmp/fabrica-junit.xml"
LONGEST = 3000  # What a pipe takes at once (4096 bytes) stays whole, whatever else is printed at that moment.


class Shard:
    """Leaves those of the tests that were selected which are this pod's."""

    def __init__(self, index, count):
        self.index, self.count = index, count
        self.selected = None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items):
        # Sorted: a plugin may have mixed their order, and in each pod in another way.
        ids = sorted({item.nodeid for item in items})
        self.selected = hashlib.sha256("\n".join(ids).encode()).hexdigest()
        first, end = (len(ids) * index // self.count for index in (self.index, self.index + 1))
        own = set(ids[first:end])
        others = [item for item in items if item.nodeid not in own]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item in items if item.nodeid in own]


def cases():
    """The tests of the report, each as it stands there."""
    if not Path(JUNIT).exists():
        return {}, []
    suite = ElementTree.parse(JUNIT).getroot().find("testsuite")
    found = []
    for case in suite.iter("testcase"):
        ended = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        found.append(
            dict(
                name=case.get("name"),
                of=case.get("classname"),
                outcome="passed" if ended is None else ended.tag,
                message=None if ended is None else ended.get("message"),
                xml=ElementTree.tostring(case, encoding="unicode").strip(),
            )
        )
    return suite.attrib, found


def send(mark, document):
    text = base64.b64encode(gzip.compress(json.dumps(document).encode(), mtime=0)).decode()
    parts = [text[at : at + LONGEST] for at in range(0, len(text), LONGEST)]
    sys.stdout.flush()
    sys.stderr.flush()
    for index, part in enumerate(parts):
        os.write(1, f"{mark} {index}/{len(parts)} {part}\n".encode())


def main():
    settings, index = json.loads(sys.argv[1]), int(sys.argv[2])
    shard = Shard(index, settings["shards"])
    own = ["-p", "no:cacheprovider", f"--junitxml={JUNIT}"]
    if shard.count > 1 and importlib.util.find_spec("xdist"):
        own += ["-n", "0"]  # Its workers would each collect all tests, and know nothing of shards.
    code = int(pytest.main([*settings["args"], *own], plugins=[shard]))
    suite, found = cases()
    send(settings["mark"], dict(code=code, selected=shard.selected, suite=suite, cases=found))
    nothing = code == pytest.ExitCode.NO_TESTS_COLLECTED and shard.count > 1
    sys.exit(0 if nothing else code)  # More pods than tests are no failure.


if __name__ == "__main__":
    main()
