"""A corpus is one test of many cases: no case of it is lost unnoticed."""

from tests.core.guard.test_judge import DEPLOYING, HARMLESS

LEAST = {
    "REFUSED": 134,
    "ATTEMPTS": 273,
    "deploying.txt": 618,
    "PASSING": 96,
    "HONEST": 273,
    "reading.txt": 514,
}
"""Cases that a corpus has had; more are entered here, too."""


def test_every_corpus_has_the_cases_that_it_had() -> None:
    found = {name: len(set(corpus)) for name, corpus in {**DEPLOYING, **HARMLESS}.items()}
    assert found == LEAST
