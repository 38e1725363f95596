"""Closure (protocol 4.2): merged branches go, here and on the remote, and a failure of it warns and goes on."""

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
        assert "Deleted merged branches: feature/merged. The sprint is closed." in closed["message"]
        assert await agent.names(client) == ["release_status", "start_sprint"]
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
        assert await agent.names(client) == ["release_status", "start_sprint", "emergency_rollback"]


def _warnings(site: Installation) -> list[str]:
    """What the history says of the last closure."""
    return list(next(e for e in reversed(history(site)) if e["data"].get("on") == "release closed")["data"]["warnings"])
