"""`sentinel trust`: what a person is shown, and the pin that their yes becomes."""

import hashlib

from sentinel.core.policy.pinning import Pin, distrust, trust_digest
from sentinel.core.policy.trust_text import shown_file
from sentinel.core.policy.unseen import unseen
from sentinel.core.release.change import update
from sentinel.core.release.model import BlockedBy, Project
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.urls import login_in
from sentinel.engine.approvers_file import approvers_digest, shown_approvers
from sentinel.engine.commit_policy import PolicyAtCommit, policy_at, untrusted_policy
from sentinel.engine.projects import Projects
from sentinel.engine.readiness import missing_addresses, still_marked, unpushable, unready
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer, Views
from sentinel.errors.policy import LoginInUrlError
from sentinel.errors.release import TrustChangedError
from sentinel.ports.world import Reader, Repository, World


class TrustFile(Frozen):
    """A file that `sentinel trust` pins, as a person reads it: the bytes at the head against the trusted ones."""

    path: str
    shown: tuple[str, ...]
    sha256: str


class TrustPreview(Frozen):
    """What a person is about to trust; `digest` is what the pin is bound to.

    `unseen` are sentences on commands of which it is not known what they start. `warnings` will block a release, and
    `notes` will not. `remote` is where releases are read and pushed to.
    """

    commit: str
    digest: str
    files: tuple[TrustFile, ...]
    already_trusted: bool
    unseen: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    remote: tuple[str, ...] = ()
    warnings: tuple[BlockedBy, ...] = ()
    notes: tuple[FreeText, ...] = ()


class Trusting:
    """Pins the committed bytes at the release branch's head."""

    def __init__(self, world: World, projects: Projects, views: Views) -> None:
        self._world = world
        self._projects = projects
        self._views = views

    async def preview(self, project_id: str) -> TrustPreview:
        project = await self._projects.load(project_id)
        repository, found = await self._at_head(project, remote=False)
        pushing = await unpushable(repository, found.policy, found.commit)
        remote, approvers = await repository.addresses(), await approvers_digest(self._world, found.policy)
        async with repository.reading() as reader:
            paths = await (await reader.at(found.commit)).paths()
            before = await _trusted_contents(reader, project.pin, found)
        files = [_shown(path, content, before.get(path)) for path, content in found.contents.items()]
        return TrustPreview(
            commit=found.commit,
            digest=trust_digest(found.digest, remote, approvers),
            files=tuple(files),
            already_trusted=_is_trusted(project.pin, found, remote, approvers),
            approvers=await shown_approvers(self._world, found.policy),
            unseen=unseen(found.policy, found.contents, paths),
            remote=remote,
            warnings=(
                *await unready(self._world, project_id, found),
                *still_marked(found),
                *await missing_addresses(self._world, found.policy),
                *pushing,
            ),
            notes=tuple(filter(None, [found.policy.unproven()])),
        )

    async def trust(self, project_id: str, *, digest: str, by: str) -> Answer:
        """Raises TrustChangedError unless the head still holds what was shown."""
        repository, found = await self._at_head(await self._projects.load(project_id))
        remote, approvers = await repository.addresses(), await approvers_digest(self._world, found.policy)
        if trust_digest(found.digest, remote, approvers) != digest:
            raise TrustChangedError
        async with transaction(self._world, project_id) as tx:
            pin = Pin(
                commit=found.commit,
                files=found.files,
                digest=found.digest,
                policy=found.policy,
                by=by,
                at=tx.now.wall,
                remote=remote,
                approvers=approvers,
            )
            fields = {"pin": pin, "name": found.policy.project.name}
            tx.apply(
                update(
                    tx.project, "policy.trusted", by, f"policy trusted by {by}", fields, digest=digest, remote=[*remote]
                )
            )
        await self._world.secrets.learn_files(found.policy)
        return await self._views.answer(project_id, f"Trusted: sentinel.toml and {len(found.files) - 1} scripts.")

    async def _at_head(self, project: Project, *, remote: bool = True) -> tuple[Repository, PolicyAtCommit]:
        """The policy at the head of the branch that is released from, wherever its remote is now.

        Raises LoginInUrlError.
        """
        policy = await untrusted_policy(self._world, project)
        repository = self._world.repository(project.model_copy(update={"pin": None}), policy)
        found = await policy_at(repository, await repository.head(remote=remote))
        for key, url in found.policy.urls():
            if login_in(url):
                raise LoginInUrlError(key=key)
        return repository, found


def _is_trusted(pin: Pin | None, found: PolicyAtCommit, remote: tuple[str, ...], approvers: str | None) -> bool:
    same = pin is not None and pin.approvers == approvers and _remote_of(pin) == remote
    return same and distrust(pin, found.files) is None


def _remote_of(pin: Pin | None) -> tuple[str, ...]:
    return (pin.remote or ()) if pin is not None else ()


async def _trusted_contents(reader: Reader, pin: Pin | None, found: PolicyAtCommit) -> dict[str, bytes | None]:
    """What was trusted before of the files that are to be trusted now."""
    both = [file.path for file in pin.files if file.path in found.contents] if pin else []
    if pin is None or not both:
        return {}
    files = await reader.at(pin.commit)
    return {path: await files.read(path) for path in both}


def _shown(path: str, content: bytes, before: bytes | None) -> TrustFile:
    return TrustFile(
        path=path,
        shown=shown_file(path, content, before),
        sha256=hashlib.sha256(content).hexdigest(),
    )
