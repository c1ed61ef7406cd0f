"""Steps that share a process do not see what another has changed."""

from __future__ import annotations

import pytest

OPTIONS = [(), ("--set", "options={'a': {'b': [1]}}".replace("'", '"'), "--set", "names=[2]")]

CHANGES = """
    from dataclasses import dataclass, field
    from fabrica.pipelines import step

    each = {"part": ["a", "b"]}

    @dataclass
    class Settings:
        names: list = field(default_factory=lambda: ["x"])

    @step("first")
    def first(part: str, options: dict = {"a": {"b": [1]}}, names: list = [2]) -> list:
        options["a"]["b"].append(part)
        names.append(part)
        return [options, names]

    @step("second")
    def second(first: list, options: dict = {"a": {"b": [1]}}, names: list = [2]) -> list:
        options["a"]["b"].append("second")
        return [options, names]

    @step("third")
    def third(part: str, settings: Settings = Settings()) -> list:
        settings.names.append(part)
        return settings.names
"""


@pytest.mark.parametrize("options", OPTIONS)
def test_a_parameter_that_a_step_changes(project, options):
    project.write(CHANGES)
    ran = project.run(*options)
    assert ran.code == 0, ran.err
    manifests = project.manifests()
    for part in ("a", "b"):
        made = {
            name: project.load(manifests[f"{name}/{part}/1"], name)
            for name in ("first", "second", "third")
        }
        assert made["first"] == [{"a": {"b": [1, part]}}, [2, part]]
        assert made["second"] == [{"a": {"b": [1, "second"]}}, [2]]
        assert made["third"] == ["x", part]
        assert manifests[f"second/{part}/1"]["parameters"]["names"] == [2]


@pytest.mark.parametrize("ending", ["return os.getcwd()", "raise OSError('no disk')"])
def test_a_step_that_changes_the_working_directory(project, ending):
    project.write(f"""
        import os
        from fabrica.pipelines import step

        @step("first")
        def first() -> str:
            os.chdir("/")
            {ending}

        @step("second")
        def second(first: str | None = None) -> str:
            return os.getcwd()

        @step("third")
        def third() -> str:
            return os.getcwd()
    """)
    project.run()
    assert project.load(project.manifests()["third/_/1"], "third") == str(project.root)
