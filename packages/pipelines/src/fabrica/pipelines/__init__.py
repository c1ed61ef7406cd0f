"""Steps, the plan read from their source, and the runner.

A pipeline is a module of plain functions marked with `step`; see the README. Importing this
module costs next to nothing: what is heavy is imported when it is used.
"""

from fabrica.pipelines._step import Each, Skip, scratch, step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from fabrica.tracking import Champion, Metrics, Verdict, keep, promote

    from fabrica.pipelines._errors import (
        BadGate,
        CodeChanged,
        FileChanged,
        FileMissing,
        NoChampion,
        NotAProject,
        NotResumable,
        ParameterError,
        PipelineError,
        PlanFailed,
        PlanProblem,
        PlanUnreadable,
        ProcessDied,
        RunFailed,
        SecretMissing,
        StepError,
        UndeclaredRead,
        UnknownPipeline,
        WrongProduct,
    )
    from fabrica.pipelines._plan import Plan, find_pipelines, make_plan, plan_json, read_plan

__all__ = [
    "BadGate",
    "Champion",
    "CodeChanged",
    "Each",
    "FileChanged",
    "FileMissing",
    "Metrics",
    "NoChampion",
    "NotAProject",
    "NotResumable",
    "ParameterError",
    "PipelineError",
    "Plan",
    "PlanFailed",
    "PlanProblem",
    "PlanUnreadable",
    "ProcessDied",
    "RunFailed",
    "SecretMissing",
    "Skip",
    "StepError",
    "UndeclaredRead",
    "UnknownPipeline",
    "Verdict",
    "WrongProduct",
    "find_pipelines",
    "keep",
    "make_plan",
    "plan_json",
    "promote",
    "read_plan",
    "scratch",
    "step",
]

_HOMES = {
    "fabrica.tracking": ("Champion", "Metrics", "Verdict", "keep", "promote"),
    "fabrica.pipelines._plan": ("Plan", "find_pipelines", "make_plan", "plan_json", "read_plan"),
    "fabrica.pipelines._errors": (
        "BadGate",
        "CodeChanged",
        "FileChanged",
        "FileMissing",
        "NoChampion",
        "NotAProject",
        "NotResumable",
        "ParameterError",
        "PipelineError",
        "PlanFailed",
        "PlanProblem",
        "PlanUnreadable",
        "ProcessDied",
        "RunFailed",
        "SecretMissing",
        "StepError",
        "UndeclaredRead",
        "UnknownPipeline",
        "WrongProduct",
    ),
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(home), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
