"""Closure (protocol 4.2): merged branches go, here and on the remote, and a failure of it warns and goes on."""

import os
from functools import partial

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, history, release


@pytest.mark.requirement("P4.2-branches", "P4.2-archived", "P4.2-sprint", "P4.2-idle")
async def test_merged_feature_branches_go_and_nothing_else_does(site: Installation, live: Live) -> None:
    small = live.small
    remote, gone = small.root.with_name(f"{small.root.name}.git"), live.file("gone")
    live.script("production", f"test ! -e {live.file('offline')} || mv {remote} {gone}")
    small.change_policy({"project": {"remote": "origin"}, "closure": {"delete_branches": ["feature/*", "ma*"]}})
    small.commit("Delete branches")
    for branch in ("feature/merged", "feature/used", "kept", "feature/unmerged"):
        small.git("branch", branch)
    small.git("worktree", "add", "--quiet", str(live.file("worktree")), "feature/used")
    small.git("switch", "--quiet", "feature/unmerged")
    small.git("commit", "--quiet", "--allow-empty", "--message", "Try something")
    small.git("switch", "--quiet", "main")
    small.add_remote()
    small.git("push", "--quiet", "--all", "origin")

    async with governed(site) as client:
        closed = await release(client, site)
        assert (closed["state"], closed["sprint"], closed["release"]) == ("IDLE", None, None), closed
        assert (
            "Deleted merged branches: feature/merged. Kept: "
            "feature/unmerged (it is not merged into the release; a squash merge cannot be told), "
            "feature/used (a worktree uses it), main (a worktree uses it). The sprint is closed."
        ) in closed["message"]
        assert await agent.names(client) == agent.IDLE
        left = ["feature/unmerged", "feature/used", "kept", "main"]
        for repository in (small.root, remote):
            listing = small.git("-C", str(repository), "for-each-ref", "--format=%(refname:short)", "refs/heads")
            assert listing.splitlines() == left
        assert small.git("-C", str(remote), "tag") == "v0.1.0"
        assert _warnings(site) == [
            "feature/unmerged was kept: it is not merged into the release; a squash merge cannot be told",
            "feature/used was kept: a worktree uses it",
            "main was kept: a worktree uses it",
            "origin/feature/unmerged was kept: it is not merged into the release; a squash merge cannot be told",
            "origin/feature/used was kept: a worktree uses it",
            "origin/main was kept: a worktree uses it",
        ]

        small.next_changes("0.1.0", "A search.")
        small.git("push", "--quiet", "origin", "main")
        live.file("offline").touch()
        closed = await release(client, site)
        assert (closed["state"], closed["sprint"], closed["production"]["version"]) == ("IDLE", None, "0.2.0"), closed
        assert "origin was kept: " in _warnings(site)[-1]
        assert await agent.names(client) == [
            "release_status",
            "start_sprint",
            "emergency_rollback",
            "preview_release",
            "hold_release",
        ]


@pytest.mark.requirement("P4.2-branches")
async def test_branches_with_odd_names_go_too_and_the_closure_goes_on(site: Installation, live: Live) -> None:
    small = live.small
    small.change_policy({"project": {"remote": "origin"}, "closure": {"delete_branches": ["feature/*"]}})
    small.commit("Delete branches")
    remote = small.add_remote()
    head = small.git("rev-parse", "HEAD")
    for git in (small.git, partial(small.git, "--git-dir", str(remote))):
        for name in (b"feature/caf\xe9", "feature/one\u2028two".encode(), b"feature/plain"):
            git("update-ref", os.fsdecode(b"refs/heads/" + name), head)
    small.git("switch", "--quiet", "--create", "feature/squashed")
    small.write("more.txt", "more\n")
    small.commit("More")
    small.git("switch", "--quiet", "main")
    small.git("merge", "--quiet", "--squash", "feature/squashed")
    small.commit("More, in one commit")
    small.git("push", "--quiet", "origin", "main")
    async with governed(site) as client:
        closed = await release(client, site)
    assert closed["state"] == "IDLE", closed
    assert (
        r"Deleted merged branches: feature/caf\xe9, feature/one\u2028two, feature/plain. Kept: feature/squashed "
        "(it is not merged into the release; a squash merge cannot be told). The sprint is closed."
    ) in closed["message"]
    assert small.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n") == [
        "feature/squashed",
        "main",
    ]
    assert small.git("--git-dir", str(remote), "for-each-ref", "--format=%(refname:short)", "refs/heads") == "main"


def _warnings(site: Installation) -> list[str]:
    """What the history says of the last closure."""
    return list(next(e for e in reversed(history(site)) if e["data"].get("on") == "release closed")["data"]["warnings"])
