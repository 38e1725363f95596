"""Whether one program with its arguments is a deployment, by the tables of `rules.py` and the policy's additions."""

import re

from sentinel.core.guard.additions import Additions, begins
from sentinel.core.guard.commands import UNKNOWN
from sentinel.core.guard.rules import DEPLOY, ONLY_DEPLOY, PERSON, PROGRAMS, TELLING, VALUED
from sentinel.core.guard.verdict import Refusal

_HELP = frozenset({"--help", "-h", "-help"})
_TOKEN = re.compile(r"[\w./:@+=-]+")


def judge_program(words: list[str], additions: Additions) -> Refusal | None:
    """`words` begin with the program."""
    named = next((pattern for pattern in additions.refuse if begins(words, pattern)), None)
    if named is not None:
        return Refusal(" ".join(named), "The project's policy keeps this command for releases.", DEPLOY)
    name = program(words[0])
    if name == "git":
        return _judge_git(words, additions)
    if name in PROGRAMS:
        return _judge_known(name, words)
    return _judge_unknown(words) if is_unknown(words[0]) else None


def program(word: str) -> str:
    return word.rpartition("/")[2].removesuffix(".exe")


def is_unknown(word: str) -> bool:
    """Whether it cannot be told which program it names."""
    name = program(word)
    return UNKNOWN in name or any(sign in name for sign in "*?[")


def mentions(text: str, additions: Additions) -> Refusal | None:
    """The first deployment that stands word by word in a text that is no shell command, or none that can be read."""
    tokens = _TOKEN.findall(re.sub(r"[\\'\"]", "", text))[:5000]
    for at, token in enumerate(tokens):
        if program(token) in PROGRAMS or any(begins(tokens[at : at + 9], one) for one in additions.refuse):
            found = judge_program(tokens[at : at + 9], additions)
            if found is not None:
                return Refusal(found.rule, f"What is hidden here looks like `{found.rule}`.", found.instead)
    return None


def _judge_known(name: str, words: list[str]) -> Refusal | None:
    patterns, harmless = PROGRAMS[name]
    if _is_harmless(words, harmless):
        return None
    for positions in _positionals(words):
        for pattern in patterns:
            if len(positions) >= len(pattern) and all(
                known in ("*", word) for known, word in zip(pattern, positions, strict=False)
            ):
                return _refused(name, " ".join(pattern))
        if positions and UNKNOWN in positions[0] and name in ONLY_DEPLOY:
            reason = f"It cannot be told what `{name}` is asked to do."
            return Refusal(f"{name} …", reason, "Write the subcommand out. " + DEPLOY)
    if "--push" in words and name in ("docker", "podman", "nerdctl"):
        return _refused(name, "build --push")
    return None


def _refused(name: str, subcommand: str) -> Refusal:
    rule = f"{name} {subcommand}"
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


def _judge_unknown(words: list[str]) -> Refusal | None:
    found = next((word for positions in _positionals(words) for word in positions[:1] if word in TELLING), None)
    if found is None:
        return None
    reason = f"It cannot be told which program is asked to `{found}`."
    return Refusal(f"… {found}", reason, "Write the program's name out. " + DEPLOY)


def _judge_git(words: list[str], additions: Additions) -> Refusal | None:
    positions = _positionals(words)[0]
    if positions[:1] != ["push"]:
        return None
    options = set(words)
    if options & {"--dry-run", "-n", *_HELP}:
        return None
    if options & {"--tags", "--mirror", "--follow-tags"}:
        return tags_refused()
    refs = positions[2:]
    if any(is_release_tag(ref, additions.tag_prefix) for ref in refs):
        return tags_refused()
    unchecked = "--no-verify" in options or any("hookspath" in word.lower() for word in words)
    if unchecked and any(UNKNOWN in ref for ref in refs):
        return tags_refused()
    return None


def is_release_tag(ref: str, prefix: str) -> bool:
    """Whether a ref or a refspec, as `git push` takes it, creates, moves or deletes a release tag."""
    target = ref.removeprefix("+").rpartition(":")[2] or ref
    name = target.removeprefix("refs/tags/").removeprefix("tags/")
    return re.fullmatch(rf"{re.escape(prefix)}\d+\.\d+(\.\d+)?\S*", name) is not None


def tags_refused() -> Refusal:
    """For a push of release tags by hand."""
    reason = "Release tags are signed and pushed by Sentinel alone, after approval."
    return Refusal("git push of release tags", reason, "Use `prepare_release`, which makes the tag; " + DEPLOY[4:])
