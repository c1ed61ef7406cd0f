"""What a step makes: the names and settings of its decorator, and the hint that it returns."""

from __future__ import annotations

from keyword import iskeyword
from typing import Any

from fabrica.pipelines._plan_hints import MORE, NONE, UNKNOWN, Hint, spoken
from fabrica.pipelines._plan_modules import Module
from fabrica.pipelines._plan_problems import NO_FORMAT, TWO_MAKERS, Problems, listing, nearest
from fabrica.pipelines._plan_settings import (
    OVERRIDES,
    BadSetting,
    NotLiteral,
    Settings,
    check_setting,
    literal,
    setting_names,
    source_of,
)


def read_decorator(
    module: Module, name: str, mark: Any, line: int, problems: Problems
) -> tuple[tuple[str, ...], Settings, bool]:
    """Return the products and settings that a `@step(...)` gives, and whether all could be read."""
    if mark[0] == "n":
        problems.add(
            module,
            line,
            1,
            f"`@{mark[1]}` above `{name}` needs parentheses",
            f'write `@{mark[1]}("name of the product")`',
        )
        return (), Settings(cache=False), False
    if mark[0] != "k":
        problems.add(
            module,
            line,
            2,
            f"the settings of step `{name}` must be literals, got {mark[1]}",
            "write each setting by itself",
        )
        return (), Settings(cache=False), False
    products = _products(module, line, mark[2], problems)
    given: dict[str, Any] = {}
    for setting, value in mark[3].items():
        checked = _setting(module, name, line, setting, value, problems)
        if checked is not _BAD:
            given[setting] = checked
    return products, Settings(**given), len(products) == len(mark[2])


def _products(
    module: Module, line: int, expressions: list[Any], problems: Problems
) -> tuple[str, ...]:
    products: list[str] = []
    for expression in expressions:
        value = expression[1] if expression[0] == "c" else None
        if isinstance(value, str) and value.isidentifier() and not iskeyword(value):
            if value in products:
                problems.add(
                    module,
                    line,
                    TWO_MAKERS,
                    f"product `{value}` is named twice in one step",
                    "give each product a name of its own",
                )
            products.append(value)
            continue
        problems.add(
            module,
            line,
            1,
            f"product name must be a literal identifier, got {source_of(expression)}",
            'write the name itself, in quotes: `@step("trips")`',
        )
    return tuple(products)


_BAD = object()


def _setting(
    module: Module, step: str, line: int, name: str, expression: Any, problems: Problems
) -> Any:
    if name not in setting_names():
        close = nearest(name, setting_names())
        text = f"step `{step}` has no setting `{name}`"
        problems.add(
            module,
            line,
            2,
            f"{text}; did you mean `{close}`?" if close else text,
            f"the settings are {listing(setting_names())}",
        )
        return _BAD
    try:
        return check_setting(name, literal(expression))
    except NotLiteral:
        where = f"`pipelines.{problems.pipeline}.resources.{step}.{name}`"
        way = f", or set it per environment in fabrica.yaml under {where}"
        problems.add(
            module,
            line,
            2,
            f"setting `{name}` of step `{step}` must be a literal; write the value"
            + (way if name in OVERRIDES else ""),
            f"got {source_of(expression)}",
        )
    except BadSetting as wanted:
        problems.add(
            module,
            line,
            2,
            f"setting `{name}` of step `{step}` must be {wanted}, got {source_of(expression)}",
            f"mend `{name}=` in the decorator",
        )
    return _BAD


def check_function(
    module: Module, name: str, signature: dict[str, Any], problems: Problems
) -> None:
    if signature["async"]:
        problems.add(
            module,
            signature["line"],
            8,
            f"step `{name}` is async: a step is a plain function",
            "write `def`, and `asyncio.run(...)` inside",
        )
    for extra in signature["extra"]:
        problems.add(
            module,
            signature["line"],
            9,
            f"step `{name}` takes `{extra}`: the plan must know every argument",
            "name each product and parameter that the step takes",
        )
    if signature["positionalOnly"]:
        problems.add(
            module,
            signature["line"],
            9,
            f"step `{name}` has positional-only arguments: arguments are passed by name",
            "remove the `/`",
        )


def read_products(
    module: Module,
    name: str,
    signature: dict[str, Any],
    products: tuple[str, ...],
    settings: Settings,
    returns: Hint | None,
    problems: Problems,
) -> tuple[Hint, ...]:
    """Return the hint of each product, having compared their number with the return hint's."""
    line = signature["line"]
    if not products:
        _check_side_effect(module, name, signature, settings, returns, problems)
        return ()
    if returns is None:
        problems.add(
            module,
            line,
            11,
            f"step `{name}` has no return hint: it chooses the format of {listing([*products])}",
            "write what the function returns, such as `-> pd.DataFrame`",
        )
        return (Hint(UNKNOWN),) * len(products)
    parts = _parts(returns)
    if len(parts) != len(products) and not (
        len(products) == 1 and returns.arguments[1:] == (MORE,)
    ):
        word = "nothing" if not parts else str(len(parts))
        plural = "product" if len(products) == 1 else "products"
        problems.add(
            module,
            signature["returnsLine"],
            12,
            f"step `{name}` names {len(products)} {plural} ({', '.join(products)}) but the hint "
            f"returns {word}",
            f"write as many names as the hint has parts: `-> {returns}`",
        )
        return (Hint(UNKNOWN),) * len(products)
    makes = parts if len(products) > 1 else (returns,)
    for product, hint in zip(products, makes, strict=True):
        _check_format(module, signature["returnsLine"], product, hint, problems)
    return tuple(makes)


def _parts(returns: Hint) -> tuple[Hint, ...]:
    if returns.name == NONE:
        return ()
    if returns.name == "tuple" and returns.arguments and MORE not in returns.arguments:
        return returns.arguments
    return (returns,)


def _check_side_effect(
    module: Module,
    name: str,
    signature: dict[str, Any],
    settings: Settings,
    returns: Hint | None,
    problems: Problems,
) -> None:
    if signature["gives"] or (
        returns is not None and returns.name not in (NONE, "typing.NoReturn")
    ):
        what = f" ({spoken(returns)})" if returns is not None and returns.name != UNKNOWN else ""
        problems.add(
            module,
            signature["line"],
            10,
            f"step `{name}` names no product and returns something{what}",
            f'name the product, `@step("…")`, or return nothing from `{name}`',
        )
    elif settings.cache:
        problems.add(
            module,
            signature["line"],
            10,
            f"step `{name}` makes no product, so `cache=False` is required: it is run for its "
            "effect, every time",
            "write `@step(cache=False)`, or name the product",
        )


def _check_format(module: Module, line: int, product: str, hint: Hint, problems: Problems) -> None:
    single = hint.single
    if single.streamed and not (
        single.arguments and single.arguments[0].name in ("pyarrow.RecordBatch", UNKNOWN)
    ):
        inner = spoken(single.arguments[0]) if single.arguments else "anything"
        problems.add(
            module,
            line,
            NO_FORMAT,
            f"no format fits product `{product}`: a stream of {inner} cannot be stored",
            "yield pyarrow.RecordBatch (`-> Iterator[pa.RecordBatch]`), or return a list",
        )
