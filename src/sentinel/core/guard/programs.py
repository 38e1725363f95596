"""Whether one program with its arguments is a deployment, by the tables of `rules.py` and the policy's additions."""

import re

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import UNKNOWN
from sentinel.core.guard.forge import judge_api, judge_git
from sentinel.core.guard.rules import DEPLOY, ONLY_DEPLOY, PERSON, PROGRAMS, PUSHING, TASKS, TELLING, VALUED
from sentinel.core.guard.verdict import Refusal

_HELP = frozenset({"--help", "-h", "-help"})
_TOKEN = re.compile(r"[\w./:@+=-]+")
_VERSION = re.compile(r"[-_]?v?\d+(\.\d+)*$")


def judge_program(words: list[str], additions: Additions) -> Refusal | None:
    """`words` begin with the program."""
    named = additions.refusing(words)
    if named is not None:
        return Refusal(" ".join(named), "The project's policy keeps this command for releases.", DEPLOY)
    name = program(words[0])
    if name == "git":
        return judge_git(words, additions)
    if name in PUSHING and PUSHING[name] in words:
        return _refused(name, PUSHING[name])
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
    return plain if plain in PROGRAMS else name


def is_unknown(word: str) -> bool:
    """Whether it cannot be told which program it names."""
    name = program(word)
    return UNKNOWN in name or any(sign in name for sign in "*?[")


def mentions(text: str, additions: Additions) -> Refusal | None:
    """The first deployment that stands word by word in a text that is no shell command, or none that can be read."""
    tokens = _TOKEN.findall(re.sub(r"[\\'\"]", "", text))
    for at, token in enumerate(tokens):
        if program(token) in PROGRAMS or additions.refusing(tokens[at : at + 9]):
            found = judge_program(tokens[at : at + 9], additions)
            # Of a program without a subcommand, the name alone says too little.
            if found is not None and found.rule != program(token):
                return Refusal(found.rule, f"What is hidden here looks like `{found.rule}`.", found.instead)
    return None


def _judge_known(name: str, words: list[str]) -> Refusal | None:
    patterns, harmless = PROGRAMS[name]
    if _is_harmless(words, harmless):
        return None
    for positions in _positionals(words):
        tasks = {word.rpartition(":")[2] for word in positions} if name in TASKS else ()
        for pattern in patterns:
            if _fits(pattern, positions) or any(_fits(pattern, [task]) for task in tasks):
                return _refused(name, " ".join(pattern))
        if positions and UNKNOWN in positions[0] and name in ONLY_DEPLOY:
            reason = f"It cannot be told what `{name}` is asked to do."
            return Refusal(f"{name} …", reason, "Write the subcommand out. " + DEPLOY)
    return None


def _fits(pattern: tuple[str, ...], words: list[str]) -> bool:
    if pattern == ("-",):
        return not words
    return len(words) >= len(pattern) and all(_is(known, word) for known, word in zip(pattern, words, strict=False))


def _is(known: str, word: str) -> bool:
    if not known.endswith("*"):
        return known == word
    return known[1:-1] in word if known[0] == "*" else word.startswith(known[:-1])


def _refused(name: str, subcommand: str) -> Refusal:
    rule = f"{name} {subcommand}".rstrip(" -")
    if name == "sentinel":
        return Refusal(rule, f"`{rule}` is for people alone.", PERSON)
    return Refusal(rule, f"`{rule}` acts outside Sentinel, where nothing is tested, soaked or approved.", DEPLOY)


def _is_harmless(words: list[str], options: tuple[str, ...]) -> bool:
    if any(word in _HELP for word in words[1:]):
        return True
    named = [word.partition("=") for word in words if word in options or word.partition("=")[0] in options]
    return bool(named) and all(value not in ("none", "false", "0") for _, _, value in named)


def _positionals(words: list[str]) -> list[list[str]]:
    """The words that are no options, from the first and from the second on: the first may be an option's value."""
    found: list[str] = []
    doubtful = False
    skip = False
    for word in words[1:]:
        if skip:
            skip = False
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
