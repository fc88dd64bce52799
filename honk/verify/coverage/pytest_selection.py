"""A pytest plugin that runs only the tests of a list, up to the first that fails. Honk never imports this file: it is
laid out for a test run on a changed program, and named in PYTEST_PLUGINS."""

import os
from typing import Any


def pytest_configure(config: Any) -> None:
    """Stop at the first failure."""
    config.option.maxfail = 1


def pytest_collection_modifyitems(config: Any, items: Any) -> None:
    """Keep the tests of the list; all of them where one is not found."""
    with open(os.path.join(os.environ["HONK_SELECTION"], "tests"), encoding="utf-8") as file:
        wanted = set(file.read().split("\n"))
    kept = [item for item in items if item.nodeid in wanted]
    if {item.nodeid for item in kept} == wanted:
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in wanted])
        items[:] = kept
