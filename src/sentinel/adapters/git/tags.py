"""Release tags: signed in the mirror, verified against one key, pushed one at a time (protocol 3.1)."""

import re
from contextlib import suppress
from dataclasses import dataclass

from anyio import to_thread

from sentinel.adapters.git.command import LOOK_TIMEOUT, Git
from sentinel.adapters.git.commit_files import TAG_SPACES
from sentinel.adapters.git.names import commit_id, ref_name, sentence
from sentinel.adapters.git.remote import Remote
from sentinel.adapters.git.tag_objects import COUNT_LIMIT
from sentinel.adapters.keys.programs import Tools
from sentinel.adapters.keys.tag_key import SigningKey
from sentinel.adapters.keys.tag_key_trial import refusal
from sentinel.adapters.process_output import Output
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.values.git_names import SENTINEL, SENTINEL_EMAIL, TAGS
from sentinel.errors.git import (
    BadTagSignatureError,
    MovedTagError,
    PushFailedError,
    PushRefusedError,
    PushWouldFailError,
    RemoteUnreachableError,
    TagExistsError,
    TagKeyEndedError,
    TagMissingError,
    TagNotSignedError,
)

_IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", SENTINEL), ("EMAIL", SENTINEL_EMAIL))
}


_ENDED = re.compile(rb"^\[GNUPG:\] (EXPKEYSIG|REVKEYSIG) ", re.MULTILINE)
_ENDS = {b"EXPKEYSIG": "that key has expired", b"REVKEYSIG": "that key is revoked"}
"""What gpg says of a signature that is good, by a key that is not good any more."""


@dataclass(frozen=True, slots=True)
class _Tag:
    object: str
    commit: str


async def sign_tag(git: Git, tag: str, commit: str, message: str, key: SigningKey) -> str:
    """Makes the annotated, signed tag and returns the id of its object; the same tag made before is returned.

    One without a valid signature of this key is made anew: a crash or an exchanged key left it. Raises TagExistsError
    where it names another commit, TagNotSignedError.
    """
    existing = await _find(git, tag)
    if existing is not None and existing.commit != commit_id(commit):
        raise TagExistsError(tag=tag)
    with suppress(BadTagSignatureError, TagKeyEndedError):
        if existing is not None:
            await verify_tag(git, tag, commit, key, existing.object)
            return existing.object
    return await _make(git, tag, commit, message, key)


async def verify_tag(git: Git, tag: str, commit: str, key: SigningKey, tag_object: str) -> None:
    """Proves that the tag is the one that was recorded, names `commit` and is signed by `key` and no other.

    Raises TagMissingError, MovedTagError, BadTagSignatureError, and TagKeyEndedError where the key has expired since.
    """
    found = await _find(git, tag)
    if found is None:
        raise TagMissingError(tag=tag)
    if found.object != tag_object or found.commit != commit:
        raise MovedTagError(tag=tag)
    # The object that was compared is verified, not the name, which could move between the two.
    output = await _with_key(git, key)("verify-tag", "--raw", commit_id(tag_object), accept=(0, 1, 128))
    if output.status != 0:
        if key.signed(output.stderr) and (ended := _ENDED.search(output.stderr)):
            raise TagKeyEndedError(tag=tag, key=key.secret, reason=_ENDS[ended[1]])
        raise BadTagSignatureError(tag=tag, detail=_reason(output.stderr))
    if not key.signed(output.stderr):
        raise BadTagSignatureError(tag=tag, detail="it was made with another key")


async def delete_tag(git: Git, tag: str) -> None:
    """Removes the tag from the mirror, if it is there."""
    await git("update-ref", "--no-deref", "-d", TAGS + ref_name(tag))


async def push_tag(git: Git, remote: Remote, tag: str) -> None:
    """Pushes exactly this tag to all places; one that is there already is fine when it is the same.

    Raises PushFailedError where a place has another tag of that name, PushRefusedError where it is not known to have
    any, RemoteUnreachableError.
    """
    found = await _find(git, tag)
    if found is None:
        raise TagMissingError(tag=tag)
    for target in remote.targets:
        output = await target.push(git, f"{TAGS}{tag}:{TAGS}{tag}")
        if output.status != 0:
            there = await _tag_at(git, target, tag)
            if there != found.object:
                error = PushRefusedError if there is None else PushFailedError
                raise error(tag=tag, remote=target.name, detail=_refusal(output))


async def try_push(git: Git, remote: Remote, tag: str, commit: str | None = None) -> None:
    """A push of the tag, or of `commit` under that name, to all places without effect.

    It shows that the remote answers, lets us in for writing and could take a tag of that name; what its hooks say only
    the push itself shows. Raises PushWouldFailError, RemoteUnreachableError.
    """
    source = commit_id(commit) if commit is not None else f"{TAGS}{ref_name(tag)}"
    for target in remote.targets:
        output = await target.push(git, f"{source}:{TAGS}{ref_name(tag)}", "--dry-run", seconds=LOOK_TIMEOUT)
        if output.status != 0:
            raise PushWouldFailError(tag=tag, remote=target.name, detail=_refusal(output))


async def _tag_at(git: Git, place: Remote, tag: str) -> str | None:
    """The object of the tag there; None where there is no such tag, or nothing answers."""
    with suppress(RemoteUnreachableError):
        return (await place.refs(git, TAGS + tag)).get(TAGS + tag)
    return None


def _refusal(output: Output) -> str:
    refused = [line for line in output.stdout.split(b"\n") if line.startswith(b"!")]
    return sentence(b"\n".join((*refused, output.stderr)).replace(b"\t", b" "))


async def remote_tag_objects(git: Git, remote: Remote, tag: str) -> frozenset[str]:
    """What stands under that name at the remote's places, none where no place has it; raises RemoteUnreachableError."""
    name = TAGS + ref_name(tag)
    places = {place.url: place for place in (*remote.targets, remote)}
    found = [(await place.refs(git, name)).get(name) for place in places.values()]
    return frozenset(object_id for object_id in found if object_id is not None)


async def tag_names(git: Git, commit: str, *, remote: bool) -> TagNames:
    """The names of all tags that are known, and whether the history of `commit` contains them.

    Where there is a remote that has answered once, a tag that only the working copy has is no released one: anybody can
    make it.
    """
    everywhere = await _names(git)
    contained = await _names(git, f"--merged={commit_id(commit)}")
    own, pushed, working = (everywhere[space] for space in TAG_SPACES)
    unpushed = working - pushed - own if remote and await _has_answered(git) else frozenset()
    released = frozenset().union(*contained.values()) - unpushed
    return TagNames(
        contained=released,
        elsewhere=(own | pushed | working) - released,
        own=own - pushed - working,
        unpushed=unpushed,
    )


async def _has_answered(git: Git) -> bool:
    return bool(await git.line("for-each-ref", "--count=1", "--format=%(refname)", "refs/remote/"))


async def _names(git: Git, *words: str) -> dict[str, frozenset[str]]:
    listing = await git("for-each-ref", f"--count={COUNT_LIMIT}", "--format=%(refname)", *words, *TAG_SPACES)
    refs = listing.stdout.decode("utf-8", "replace").split("\n")
    return {space: frozenset(ref.removeprefix(space) for ref in refs if ref.startswith(space)) for space in TAG_SPACES}


async def _find(git: Git, tag: str) -> _Tag | None:
    """The annotated tag of that name in the mirror; a lightweight one is not a release tag and has no object."""
    form = "--format=%(refname) %(objectname) %(*objectname)"
    listing = await git("for-each-ref", form, TAGS + ref_name(tag))
    for row in listing.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]:
        name, tag_object, commit = row.split(" ")
        if name == TAGS + tag:
            return _Tag(tag_object, commit)
    return None


async def _make(git: Git, tag: str, commit: str, message: str, key: SigningKey) -> str:
    # Verbatim but for trailing blanks: a line that begins with "#" is a heading, not a comment.
    words = ("tag", "--sign", "--force", "--cleanup=whitespace", "--file=-", "--", ref_name(tag), commit_id(commit))
    text = message.replace("\0", "").encode("utf-8", "replace")
    output = await _with_key(git, key)(*words, stdin=text, accept=(0, 1, 128))
    made = await _find(git, tag)
    # git 2.39 makes an unsigned tag, and says that all is well, where ssh-keygen cannot sign: verify at once.
    with suppress(BadTagSignatureError):
        if output.status == 0 and made is not None:
            await verify_tag(git, tag, commit, key, made.object)
            return made.object
    await delete_tag(git, tag)
    reason = await to_thread.run_sync(refusal, key, Tools({**git.settings.environ, **key.environ}))
    raise TagNotSignedError(tag=tag, detail=reason or sentence(output.stderr))


def _with_key(git: Git, key: SigningKey) -> Git:
    return Git(git.git_dir, git.settings, key.config, {**_IDENTITY, **key.environ})


def _reason(stderr: bytes) -> str:
    lines = [line for line in stderr.splitlines() if not line.startswith(b"[GNUPG:]")]
    return sentence(b"\n".join(lines)) if lines else "gpg does not accept it"
