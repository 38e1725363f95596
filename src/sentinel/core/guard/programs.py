"""Whether one program with its arguments deploys, by the tables of `rules.py` and the policy's additions.

Git and the clients of a forge are judged by what they push and write: release tags, deploying remotes, its API.
"""

import re
from itertools import pairwise

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import UNKNOWN, Refusal
from sentinel.core.guard.rules import (
    ALIASES,
    DEPLOY,
    DEPLOYING_REMOTES,
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
        return Refusal(" ".join(named), "The project's policy reserves this command for releases.", DEPLOY)
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
            reason = f"The guard cannot tell what `{name}` is asked to do."
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
    reason = f"The guard cannot tell which program is asked to `{found}`."
    return Refusal(f"… {found}", reason, "Write the program's name out. " + DEPLOY)


_PUSHES = ("push", "send-pack")
_HARMLESS = frozenset({"--dry-run", "-n", "--help", "-h"})
_ALL_TAGS = frozenset({"--tags", "--mirror", "--follow-tags"})
_GIT_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env"})
_API = r"(^|/)(releases|deployments|dispatches|git/refs|git/tags|pages/builds)(/|$)"
_WRITING = ("-f", "-F", "--field", "--raw-field", "--input")


def judge_git(words: list[str], additions: Additions) -> Refusal | None:
    """`words` begin with git."""
    at = _subcommand(words)
    if at < len(words) and words[at] == "config":
        return _judge_settings([f"{key}={value}" for key, value in pairwise(words[at:])], additions)
    if at >= len(words) or words[at] not in _PUSHES or not _HARMLESS.isdisjoint(words[at:]):
        return None
    pushed = words[at + 1 :]
    pushed += [f"refs/tags/{name}" for before, name in pairwise(pushed) if before == "tag"]
    if not _ALL_TAGS.isdisjoint(pushed) or any("followtags" in word.lower() for word in words):
        return tags_refused()
    if (found := _judge_settings(words[:at], additions)) is not None:
        return found
    # `git push -f origin v1.2.0`, `--repo=origin v1.2.0`: which word is the remote does not matter.
    prefix = additions.tag_prefix
    if any(is_release_tag(word, prefix) or _hides_tag(word, prefix) for word in pushed):
        return tags_refused()
    unchecked = "--no-verify" in pushed or any("hookspath" in word.lower() for word in words)
    if unchecked and any(UNKNOWN in word for word in pushed):
        return tags_refused()
    remote = next((word for word in pushed if not word.startswith("-")), "")
    if remote in DEPLOYING_REMOTES or "git.heroku.com" in remote:
        return Refusal(f"git push {remote}", f"A push to `{remote}` deploys outside Sentinel.", DEPLOY)
    return None


def _judge_settings(settings: list[str], additions: Additions) -> Refusal | None:
    """Settings that have a push take release tags along: `remote.origin.push=refs/tags/*`, `remote.origin.mirror`."""
    for key, _, value in (word.partition("=") for word in settings):
        name = key.lower()
        if not name.startswith("remote."):
            continue
        pushes = name.endswith(".push") and (is_release_tag(value, additions.tag_prefix) or "refs/tags/" in value)
        if pushes or (name.endswith(".mirror") and value.lower() not in ("false", "no", "off", "0")):
            return tags_refused()
    return None


def is_release_tag(ref: str, prefix: str) -> bool:
    """Whether a ref or a refspec, as `git push` takes it, creates, moves or deletes a release tag."""
    target = ref.removeprefix("+").rpartition(":")[2] or ref.rstrip(":")
    name = target.removeprefix("refs/tags/").removeprefix("tags/")
    # Where only a tag can be meant, `v1` is one that follows the releases, or all are.
    least = r"\d+(\.\d+){0,2}" if name != target else r"\d+\.\d+(\.\d+)?"
    if re.fullmatch(rf"{re.escape(prefix)}{least}\S*", name) is not None:
        return True
    before, star, _ = target.partition("*")
    return bool(star) and (name != target or "refs/tags/".startswith(before))


def judge_api(words: list[str]) -> Refusal | None:
    """`gh api` and `glab api`, where they do more than read."""
    if words[1:2] != ["api"]:
        return None
    method = next((_method(word, after) for word, after in pairwise([*words, ""]) if _asks(word)), "")
    writes = method not in ("", "GET", "HEAD") or (not method and any(word.startswith(_WRITING) for word in words))
    if not writes or not any(re.search(_API, word.partition("?")[0]) for word in words[2:] if not word.startswith("-")):
        return None
    return Refusal("gh api", "This call of the forge's API releases or deploys outside Sentinel.", DEPLOY)


def tags_refused() -> Refusal:
    """For a push of release tags by hand."""
    reason = "Release tags are signed and pushed by Sentinel alone, after approval."
    return Refusal("git push of release tags", reason, "Use `prepare_release`, which makes the tag. " + DEPLOY)


def _subcommand(words: list[str]) -> int:
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in _GIT_VALUED else 1
    return at


def _hides_tag(ref: str, prefix: str) -> bool:
    """`v$VERSION`, `v1.$MINOR`, `refs/tags/$TAG`."""
    target = ref.removeprefix("+").rpartition(":")[2]
    if target.startswith("refs/tags/"):
        return UNKNOWN in target
    digits = r"[\d.]*" if prefix else r"[\d.]+"
    return re.match(f"{re.escape(prefix)}{digits}{UNKNOWN}", target) is not None


def _asks(word: str) -> bool:
    return word.startswith(("-X", "--method"))


def _method(word: str, after: str) -> str:
    value = word.removeprefix("--method").removeprefix("-X").removeprefix("=")
    return (value or after).upper()
