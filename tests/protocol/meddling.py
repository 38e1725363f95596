"""What may happen behind Sentinel's back between one step of a release and the next."""

import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.adapters.http_services import answers
from tests.protocol.installation import Installation
from tests.protocol.small import Small

Meddling = Callable[[Installation, Small], None]


def mirror_git(site: Installation, small: Small, *words: str) -> str:
    """Git in the mirror that the daemon owns."""
    return small.git("--git-dir", str(site.home / "projects" / small.id / "mirror.git"), *words)


def kept_artifact(site: Installation) -> Path:
    release = site.operator.ask("status")["status"]["release"]
    return site.home.joinpath("artifacts", release["id"], "out", "app")


def change_a_byte(site: Installation, _small: Small) -> None:
    artifact = kept_artifact(site)
    artifact.chmod(0o644)
    artifact.write_text("other\n")


def add_an_artifact(site: Installation, _small: Small) -> None:
    artifact = kept_artifact(site)
    artifact.parent.chmod(0o755)
    artifact.with_name("more").touch()


def move_the_tag(site: Installation, small: Small) -> None:
    head = small.git("rev-parse", "HEAD")
    mirror_git(site, small, "tag", "--force", "--annotate", "--message=moved", "v0.1.0", head)


def remove_the_tag(site: Installation, small: Small) -> None:
    mirror_git(site, small, "tag", "--delete", "v0.1.0")


def exchange_a_script(site: Installation, small: Small) -> None:
    """In the mirror alone, under the id by which the commit names it."""
    blob = small.git("rev-parse", "HEAD:deploy/production.sh")
    mirror = site.home / "projects" / small.id / "mirror.git"
    for pack in mirror.glob("objects/pack/*.pack"):
        aside = pack.replace(small.marks.with_name(pack.name))
        with aside.open("rb") as content:
            subprocess.run(["git", "--git-dir", mirror, "unpack-objects", "-q"], stdin=content, check=True)
    kept = mirror / "objects" / blob[:2] / blob[2:]
    other = b"#!/bin/sh\ntrue\n"
    kept.unlink()
    kept.write_bytes(zlib.compress(b"blob %d\0%s" % (len(other), other)))


def drop_the_commit(_site: Installation, small: Small) -> None:
    small.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "Begin otherwise")


def tag_the_remote(_site: Installation, small: Small) -> None:
    small.git("push", "--quiet", "origin", "main:refs/tags/v0.1.0")


def remove_the_remote(_site: Installation, small: Small) -> None:
    remote = Path(small.git("remote", "get-url", "origin"))
    remote.rename(remote.with_name("gone.git"))


def trust_another_policy(site: Installation, small: Small) -> None:
    small.change_policy({"staging": {"soak": "2ms"}})
    small.commit("Soak longer")
    small.git("push", "--quiet", "origin", "main")
    site.pin()


def break_staging(_site: Installation, small: Small) -> None:
    small.staging.behaviour = answers(503)


def prepare_for(small: Small) -> None:
    """A remote, and a health check that does not take long to fail."""
    small.change_policy({"project": {"remote": "origin"}, "staging": {"health_timeout": "1s"}})
    small.commit("Name the remote")
    small.add_remote()
