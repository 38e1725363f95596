"""Release tags: signed in the mirror, verified against one key, pushed one at a time."""

import re
from contextlib import suppress

from anyio import to_thread

from sentinel.adapters.git.command import LOOK_TIMEOUT, Git
from sentinel.adapters.git.commit_files import TAG_SPACES
from sentinel.adapters.git.names import commit_id, ref_name, sentence
from sentinel.adapters.git.objects import TAG_LIMIT, list_refs
from sentinel.adapters.git.remote import Remote
from sentinel.adapters.keys.tag_key import SigningKey, Tools, refusal
from sentinel.adapters.process_output import Output
from sentinel.core.candidate.version_tags import TagNames
from sentinel.core.values.git import SENTINEL, SENTINEL_EMAIL, TAGS, Ref, Refs
from sentinel.errors.git import (
    BadTagSignatureError,
    MovedTagError,
    PushFailedError,
    PushRefusedError,
    PushWouldFailError,
    RemoteUnreachableError,
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


async def sign_tag(git: Git, tag: str, commit: str, message: str, key: SigningKey) -> str:
    """Makes the annotated, signed tag and returns the id of its object; one of that name is replaced.

    Raises TagNotSignedError.
    """
    # Verbatim but for trailing blanks: a line that begins with "#" is a heading, not a comment.
    words = ("tag", "--sign", "--force", "--cleanup=whitespace", "--file=-", "--", ref_name(tag), commit_id(commit))
    text = message.replace("\0", "").encode("utf-8", "replace")
    output = await _with_key(git, key)(*words, stdin=text, accept=(0, 1, 128))
    made = await _find(git, tag)
    # git 2.39 makes an unsigned tag, and says that all is well, where ssh-keygen cannot sign: verify at once.
    with suppress(BadTagSignatureError):
        if output.status == 0 and made is not None and made.commit == commit:
            await _verify(git, tag, key, made.object)
            return made.object
    await delete_tag(git, tag)
    reason = await to_thread.run_sync(refusal, key, Tools({**git.settings.environ, **key.environ}))
    raise TagNotSignedError(tag=tag, detail=reason or sentence(output.stderr))


async def verify_tag(
    git: Git, tag: str, commit: str, key: SigningKey, tag_object: str, refs: Refs | None = None
) -> None:
    """Proves that the tag is the one that was recorded, names `commit` and is signed by `key` and no other.

    `refs` are the mirror's, where they are known. Raises TagMissingError, MovedTagError, BadTagSignatureError, and
    TagKeyEndedError where the key has expired since.
    """
    found = await _find(git, tag) if refs is None else refs.found.get(TAGS + tag)
    if found is None:
        raise TagMissingError(tag=tag)
    if found.object != tag_object or found.commit != commit:
        raise MovedTagError(tag=tag)
    # The object that was compared is verified, not the name, which could move between the two.
    await _verify(git, tag, key, tag_object)


async def _verify(git: Git, tag: str, key: SigningKey, tag_object: str) -> None:
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


async def push_tag(git: Git, remote: Remote, tag: str, tag_object: str) -> None:
    """Pushes exactly this object under that name to every address; the same tag there already is no fault.

    Raises PushFailedError where an address has another tag of that name, PushRefusedError where none is known there,
    RemoteUnreachableError.
    """
    for target in remote.targets:
        output = await target.push(git, f"{commit_id(tag_object)}:{TAGS}{ref_name(tag)}")
        if output.status != 0:
            there = await _tag_at(git, target, tag)
            if there != tag_object:
                error = PushRefusedError if there is None else PushFailedError
                raise error(tag=tag, remote=target.name, detail=_refusal(output))


async def try_push(git: Git, remote: Remote, tag: str, commit: str | None = None) -> None:
    """A push of the tag, or of `commit` under that name, to every address without effect.

    It shows that the remote answers, lets us in for writing and could take a tag of that name; what its hooks say only
    the push itself shows. Raises PushWouldFailError, RemoteUnreachableError.
    """
    source = commit_id(commit) if commit is not None else f"{TAGS}{ref_name(tag)}"
    for target in remote.targets:
        output = await target.push(git, f"{source}:{TAGS}{ref_name(tag)}", "--dry-run", seconds=LOOK_TIMEOUT)
        if output.status != 0:
            raise PushWouldFailError(tag=tag, remote=target.name, detail=_refusal(output))


async def _tag_at(git: Git, target: Remote, tag: str) -> str | None:
    """The object of the tag there; None where there is no such tag, or nothing answers."""
    with suppress(RemoteUnreachableError):
        return (await target.refs(git, TAGS + tag)).get(TAGS + tag)
    return None


def _refusal(output: Output) -> str:
    refused = [line for line in output.stdout.split(b"\n") if line.startswith(b"!")]
    return sentence(b"\n".join((*refused, output.stderr)).replace(b"\t", b" "))


async def remote_tag_objects(git: Git, remote: Remote, tag: str) -> frozenset[str]:
    """The objects of that name at the remote's addresses, if any; raises RemoteUnreachableError."""
    name = TAGS + ref_name(tag)
    targets = {target.url: target for target in (*remote.targets, remote)}
    found = [(await target.refs(git, name)).get(name) for target in targets.values()]
    return frozenset(object_id for object_id in found if object_id is not None)


async def tag_names(git: Git, commit: str, *, remote: bool) -> TagNames:
    """The names of all tags that are known, and whether the history of `commit` contains them.

    Where there is a remote that has answered once, a tag that only the working copy has is no released one: anybody can
    make it.
    """
    everywhere = await _names(git, "refs/remote/heads/")
    contained = await _names(git, f"--merged={commit_id(commit)}")
    own, pushed, working = (_in(space, everywhere) for space in TAG_SPACES)
    answered = any(name.startswith("refs/remote/") for name in everywhere)
    unpushed = working - pushed - own if remote and answered else frozenset()
    released = frozenset().union(*(_in(space, contained) for space in TAG_SPACES)) - unpushed
    return TagNames(
        contained=released,
        elsewhere=(own | pushed | working) - released,
        own=own - pushed - working,
        unpushed=unpushed,
    )


async def _names(git: Git, *words: str) -> list[str]:
    listing = await git("for-each-ref", f"--count={TAG_LIMIT}", "--format=%(refname)", *words, *TAG_SPACES)
    return listing.stdout.decode("utf-8", "replace").split("\n")[:-1]


def _in(space: str, names: list[str]) -> frozenset[str]:
    return frozenset(name.removeprefix(space) for name in names if name.startswith(space))


async def _find(git: Git, tag: str) -> Ref | None:
    """The annotated tag of that name in the mirror; a lightweight one is not a release tag: it has another object."""
    return (await list_refs(git, f"{TAGS}{ref_name(tag)}")).found.get(TAGS + tag)


def _with_key(git: Git, key: SigningKey) -> Git:
    return Git(git.git_dir, git.settings, key.config, {**_IDENTITY, **key.environ})


def _reason(stderr: bytes) -> str:
    lines = [line for line in stderr.splitlines() if not line.startswith(b"[GNUPG:]")]
    return sentence(b"\n".join(lines)) if lines else "gpg does not accept it"
