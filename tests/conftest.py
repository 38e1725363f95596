"""Fixtures and settings for every suite."""

import gc

from hypothesis import HealthCheck, settings

pytest_plugins = ("tests.postgres",)

# How long an example takes says something about the machine, and nothing about Sentinel.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it for garbage takes a twentieth of a run."""
    gc.freeze()
