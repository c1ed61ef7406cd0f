"""The examples in docstrings run as they stand."""

import doctest
import importlib
import pkgutil

import pytest

import fabrica.logging

MODULES = ["fabrica.logging"] + [
    f"fabrica.logging.{module.name}" for module in pkgutil.iter_modules(fabrica.logging.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_right(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
