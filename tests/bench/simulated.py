"""Verification against services whose true quality is known: how quick it is, and how often it is wrong."""

import statistics
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from sentinel.core.verification.sequential_test import Verdict
from tests.bench.section import Figure, Line, Plot, Section
from tests.core.simulation import DEFAULTS, Result, Service, simulate

PROCESSES = 2
HEALTHY = 3000
ERRORS = 1000
OUTAGES = 1000
OUTAGE_AT = 30.0
METHOD = (
    "The code that judges real releases judges simulated ones, with the defaults of the policy: {window:g} seconds, "
    "{rate:g} probes a second, 1 % errors allowed. Each service fails at its own true rate. There are {runs:,} fixed "
    "seeds in all. The outage begins after {outage:g} good seconds."
)


def simulated() -> Section:
    with ProcessPoolExecutor(PROCESSES) as pool:

        def results(service: Service, runs: int) -> list[Result]:
            return list(pool.map(partial(_simulated, service), range(runs), chunksize=25))

        outage = _failures(results(Service(outage_at=OUTAGE_AT), OUTAGES))
        errors = _failures(results(Service(errors=0.05), ERRORS))
        healthy = _failures(results(Service(errors=0.005), HEALTHY))
    assert (len(outage), len(errors)) == (OUTAGES, ERRORS), "a bad release passed"
    outage = [seconds - OUTAGE_AT for seconds in outage]
    method = METHOD.format(
        window=DEFAULTS.window_s, rate=DEFAULTS.rate, runs=HEALTHY + ERRORS + OUTAGES, outage=OUTAGE_AT
    )
    figures = (
        Figure("an outage fails the release, at the latest", max(outage), 5, " s", f"{OUTAGES:,} runs"),
        Figure("5 % errors fail the release, median", statistics.median(errors), 25, " s", _spread(errors)),
        Figure(
            "healthy releases (0.5 % errors) that are rolled back",
            100 * len(healthy) / HEALTHY,
            1,
            " %",
            f"{len(healthy)} of {HEALTHY:,} runs",
        ),
    )
    return Section("Verification", method, figures, (_plot(outage, errors),))


def _simulated(service: Service, seed: int) -> Result:
    return simulate(service, seed=seed)


def _failures(results: Iterable[Result]) -> list[float]:
    """After how many seconds the release failed, where it did."""
    return [float(result.seconds) for result in results if result.verdict is Verdict.FAILED]


def _spread(seconds: list[float]) -> str:
    tenths = statistics.quantiles(seconds, n=10, method="inclusive")
    return f"{len(seconds):,} runs, 90 % within {tenths[8]:.3g} s"


def _plot(outage: list[float], errors: list[float]) -> Plot:
    lines = (Line("outage", tuple(outage), 0), Line("5 % errors", tuple(errors), 1))
    return Plot("verification", "How soon a bad release fails", "seconds", lines)
