"""The version bump that each category of a changelog requires, in the words of people and of tools."""

import re
from collections.abc import Mapping
from functools import lru_cache

from sentinel.core.values.semver import Bump

SHORTCODE = re.compile(r":[a-z0-9_+-]{1,40}:")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_ANYTHING = re.compile(r"\bwhat(?:['\u2019]?s| s| has| is| was)? (?:changed|new)\b")
_NEGATED = re.compile(r"\b(?:non|no|not|without|never)\b(?: \w+)? (?:breaking|incompatible|removed|removals?)\b")
_BREAKING = re.compile(
    r"\b(?:breaking|incompatible|incompatibilities|removed|removals?|removes)\b|\bbc breaks?\b|\bmajor changes?\b"
    r"|\bbackwards? compatibility (?:notes?|breaks?|changes?)\b|^majors?$"
)
_ADDING = re.compile(
    r"\b(?:added|additions?|changed|deprecated|deprecates|deprecations?|features)\b|\bnew features?\b"
    r"|\bminor changes?\b|^(?:feature|feat|minors?|new|new stuff|add|adds|change)$"
)
_FIXING = re.compile(
    r"\b(?:fix|fixes|fixed|bug ?fix(?:es)?|bugs?|security|patch(?:es)?|performance|perf|reverts?|reverted"
    r"|hot ?fix(?:es)?|docs?|documentation|documented|internals?|chores?|misc|miscellaneous|miscellany"
    r"|dependenc(?:y|ies)|deps|tests?|testing|ci|cd|build|refactor(?:ed|ing|ings)?|refactors|styles?|styling|others?|improvements?|improved|enhancements?|enhanced"
    r"|optimi[sz]ations?|contributors?|thanks|acknowledge?ments|credits|updates?|updated|upgrades?|upgraded|maintenance"
    r"|translations?|localization|i18n|packaging|housekeeping|tooling|examples?|notes?|changes|general|cleanups?|vulnerabilit"
    r"(?:y|ies)|infrastructure|continuous integration|development|dev|other stuff|known issues|configuration"
    r"|highlights|summary)\b"
)
_PHRASE_LIMIT = 60


def normal(heading: str) -> str:
    """The words of a heading, without emoji, punctuation and capital letters."""
    return " ".join(_WORD.findall(SHORTCODE.sub(" ", heading).casefold()))


@lru_cache(maxsize=4096)
def demand_of(phrase: str) -> Bump | None:
    """What entries under a heading of these words require; None if the words name no category.

    Words that name a kind of change without its size require only a patch.
    """
    if len(phrase) > _PHRASE_LIMIT:
        return None
    affirmed = _ANYTHING.sub(" ", _NEGATED.sub(" ", phrase))
    if _BREAKING.search(affirmed):
        return Bump.MAJOR
    if _ADDING.search(affirmed):
        return Bump.MINOR
    return Bump.PATCH if affirmed != phrase or _FIXING.search(phrase) else None


def demand_under(headings: tuple[str, ...], own: Mapping[str, Bump]) -> tuple[Bump, str] | None:
    """The largest bump that the headings above an entry require, and that heading; `own` are a team's words."""
    found = None
    for heading in headings:
        phrase = normal(heading)
        bump = own.get(phrase) or demand_of(phrase)
        if bump is not None and (found is None or bump.rank > found[0].rank):
            found = bump, heading
    return found
