"""The words of an entry or a heading: markup taken off, placeholders told from changes, marks of what breaks found."""

import html
import re

_IMAGE = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])")
_RST_LINK = re.compile(r"`([^`<]*?)\s*<[^<>`]*>`__?")
_ROLE = re.compile(r":[a-z:]{1,20}:(?=`)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_ADDRESS = re.compile(r"<([A-Za-z][\w+.-]*:[^<>\s]*)>")
_CODE = re.compile(r"`[^`]*`")
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
    """Whether plain `text` is a placeholder, or says only when it was released and where the commits are listed."""
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
    text = _CODE.sub("x", raw)
    if "](" in text or "][" in text:
        text = _LINK.sub(r"\1", text)
    if _BOLD.search(text):
        return True
    bare = _TAG.sub("", text).replace("*", "").replace("~", "")
    return _BROKEN.search(" ".join(_UNDERSCORES.sub("", bare).split())) is not None
