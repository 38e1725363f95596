"""Signing, proving and pushing release tags."""

from dataclasses import replace

import pytest

from sentinel.adapters.keys.tag_key import SigningKey, ensure_key
from sentinel.errors.git import (
    BadTagSignatureError,
    MovedTagError,
    PushFailedError,
    PushRefusedError,
    PushWouldFailError,
    RefNameError,
    RemoteMissingError,
    RemoteUnreachableError,
    TagMissingError,
    TagNotSignedError,
)
from tests.adapters.repositories import Repository, Scene

_TAG = "v1.0.0"


def mirror_of(at: Scene) -> Repository:
    """The mirror, for a hand that should not be able to reach it."""
    return Repository(at.mirror.git.git_dir, at.work.environ)


async def sign(at: Scene, key: SigningKey) -> tuple[str, str]:
    """A signed tag; returns the commit and the id of the tag's object."""
    commit = await at.fetch()
    return commit, await at.mirror.sign_tag(_TAG, commit, "# Release\n\n- all of it\n", key)


async def test_a_signed_tag_is_annotated_and_verifies(at: Scene, key: SigningKey) -> None:
    commit, tag_object = await sign(at, key)
    await at.mirror.verify_tag(_TAG, commit, key, tag_object)
    text = mirror_of(at).git("cat-file", "tag", _TAG)
    assert f"object {commit}\ntype commit\ntag {_TAG}\ntagger Sentinel <sentinel@localhost>" in text
    assert "# Release\n\n- all of it\n" in text
    assert at.work.git("tag") == ""


async def test_a_tag_that_an_abandoned_candidate_left_is_replaced(at: Scene, key: SigningKey) -> None:
    first, left = await sign(at, key)
    at.work.commit("second")
    commit = await at.fetch(None)
    made = await at.mirror.sign_tag(_TAG, commit, "again", key)
    await at.mirror.verify_tag(_TAG, commit, key, made)
    with pytest.raises(MovedTagError):
        await at.mirror.verify_tag(_TAG, first, key, left)


async def test_a_deleted_tag_is_gone_and_can_be_made_again(at: Scene, key: SigningKey) -> None:
    commit, tag_object = await sign(at, key)
    await at.mirror.delete_tag(_TAG)
    await at.mirror.delete_tag(_TAG)
    with pytest.raises(TagMissingError):
        await at.mirror.verify_tag(_TAG, commit, key, tag_object)
    await sign(at, key)


async def test_a_moved_tag_is_found_out(at: Scene, key: SigningKey) -> None:
    commit, tag_object = await sign(at, key)
    at.work.commit("second")
    other = await at.mirror.sign_tag("v1.1.0", await at.fetch(None), "x", key)
    mirror_of(at).git("update-ref", f"refs/tags/{_TAG}", other)
    with pytest.raises(MovedTagError):
        await at.mirror.verify_tag(_TAG, commit, key, tag_object)


async def test_a_lightweight_tag_is_not_the_release_tag(at: Scene, key: SigningKey) -> None:
    commit, tag_object = await sign(at, key)
    mirror_of(at).git("update-ref", f"refs/tags/{_TAG}", commit)
    with pytest.raises(MovedTagError):
        await at.mirror.verify_tag(_TAG, commit, key, tag_object)


@pytest.mark.parametrize(("old", "new"), [("all of it", "none of it"), ("\n-----BEGIN SSH", "\n-----BEGUN SSH")])
async def test_an_edited_tag_does_not_verify(at: Scene, key: SigningKey, old: str, new: str) -> None:
    commit, _ = await sign(at, key)
    mirror = mirror_of(at)
    text = mirror.git("cat-file", "tag", _TAG).replace(old, new) + "\n"
    forged = mirror.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=text)
    mirror.git("update-ref", f"refs/tags/{_TAG}", forged)
    with pytest.raises(BadTagSignatureError):
        await at.mirror.verify_tag(_TAG, commit, key, forged)


async def test_a_tag_of_another_key_does_not_verify(at: Scene, key: SigningKey) -> None:
    other = await ensure_key(at.folder / "other", "ssh", "", environ=at.work.environ)
    commit, tag_object = await sign(at, other)
    with pytest.raises(BadTagSignatureError):
        await at.mirror.verify_tag(_TAG, commit, key, tag_object)
    await at.mirror.verify_tag(_TAG, commit, key, await at.mirror.sign_tag(_TAG, commit, "again", key))


async def test_only_the_one_tag_is_pushed_and_only_once(at: Scene, key: SigningKey) -> None:
    _, tag_object = await sign(at, key)
    at.work.git("tag", "private")
    await at.fetch()
    assert not await at.mirror.remote_tag_objects(at.work.root, "origin", _TAG)
    await at.mirror.push_tag(at.work.root, "origin", _TAG, tag_object)
    await at.mirror.push_tag(at.work.root, "origin", _TAG, tag_object)
    assert await at.mirror.remote_tag_objects(at.work.root, "origin", _TAG)
    assert at.remote.git("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags") == (
        f"{tag_object} refs/tags/{_TAG}"
    )


async def test_a_tag_that_the_remote_has_already_is_not_replaced(at: Scene, key: SigningKey) -> None:
    _, tag_object = await sign(at, key)
    at.remote.git("tag", _TAG, "main")
    with pytest.raises(PushWouldFailError, match="already exists"):
        await at.mirror.try_push(at.work.root, "origin", _TAG)
    with pytest.raises(PushFailedError, match="already exists"):
        await at.mirror.push_tag(at.work.root, "origin", _TAG, tag_object)


async def test_a_push_that_is_tried_has_no_effect(at: Scene, key: SigningKey) -> None:
    _, tag_object = await sign(at, key)
    await at.mirror.try_push(at.work.root, "origin", _TAG)
    await at.mirror.try_push(at.work.root, "origin", "v0.0.0-try", at.work.head)
    assert at.remote.git("tag") == ""
    await at.mirror.push_tag(at.work.root, "origin", _TAG, tag_object)
    await at.mirror.try_push(at.work.root, "origin", _TAG)


async def test_what_the_remote_says_is_shown_without_its_escape_sequences(at: Scene, key: SigningKey) -> None:
    _, tag_object = await sign(at, key)
    gone = at.folder / "go\x1b[31mne"
    at.work.git("remote", "set-url", "origin", str(gone))
    with pytest.raises(PushRefusedError) as caught:
        await at.mirror.push_tag(at.work.root, "origin", _TAG, tag_object)
    assert "\x1b" not in str(caught.value)
    with pytest.raises(RemoteUnreachableError):
        await at.mirror.remote_tag_objects(at.work.root, "origin", _TAG)


async def test_a_remote_that_the_working_copy_lacks_is_named(at: Scene, key: SigningKey) -> None:
    _, tag_object = await sign(at, key)
    with pytest.raises(RemoteMissingError, match="upstream"):
        await at.mirror.push_tag(at.work.root, "upstream", _TAG, tag_object)


@pytest.mark.parametrize("name", ["-d", "--list", "a:b", "v1 0", "v1\n"])
async def test_a_tag_name_that_git_could_misread_never_reaches_it(at: Scene, key: SigningKey, name: str) -> None:
    commit = await at.fetch()
    with pytest.raises(RefNameError):
        await at.mirror.sign_tag(name, commit, "x", key)


async def test_a_message_cannot_pass_for_a_signature(at: Scene, key: SigningKey) -> None:
    commit = await at.fetch()
    message = "x\n-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n\0\ud800"
    tag_object = await at.mirror.sign_tag(_TAG, commit, message, key)
    await at.mirror.verify_tag(_TAG, commit, key, tag_object)


async def test_a_key_that_is_gone_leaves_no_tag(at: Scene, key: SigningKey) -> None:
    commit = await at.fetch()
    with pytest.raises(TagNotSignedError, match="gone"):
        await at.mirror.sign_tag(_TAG, commit, "x", replace(key, secret=str(at.folder / "gone")))
    assert mirror_of(at).git("tag") == ""
