"""Whether one program with its arguments is a deployment, by the tables of `rules.py` and the policy's additions."""

import re
from itertools import pairwise

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import UNKNOWN, Refusal
from sentinel.core.guard.forge import judge_api, judge_git
from sentinel.core.guard.rules import (
    ALIASES,
    DEPLOY,
    ONLY_DEPLOY,
    PERSON,
    PROGRAMS,
    PUSHES,
    PUSHING,
    READING,
    SCRIPT,
    TARGETS,
    TASKS,
    TELLING,
    TRACKS,
    VALUED,
)

_HELP = frozenset({"--help", "-h", "-help"})
_OFF = frozenset({"none", "false", "0"})
_NEVER_ALLOWED = frozenset({"git", "sentinel"})
_TOKEN = re.compile(r"[\w./:@+=-]+")
_MENTIONED = 9
"""Words of a deployment that is looked for in a text."""
_JOINED = re.compile(r"""(["'])\s*(?:\.{1,2}|\+|&|<>)?\s*\1""")
_ASSIGNED = re.compile(r"""=\s*(?=["'`])""")
_VERSION = re.compile(r"[-_]?v?\d+(\.\d+)*$")


def judge_program(words: list[str], additions: Additions) -> Refusal | None:
    """`words` begin with the program. What the policy allows is none of the guard's own refusals of other programs."""
    named = additions.refusing(words)
    if named is not None:
        return Refusal(" ".join(named), "The project's policy keeps this command for releases.", DEPLOY)
    name = program(words[0])
    found = _judge_by_tables(name, words, additions)
    return None if found is not None and name not in _NEVER_ALLOWED and additions.allowing(words) else found


def _judge_by_tables(name: str, words: list[str], additions: Additions) -> Refusal | None:
    if name == "git":
        return judge_git(words, additions)
    if name in PUSHING and any(re.fullmatch(PUSHES, word) for word in words[1:]):
        return None if _is_harmless(words, ()) else _refused(name, "--push")
    if name in PROGRAMS:
        return judge_api(words) or _judge_known(name, words)
    return _judge_unknown(words, additions) if is_unknown(words[0]) else None


def program(word: str) -> str:
    """The name of the program that a word names by its path, a version, an image or a package."""
    if word.find(":/") > 1 and "://" not in word:  # a folder that a container is given, not `C:/kubectl`
        return word
    name = word.rpartition("/")[2].rpartition("#")[2].lower().removesuffix(".exe")
    for sign in ":@":
        name = name.partition(sign)[0] or name
    plain = _VERSION.sub("", name) if name[-1:].isdigit() else name
    plain = ALIASES.get(plain, plain)
    if plain not in PROGRAMS and "/" in word and is_deploying_script(name):
        return "deploy.sh"
    return plain if plain in PROGRAMS else name


def is_deploying_script(name: str) -> bool:
    """Whether a file of that name is one that deploys: `deploy.py`, `publish-prod.sh`, `deploy`."""
    return re.fullmatch(SCRIPT, name.rpartition("/")[2].lower()) is not None


def is_unknown(word: str) -> bool:
    """Whether it cannot be told which program it names."""
    name = program(word)
    return UNKNOWN in name or any(sign in name for sign in "*?[")


def mentions(text: str, additions: Additions) -> Refusal | None:
    """The first deployment that stands word by word in a text that is no shell command, or none that can be read."""
    tokens = [token for reading in _readings(text) for token in _TOKEN.findall(re.sub(r"[\\'\"]", "", reading))]
    looked_at: set[tuple[str, ...]] = set()
    for at, token in enumerate(tokens):
        words = tokens[at : at + _MENTIONED]
        if program(token) not in PROGRAMS and not additions.refusing(words):
            continue
        if tuple(words) in looked_at:
            continue
        looked_at.add(tuple(words))
        found = judge_program(words, additions)
        # Of a program without a subcommand, the name alone says too little.
        if found is not None and found.rule != program(token):
            return Refusal(found.rule, f"What is hidden here looks like `{found.rule}`.", found.instead)
    return None


def _readings(text: str) -> tuple[str, ...]:
    """The text, and as a program puts it together: strings that are joined, or assigned to a variable."""
    joined = _JOINED.sub("", _ASSIGNED.sub(" ", text))
    return (text,) if joined == text else (text, "\n", joined)


def _judge_known(name: str, words: list[str]) -> Refusal | None:
    patterns, harmless = PROGRAMS[name]
    if _is_harmless(words, harmless):
        return None
    for positions in _positionals([name, *(word for word in words[1:] if word not in TRACKS.get(name, ()))]):
        if any(_fits(tuple(reading.split()), positions) for reading in READING.get(name, ())):
            return None
        tasks = _tasks(words, positions) if name in TASKS else ()
        for pattern in patterns:
            if _fits(pattern, positions) or any(_fits(pattern, [task]) for task in tasks):
                return _refused(name, " ".join(pattern))
        if positions and UNKNOWN in positions[0] and name in ONLY_DEPLOY:
            reason = f"It cannot be told what `{name}` is asked to do."
            return Refusal(f"{name} …", reason, "Write the subcommand out. " + DEPLOY)
    return None


def _tasks(words: list[str], positions: list[str]) -> set[str]:
    """The names of the tasks that are asked for, without the projects before them and the variants behind them."""
    named = [after for word, after in pairwise(words) if word in TARGETS]
    named += [word.partition("=")[2] for word in words if word.partition("=")[0] in TARGETS]
    asked = [*positions, *(task for text in named for task in text.split(","))]
    return {part for word in asked for part in (word.rpartition(":")[2], *word.split(":")[1:2])}


def _fits(pattern: tuple[str, ...], words: list[str]) -> bool:
    if pattern == ("-",):
        return not words
    if "**" in pattern:
        at = pattern.index("**")
        return len(words) > at + 1 and _fits(pattern[:at], words) and _is(pattern[-1], words[-1])
    return len(words) >= len(pattern) and all(_is(known, word) for known, word in zip(pattern, words, strict=False))


def _is(known: str, word: str) -> bool:
    if not known.endswith("*"):
        return known == word
    return known[1:-1] in word.lower() if known[0] == "*" else word.startswith(known[:-1])


def _refused(name: str, subcommand: str) -> Refusal:
    rule = f"{name} {subcommand}".rstrip(" -")
    if name == "sentinel":
        return Refusal(rule, f"`{rule}` is for people alone.", PERSON)
    return Refusal(rule, f"`{rule}` acts outside Sentinel, where nothing is tested, soaked or approved.", DEPLOY)


def _is_harmless(words: list[str], options: tuple[str, ...]) -> bool:
    """Asked for help, or by an option; not where the word is another option's value."""
    if any(after in _HELP and _is_option(before, at) for at, (before, after) in enumerate(pairwise(words))):
        return True
    named = [
        (option, value if sign else after)
        for before, word, after in zip(words, words[1:], [*words[2:], ""], strict=False)
        for option, sign, value in (word.partition("="),)
        if option in options and before not in VALUED
    ]
    return bool(named) and all(value not in _OFF for _, value in named)


def _is_option(before: str, at: int) -> bool:
    """Whether what stands behind `before` is an option of its own: behind the program or a word, surely."""
    return at == 0 or not before.startswith("-") or "=" in before


def _positionals(words: list[str]) -> list[list[str]]:
    """The words that are no options, from the first and from the second on: the first may be an option's value."""
    found: list[str] = []
    doubtful = False
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
        elif word.startswith("+") and not found:  # a toolchain: `cargo +stable publish`
            continue
        elif word.startswith("-") and len(word) > 1:
            skip = word in VALUED
            doubtful = doubtful or (not found and not skip and "=" not in word and word != "--")
        else:
            found.append(word)
    return [found, found[1:]] if doubtful else [found]


def _judge_unknown(words: list[str], additions: Additions) -> Refusal | None:
    if words[1:2] == ["-m"]:  # `$PYTHON -m pytest -k apply`
        return judge_program(words[2:], additions) if len(words) > 2 else None
    found = next((word for positions in _positionals(words) for word in positions[:1] if word in TELLING), None)
    if found is None:
        return None
    reason = f"It cannot be told which program is asked to `{found}`."
    return Refusal(f"… {found}", reason, "Write the program's name out. " + DEPLOY)
