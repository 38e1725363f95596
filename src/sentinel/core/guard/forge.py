"""What releases through git and a forge: pushes of release tags, pushes that deploy, and calls of a forge's API."""

import re
from itertools import pairwise

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import UNKNOWN, Refusal
from sentinel.core.guard.rules import DEPLOY, DEPLOYING_REMOTES

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
