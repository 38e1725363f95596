"""The text of entries and headings: without markup, placeholders told from changes, breaking labels, versions."""

import html
import re
from enum import Enum, auto
from typing import NamedTuple

from sentinel.core.policy.changelog_categories import SHORTCODE
from sentinel.core.values.screen import BETWEEN_BACKTICKS
from sentinel.core.values.semver import NUMBER

_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])")
_RST_LINK = re.compile(r"`([^`<]*?)\s*<[^<>`]*>`__?")
_ROLE = re.compile(r":[a-z:]{1,20}:(?=`)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ADDRESS = re.compile(r"<([A-Za-z][\w+.-]*:[^<>\s]*)>")
_UNDERSCORES = re.compile(r"(?<!\w)_+|_+(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_SPECIAL = re.compile(r"[*_`\[\]<>&\\]")

_PLACEHOLDER = re.compile(
    r"(?:n[./]?a|none(?: yet)?|nil|nothing(?: (?:new|changed|removed|deprecated|breaking|added|fixed))?"
    r"(?: (?:here|to see here))?(?: \(?(?:yet|so far))?|tba|tbd|todo|empty"
    r"|coming soon|to be (?:announced|determined|defined|written|added|done|documented)|placeholder|wip|not applicable"
    r"|(?:there (?:are|were) )?no (?:new |notable |significant |user[- ]facing |unreleased |other |breaking )?"
    r"(?:changes?|entries|notes|updates?|features?|fixes|bug ?fixes|removals?|deprecations?)"
    r"(?: (?:yet|so far|in this release|here|since v?\d[\d.]*))?"
    r"|(?:un|not yet )released|in development|add (?:your )?(?:new )?(?:changes|entries) here)"
)
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}(?:st|nd|rd|th)?[ ./-]\w{1,9}[ ,./-]+\d{2,4}"
    r"|\w{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4})"
)
_ABOUT = re.compile(
    rf"(?:(?:date|released?|release date|released on|published|unreleased|date of release)\s*:?\s*)?{_DATE}"
    r"|(?:full |view |see )?(?:the )?(?:change ?log|diff|commits?|commit log|comparison|compare)\s*:?"
    r"(?: https?://\S+| [\w./@-]+\.\.\.?[\w./@-]+)?|https?://\S+/compare/\S+"
)

_SAID = r"breaking(?:[ -](?:api )?changes?)?"
_BACKWARDS = (
    r"(?:bc|backwards?[ -]compatibility)[ -]breaks?(?:ing)?(?: changes?)?|backwards?[ -]incompatible(?: changes?)?"
)
_MARKS = r"[^\w\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e`]*"
_LEAD = rf"{_MARKS}(?:(?:\([\w ./@,-]{{1,60}}\)|#?[\w./@-]{{1,60}}:){_MARKS})?"
_BROKEN = re.compile(
    rf"^{_LEAD}(?:BREAKING\b|(?i:{_SAID}|{_BACKWARDS})\s*(?:[:!)\]]|[-\u2013\u2014]\s))"
    rf"|(?<![\"'\u201c\u2018\u00ab\u201e`])[\[(]\s*(?i:{_SAID}|{_BACKWARDS})\s*!?\s*[\])]"
    rf"|(?:[.;!?]|\s[-\u2013\u2014])\s+(?:BREAKING(?: CHANGES?)?|Breaking(?: changes?)?)\s*:"
    r"|^[^\w\"'\u201c\u201d\u2018\u2019\u00ab\u00bb\u201e`]*(?:[0-9a-f]{6,40}:? )?[a-z]+(?:\([^()]{1,80}\))?!:"
)
_BOLD = re.compile(rf"\*\*\s*(?:BREAKING(?: CHANGES?)?|(?i:{_SAID})\s*:)\s*[:!]?\s*\*\*(?!\w)")
_MAYBE = re.compile(r"break|incompat|!:", re.IGNORECASE)


def plain(raw: str) -> str:
    """The words on one line, without markup."""
    if _SPECIAL.search(raw) is None:
        return " ".join(raw.split())
    text = _ROLE.sub("", raw) if ":`" in raw else raw
    if "](" in text or "][" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    if "<" in text:
        text = _TAG.sub("", _ADDRESS.sub(r"\1", _RST_LINK.sub(r"\1", text)))
    text = text.replace("*", "").replace("`", "")
    if "_" in text:
        text = _UNDERSCORES.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return " ".join(text.split())


def says_nothing(text: str) -> bool:
    """Whether plain `text` is a placeholder, or says only when the release was made or where its commits are."""
    if len(text) > 120:
        return False
    words = " ".join(text.strip(" \t.!?\u2026-\u2013\u2014:;,()[]{}\"'\u201c\u201d*_~").casefold().split())
    return not words or _PLACEHOLDER.fullmatch(words) is not None or _ABOUT.fullmatch(words) is not None


def breaks(raw: str) -> bool:
    """Whether an item is labelled as breaking: at its beginning, in brackets, in bold, or by a conventional `!`.

    The word elsewhere, in code, in quotes or negated ("non-breaking") says nothing.
    """
    if _MAYBE.search(raw) is None:
        return False
    text = BETWEEN_BACKTICKS.sub("x", raw)
    if "](" in text or "][" in text:
        text = _LINK.sub(r"\1", text)
    if _BOLD.search(text):
        return True
    bare = _TAG.sub("", text).replace("*", "").replace("~", "")
    return _BROKEN.search(" ".join(_UNDERSCORES.sub("", bare).split())) is not None


_TOKEN = re.compile(r"(?<![\w.])(?:(?<=[-_@/])|(?<![-_/]))[vV]?\.?(?P<numbers>[0-9]+(?:\.[0-9]+)+)(?P<tail>[\w.+-]*)")
_SEMVER = re.compile(rf"{NUMBER}\.{NUMBER}(?:\.{NUMBER})?")
_PRE = (
    r"(?:rc|c(?=\d)|alpha|beta|a(?=\d)|b(?=\d)|pre|preview|pre-?release|release candidate|candidate|canary|nightly|next"
    r"|m(?=\d)|milestone)"
)
_PRE_TAIL = re.compile(
    rf"[-._+]?{_PRE}(?![a-z]).*|-(?!dev\b|snapshot\b|final\b|release\b|ga\b|unreleased\b).+", re.IGNORECASE
)
_PRE_REST = re.compile(rf"[ ._-]?[\[(]?\s*{_PRE}(?![a-z])", re.IGNORECASE)
_GOING_ON = re.compile(r"[-._+]?(?:dev|snapshot|unreleased|wip|master|main|git)[0-9]*(?:[-.+].*)?", re.IGNORECASE)
_FINAL = re.compile(r"[-._]?(?:final|release|ga|stable)", re.IGNORECASE)
_LEAD_WORDS = re.compile(
    r"(?:the |latest |new |stable |current )*(?:(?:change ?log|changes?|release ?notes?|notes?|what['\u2019]?s new|new"
    r"|news|highlights)(?: since| for| in| of| to)?(?: the)?(?: version| release)?|versions?|ver|rel|releases?|released"
    r"|release version|tag|v)?",
    re.IGNORECASE,
)
_DATE_LEAD = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]\w{1,9}[-/. ]\d{4}|\w{3,9} \d{1,2},? \d{4})")
_OTHER_LEAD = re.compile(
    r"\b(?:from|to|until|before|after|since|upgrad\w+|updat\w+|migrat\w+|requires?|support\w*|compat\w*|bump\w*|using|with"
    r"|moving|via|than|and|or|older|prior|deprecated|removed|drop\w*|minimum|python|node|go|java|ruby|php|rust)\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(
    r"\s*(?:[^\w\s].*|(?:[0-9]{1,4}\b|released?|unreleased|final|yanked|stable|lts|on|jan|feb|mar|apr|may|jun|jul|aug|sep|oct"
    r"|nov|dec|tbd|tba|not|codename|aka)\b.*|(?:january|february|march|april|june|july|august|september|october|november"
    r"|december)\b.*)?",
    re.IGNORECASE | re.DOTALL,
)
_UNRELEASED = re.compile(r"\bunreleased\b|\bnot (?:yet )?(?:been )?released\b|\bto be released\b", re.IGNORECASE)
_COMING = re.compile(
    r"(?:the )?(?:vnext|v next|next|upcoming|pending|head|master|main|develop|development|trunk|edge|future|wip|dev"
    r"|work in progress|in progress|in development|under development|tbd|tba|coming soon|to be announced|staged"
    r"|unpublished|current)"
    r"(?: (?:major|minor|patch|version|release|changes|branch|head|master|main|development|dev|tbd|tba))*",
    re.IGNORECASE,
)


class Kind(Enum):
    VERSION = auto()
    UNRELEASED = auto()
    PRE_RELEASE = auto()
    UNREADABLE = auto()
    """It looks like a version and is not one; `why` says what is wrong."""
    OTHER = auto()


class Title(NamedTuple):
    """What a heading names.

    An `exact` one names nothing else and counts at any level; others count at the level of versions.
    """

    kind: Kind
    version: str = ""
    why: str = ""
    exact: bool = True
    short: bool = False
    """The version was written with two numbers."""
    of: str = ""
    """The version that a pre-release comes before."""


OTHER = Title(Kind.OTHER)


def read_title(raw: str) -> Title:
    """What the raw text of a heading names."""
    text = SHORTCODE.sub(" ", plain(raw)[:200])
    text = text.replace("[", " ").replace("]", " ").replace("{", " ").replace("}", " ").strip()
    found = _TOKEN.search(text)
    if found is None:
        return _unreleased(text)
    lead = text[: found.start()]
    exact = _leads(lead)
    if not exact and not _may_name(lead):
        return _unreleased(text) if _UNRELEASED.search(text) else OTHER
    return _versioned(found, text[found.end() :], exact=exact)


def _unreleased(text: str) -> Title:
    words = " ".join(re.sub(r"[\W_]+", " ", text).split())
    if _UNRELEASED.search(text):
        return Title(Kind.UNRELEASED)
    return Title(Kind.UNRELEASED, exact=False) if _COMING.fullmatch(words) else OTHER


def _leads(lead: str) -> bool:
    words = " ".join(re.sub(r"[^\w'\u2019./-]+", " ", lead).split()).strip(" -./")
    return _LEAD_WORDS.fullmatch(words) is not None or _DATE_LEAD.fullmatch(words) is not None


def _may_name(lead: str) -> bool:
    """Whether it can be the name of a package."""
    return len(lead) <= 60 and len(lead.split()) <= 4 and _OTHER_LEAD.search(lead) is None and ":" not in lead[:-2]


def _versioned(found: re.Match[str], rest: str, *, exact: bool) -> Title:
    numbers, tail = found["numbers"], found["tail"].rstrip(".-_+")
    exact = exact and _FOLLOWS.fullmatch(rest) is not None
    if tail.startswith(".") and tail[1:].lower() in ("x", "y", "z", "n"):
        return OTHER
    if _PRE_TAIL.fullmatch(tail) or (not tail and _PRE_REST.match(rest)):
        return Title(Kind.PRE_RELEASE, why="Sentinel does not release pre-releases", exact=exact, of=_whole(numbers))
    if tail and not (_GOING_ON.fullmatch(tail) or _FINAL.fullmatch(tail)):
        return Title(Kind.UNREADABLE, why=_fault(numbers, tail), exact=exact)
    if _SEMVER.fullmatch(numbers) is None:
        return Title(Kind.UNREADABLE, why=_fault(numbers, ""), exact=exact)
    return Title(Kind.VERSION, version=_whole(numbers), exact=exact, short=numbers.count(".") == 1)


def _whole(numbers: str) -> str:
    return f"{numbers}.0" if numbers.count(".") == 1 else numbers


def _fault(numbers: str, tail: str) -> str:
    parts = numbers.split(".")
    if tail:
        return f'after its numbers a version has no "{tail[:20]}"'
    if len(parts) > 3:
        return f"a version has three numbers, not {len(parts)}"
    if any(part != "0" and part.startswith("0") for part in parts):
        return f"{numbers[:40]} is not a semantic version: a number has a leading zero"
    return "a number of a version has at most nine digits"
