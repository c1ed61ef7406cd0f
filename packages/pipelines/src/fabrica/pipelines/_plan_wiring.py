"""Wires steps by names: an argument named like a product receives it."""

from __future__ import annotations

from fabrica.pipelines._plan_hints import (
    CHAMPION,
    EACH,
    UNION,
    UNKNOWN,
    Hint,
    fits,
    is_data,
    spoken,
)
from fabrica.pipelines._plan_model import InputPlan
from fabrica.pipelines._plan_modules import Project
from fabrica.pipelines._plan_parameters import Use, may_be_parameter, parameter_use, refusal
from fabrica.pipelines._plan_problems import CYCLE, TWO_MAKERS, Problems, nearest
from fabrica.pipelines._plan_steps import Argument, StepSource


class Wiring:
    """What each step takes: its inputs, its parameters, the steps that it waits for."""

    def __init__(self, project: Project, steps: list[StepSource], problems: Problems) -> None:
        self._project = project
        self._problems = problems
        self.steps = steps
        self.by_name = {step.name: step for step in steps}
        self.makers: dict[str, tuple[StepSource, Hint]] = {}
        self.inputs: dict[str, list[InputPlan]] = {step.name: [] for step in steps}
        self.uses: list[Use] = []
        self.parameters: dict[str, list[str]] = {step.name: [] for step in steps}
        self._readable = all(step.readable for step in steps)
        for step in steps:
            self._products(step)
        for step in steps:
            for argument in step.arguments:
                self._argument(step, argument)
        self.after = {name: self._after(name) for name in self.by_name}

    def _products(self, step: StepSource) -> None:
        for product, hint in zip(step.products, step.makes, strict=False):
            if product not in self.makers:
                self.makers[product] = (step, hint)
                continue
            other = self.makers[product][0]
            if other is not step:
                self._problems.add(
                    step.module,
                    step.line,
                    TWO_MAKERS,
                    f"steps `{other.name}` and `{step.name}` both make `{product}`; the other is "
                    f"in {other.module.shown}:{other.line}",
                    "give one of the two products another name",
                )

    def _argument(self, step: StepSource, argument: Argument) -> None:
        name = argument.name
        outer = _outer(argument.hint)
        if outer is not None and outer.name == CHAMPION:
            self._check_default(step, argument)
            self._input(step, InputPlan(name, "champion", name, None, argument.is_optional))
        elif name in self.makers:
            self._product(step, argument, outer)
        elif outer is not None:
            self._nothing_makes(step, argument, f"`{name}` of step `{step.name}` gathers a product")
        elif argument.is_optional and not may_be_parameter(self._project, argument.hint):
            self._input(step, InputPlan(name, "product", name, None, True))
        elif self._is_parameter(argument):
            self.uses.append(parameter_use(self._project, step, argument, self._problems))
            self.parameters[step.name].append(name)
        else:
            self._nothing_makes(step, argument, refusal(argument.hint))

    def _is_parameter(self, argument: Argument) -> bool:
        if argument.hint.name == UNKNOWN:
            return argument.default is not None and argument.hint.found is None
        return may_be_parameter(self._project, argument.hint)

    def _product(self, step: StepSource, argument: Argument, outer: Hint | None) -> None:
        maker, made = self.makers[argument.name]
        wanted = argument.hint
        if outer is not None:
            wanted = outer.arguments[0] if outer.arguments else Hint(UNKNOWN)
        self._check_default(step, argument)
        if not fits(self._project, wanted, made):
            self._problems.add(
                step.module,
                argument.line,
                18,
                f"`{argument.name}` of step `{step.name}` wants {spoken(wanted)}, but "
                f"`{maker.name}` makes {spoken(made)}",
                f"mend the hint of `{argument.name}`, or what `{maker.name}` returns "
                f"({maker.module.shown}:{maker.line})",
            )
        kind = "each" if outer is not None else "product"
        self._input(
            step,
            InputPlan(argument.name, kind, argument.name, maker.name, argument.is_optional),
        )

    def _check_default(self, step: StepSource, argument: Argument) -> None:
        if argument.default is not None and not argument.is_optional:
            self._problems.add(
                step.module,
                argument.line,
                15,
                f"`{argument.name}` of step `{step.name}` is a product and has a default: the "
                "product always wins",
                "remove the default; `= None` says that the product may be missing",
            )

    def _nothing_makes(self, step: StepSource, argument: Argument, why: str) -> None:
        if not self._readable:
            return  # it may be one of the products whose names could not be read
        close = nearest(argument.name, list(self.makers))
        text = f"nothing makes `{argument.name}`, and {why}"
        self._problems.add(
            step.module,
            argument.line,
            13,
            f"{text}; did you mean `{close}`?" if close else text,
            f"rename the argument to `{close}`" if close else _ways(argument),
        )

    def _input(self, step: StepSource, plan: InputPlan) -> None:
        self.inputs[step.name].append(plan)

    def _after(self, name: str) -> list[str]:
        found = {plan.step for plan in self.inputs[name] if plan.step is not None}
        return sorted(found, key=lambda other: self.by_name[other].order)

    def sorted_steps(self) -> list[StepSource]:
        """Return the steps, each after those it waits for, else in the order of the source."""
        from heapq import heapify, heappop, heappush

        waiting = {name: len(after) for name, after in self.after.items()}
        followers: dict[str, list[str]] = {name: [] for name in self.by_name}
        for name, after in self.after.items():
            for other in after:
                followers[other].append(name)
        order = {name: step.order for name, step in self.by_name.items()}
        ready = [(order[name], name) for name, count in waiting.items() if count == 0]
        heapify(ready)
        done: list[StepSource] = []
        while ready:
            _, name = heappop(ready)
            done.append(self.by_name[name])
            for other in followers[name]:
                waiting[other] -= 1
                if waiting[other] == 0:
                    heappush(ready, (order[other], other))
        left = [name for name, count in waiting.items() if count > 0]
        if left:
            self._cycles(left)
        return done

    def _cycles(self, names: list[str]) -> None:
        """Report one cycle for each set of steps that wait for one another."""
        left = set(names)
        seen: set[str] = set()
        for name in sorted(names, key=lambda other: self.by_name[other].order):
            path: list[str] = []
            current: str | None = name
            while current is not None and current not in path and current not in seen:
                path.append(current)
                current = next((other for other in self.after[current] if other in left), None)
            seen.update(path)
            if current is not None and current in path:
                self._cycle(path[path.index(current) :])

    def _cycle(self, path: list[str]) -> None:
        # The path goes from a step to what it waits for; people read it the other way round.
        ring = list(reversed(path))
        start = ring.index(min(ring, key=lambda name: self.by_name[name].order))
        ring = ring[start:] + ring[:start]
        step = self.by_name[ring[0]]
        arrows = " → ".join([*ring, ring[0]])
        taken = next(p.name for p in self.inputs[ring[0]] if p.step == ring[-1])
        self._problems.add(
            step.module,
            step.line,
            CYCLE,
            f"a cycle: {arrows}",
            f"a step cannot wait for itself; `{ring[0]}` takes `{taken}`, which needs "
            f"`{ring[0]}` first",
        )


def _ways(argument: Argument) -> str:
    if is_data(argument.hint) or argument.hint.name == UNKNOWN or _outer(argument.hint):
        return f'add a step that makes it, `@step("{argument.name}")`, or import it by name'
    return (
        "a parameter is int, float, str, bool, date, datetime, list, dict, Literal, an Enum, a "
        "dataclass or a pydantic model"
    )


def _outer(hint: Hint) -> Hint | None:
    """Return the `Each[…]` or `Champion[…]` in a hint."""
    for part in hint.arguments if hint.name == UNION else (hint,):
        if part.name in (EACH, CHAMPION):
            return part
    return None
