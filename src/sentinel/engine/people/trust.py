"""A person reads what Sentinel would execute of the repository, and pins it."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import ClassVar

from sentinel.core.policy.pinning import Pin, distrust, shown_file, trust_digest, unseen
from sentinel.core.release.change import update
from sentinel.core.release.model import BlockedBy, Project
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style
from sentinel.core.values.urls import login_in
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.approvers_file import approvers_digest, shown_approvers
from sentinel.engine.commit_policy import PolicyAtCommit, policy_at, untrusted_policy
from sentinel.engine.readiness import missing_addresses, still_marked, unpushable, unready
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.policy import LoginInUrlError
from sentinel.errors.release import TrustChangedError
from sentinel.ports.repository import Reader, Repository


class TrustFile(Frozen):
    """A file that `sentinel trust` pins, as a person reads it: compared with what was trusted before."""

    path: str
    shown: tuple[str, ...]
    sha256: str


class TrustPreview(Frozen):
    """What a person is about to trust; `digest` is what the pin is bound to.

    `unseen` says of which commands Sentinel does not know what they start. `warnings` will block a release, `notes`
    will not. `remote` is where releases are read from and pushed to.
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


class PreviewTrust(OperatorRequest):
    wire: ClassVar[str] = "trust_preview"

    async def carry_out(self, call: Call) -> TrustPreview:
        project = await call.project()
        repository, found = await _at_head(call, project, remote=False)
        pushing = await unpushable(repository, found.policy, found.commit)
        remote, approvers = await repository.addresses(), await approvers_digest(call.world, found.policy)
        async with repository.reading() as reader:
            paths = await (await reader.at(found.commit)).paths()
            before = await _trusted_contents(reader, project.pin, found)
        files = [_shown(path, content, before.get(path)) for path, content in found.contents.items()]
        return TrustPreview(
            commit=found.commit,
            digest=trust_digest(found.digest, remote, approvers),
            files=tuple(files),
            already_trusted=_is_trusted(project.pin, found, remote, approvers),
            approvers=await shown_approvers(call.world, found.policy),
            unseen=unseen(found.policy, found.contents, paths),
            remote=remote,
            warnings=(
                *await unready(call.world, call.project_id, found),
                *still_marked(found),
                *await missing_addresses(call.world, found.policy),
                *pushing,
            ),
            notes=tuple(filter(None, [found.policy.unproven()])),
        )

    def render(self, result: TrustPreview, screen: Screen) -> str:
        return "\n".join(_preview_lines(result, screen))


class Trust(OperatorRequest):
    """`digest` is that of the preview that the person read."""

    wire: ClassVar[str] = "trust"
    digest: str

    async def carry_out(self, call: Call) -> Answer:
        """Raises TrustChangedError if the head no longer has what was shown."""
        repository, found = await _at_head(call, await call.project())
        remote, approvers = await repository.addresses(), await approvers_digest(call.world, found.policy)
        if trust_digest(found.digest, remote, approvers) != self.digest:
            raise TrustChangedError
        async with transaction(call.world, call.project_id) as tx:
            pin = Pin(
                commit=found.commit,
                files=found.files,
                digest=found.digest,
                policy=found.policy,
                by=call.by,
                at=tx.now.wall,
                remote=remote,
                approvers=approvers,
            )
            fields = {"pin": pin, "name": found.policy.project.name}
            tx.apply(
                update(
                    tx.project,
                    "policy.trusted",
                    call.by,
                    f"policy trusted by {call.by}",
                    fields,
                    digest=self.digest,
                    remote=[*remote],
                )
            )
        await call.world.secrets.learn_files(found.policy)
        return await call.answer(f"Trusted: sentinel.toml and {len(found.files) - 1} scripts.")


_STYLES: Mapping[str, Style] = {"+": "green", "-": "red", "@": "cyan", "=": "bold"}
"""Of a line of a file, by its first character."""


def _preview_lines(preview: TrustPreview, screen: Screen) -> Iterator[str]:
    yield f"At commit {preview.commit[:12]}, digest"
    yield f"{preview.digest}:"
    yield from _remote(preview.remote)
    for file in preview.files:
        yield ""
        for line in file.shown:
            style = _STYLES.get(line[:1])
            yield screen.paint(line, style) if style is not None else line
    if preview.approvers:
        yield from ("", *preview.approvers)
    yield ""
    if preview.unseen:
        yield from preview.unseen
        yield 'What they start is not pinned, and can change unseen. `[trust] also = ["deploy/**"]` pins whole folders.'
    yield from (f"Warning: {warning.message} {warning.fix}" for warning in preview.warnings)
    yield from (f"Note: {note}" for note in preview.notes)


def _remote(addresses: tuple[str, ...]) -> Iterator[str]:
    """Where releases are read from, and where their tags are pushed if that is another address."""
    if addresses:
        read, *pushed = map(printable, addresses)
        yield f"Remote: {read}"
        yield from (f"Tags are pushed to: {address}" for address in pushed if pushed != [read])


async def _at_head(call: Call, project: Project, *, remote: bool = True) -> tuple[Repository, PolicyAtCommit]:
    """The policy at the head of the release branch, from wherever its remote is now.

    Raises LoginInUrlError.
    """
    policy = await untrusted_policy(call.world, project)
    repository = call.world.repository(project.model_copy(update={"pin": None}), policy)
    found = await policy_at(call.world, repository, await repository.head(remote=remote))
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
    """The trusted content of the files that would be trusted now."""
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
