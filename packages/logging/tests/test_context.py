import asyncio
import contextvars
import threading

import pytest

from fabrica.logging import bind, bound, context


def test_ids_are_bound_inside_the_block_only():
    with bound(run="r1", step="model"):
        assert dict(context()) == {"run": "r1", "step": "model"}
    assert dict(context()) == {}


def test_an_inner_block_adds_and_overrides_and_is_undone():
    with bound(run="r1", step="model"):
        with bound(step="metrics", value="Queens"):
            assert dict(context()) == {"run": "r1", "step": "metrics", "value": "Queens"}
        assert dict(context()) == {"run": "r1", "step": "model"}


def test_none_is_left_out():
    with bound(step="summary", value=None):
        assert dict(context()) == {"step": "summary"}


def test_ids_are_unbound_after_an_exception():
    with pytest.raises(ValueError, match="broken"), bound(step="model"):
        raise ValueError("broken")
    assert dict(context()) == {}


def test_one_block_can_be_entered_again():
    block = bound(step="model")
    with block, block:
        assert dict(context()) == {"step": "model"}
    assert dict(context()) == {}


def test_bind_lasts_and_none_unbinds():
    def process():
        bind(project="trip-duration", run="r1")
        bind(run=None)
        return dict(context())

    assert contextvars.Context().run(process) == {"project": "trip-duration"}


def test_what_context_returns_cannot_be_changed():
    with bound(step="model"), pytest.raises(TypeError):
        context()["step"] = "other"  # pyright: ignore[reportIndexIssue]


def test_tasks_do_not_mix_their_ids():
    async def work(name):
        with bound(step=name):
            await asyncio.sleep(0)
            return context()["step"]

    async def all_of_them():
        return await asyncio.gather(*(work(name) for name in "abc"))

    assert asyncio.run(all_of_them()) == ["a", "b", "c"]


def test_threads_have_ids_of_their_own():
    seen = []
    with bound(step="model"):
        thread = threading.Thread(target=lambda: seen.append(dict(context())))
        thread.start()
        thread.join()
        copied = contextvars.copy_context()
        thread = threading.Thread(target=lambda: seen.append(copied.run(dict, context())))
        thread.start()
        thread.join()
    assert seen[0] == {}
