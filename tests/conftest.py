"""Fixtures and settings for every suite."""

import gc
import signal
import zlib

import pytest
from hypothesis import HealthCheck, settings

from tests.extent import in_full
from tests.memory_disk import use_memory
from tests.preloaded.start import share_preloaded
from tests.shares import in_shares

ERAS = ("2025", "2026")

pytest_plugins = ("tests.postgres",)

use_memory()

# How long an example takes says something about the machine, and nothing about Sentinel.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """A shell's background job ignores Ctrl-C, and so would every command that a test starts and ends by it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.getoption("numprocesses", None):
        share_preloaded()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_shares(items)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it for garbage takes a twentieth of a run."""
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for an `era` runs in one, by its name; the whole ways of a release are marked for both."""
    if "era" in metafunc.fixturenames and not _names_eras(metafunc.definition):
        both = in_full() or metafunc.definition.get_closest_marker("both_eras")
        one = ERAS[zlib.crc32(metafunc.definition.nodeid.encode()) % len(ERAS)]
        metafunc.parametrize("era", ERAS if both else [one])


def _names_eras(test: pytest.Item) -> bool:
    return any("era" in str(mark.args[0]) for mark in test.iter_markers("parametrize"))
