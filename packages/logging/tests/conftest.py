"""Every test starts with logging as a new process has it, and leaves nothing behind."""

import logging
import sys
import threading
import warnings

import pytest

from fabrica.logging import _secrets
from fabrica.logging._output import HouseHandler, state


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    for name in ("FABRICA_LOG_LEVEL", "FABRICA_LOG_FORMAT", "NO_COLOR", "TRACEPARENT"):
        monkeypatch.delenv(name, raising=False)
    root = logging.getLogger()
    level, shown = root.level, warnings.showwarning
    hooks = sys.excepthook, threading.excepthook
    state.settings = state.taken = None
    yield
    state.settings = state.taken = None
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    warnings.showwarning = shown
    root.setLevel(level)
    for handler in [h for h in root.handlers if isinstance(h, HouseHandler)]:
        root.removeHandler(handler)
    _secrets._registered.clear()
    _secrets._compiled.clear()
    _secrets._keys.clear()
