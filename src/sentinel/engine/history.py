"""Findings and the audit chain, as people work with them (protocol 1.1)."""

from collections import Counter

from anyio import to_thread

from sentinel.core.audit.binding import Binding, follow_bindings
from sentinel.core.audit.chain import (
    AuditHead,
    ChainFault,
    follow_chain,
    verify_end,
)
from sentinel.core.audit.findings import (
    Finding,
    Imported,
    Resolution,
    ScanReport,
    Severity,
    StoredFinding,
)
from sentinel.core.audit.sarif import read_sarif
from sentinel.core.proof.checkpoint import contradiction
from sentinel.core.proof.tag_object import TagObject
from sentinel.core.values.frozen import Frozen
from sentinel.engine.commit_policy import routing_policy
from sentinel.engine.findings import record_finding
from sentinel.engine.projects import Projects
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.tag_checkpoints import heard, tags_of
from sentinel.errors.release import MissingReasonError, UnknownFindingError
from sentinel.ports.world import World


class Proved(Frozen):
    """What a look at the whole history found: how many entries, how many tags that vouch for them, the first fault.

    `lost` counts the tags of another history, which is lost, as a person has accepted.
    """

    entries: int
    tags: int
    fault: ChainFault | None
    lost: int = 0


class Keys(Frozen):
    """What others verify a project's history with: the verifier key, and the files for its release tags by name."""

    verifier: str
    files: dict[str, str]


class History:
    """Reads and proves what happened; resolves what a person has looked at."""

    def __init__(self, world: World, projects: Projects) -> None:
        self._world = world
        self._projects = projects

    async def findings(self, project_id: str, *, open_only: bool) -> tuple[StoredFinding, ...]:
        project = await self._projects.load(project_id)
        session = project.sprint.id if project.sprint else None
        return await self._world.store.findings(project_id, session=session, open_only=open_only)

    async def import_sarif(self, project_id: str, *, document: str, by: str) -> Imported:
        """Raises what `read_sarif` raises: what is no whole scan changes nothing."""
        log = await to_thread.run_sync(read_sarif, document)
        project = await self._projects.load(project_id)
        high = {name.casefold() for name in project.pin.policy.audit.high} if project.pin else set[str]()
        raised = {one.fingerprint for one in log.findings if not one.rated and one.scan.tool.casefold() in high}
        async with transaction(self._world, project_id) as tx:
            session = tx.project.session
            findings = tuple(
                Finding(
                    fingerprint=one.fingerprint,
                    session=session,
                    severity=Severity.HIGH if one.high or one.fingerprint in raised else Severity.LOW,
                    rule=one.rule,
                    message=f"{one.message} ({one.location})" if one.location else one.message,
                    source=f"sarif by {by}",
                    found_at=tx.now.wall,
                    scan=one.scan,
                )
                for one in log.findings
            )
            report = ScanReport(session=session, scans=log.scans, findings=findings, by=by, at=tx.now.wall)
            imported = await tx.import_scan(report)
        unrated = Counter(one.scan.tool for one in log.findings if not one.rated and one.fingerprint not in raised)
        return imported.model_copy(update={"unrated": dict(unrated)})

    async def resolve_finding(self, project_id: str, *, number: int, reason: str, by: str) -> StoredFinding:
        """Raises MissingReasonError or UnknownFindingError."""
        if not reason.strip():
            raise MissingReasonError
        async with transaction(self._world, project_id) as tx:
            resolved = await tx.resolve_finding(number, Resolution(by=by, reason=reason, at=tx.now.wall))
        if resolved is None:
            raise UnknownFindingError(number=number)
        return resolved

    async def verify(self, project_id: str) -> Proved:
        """Reads the whole chain, page by page; its first fault becomes a high finding."""
        store = self._world.store
        # Before the head is: a tag that is made meanwhile was signed over more than that.
        project = await self._projects.load(project_id)
        testimony = await heard(self._world, project)
        head = await store.audit_head(project_id)
        count, digests = 0, dict[int, str]()
        reached: AuditHead | ChainFault = AuditHead()
        bound: Binding | ChainFault = Binding()
        async for page in store.audit_history(project_id):
            count += len(page)
            digests.update({one.sequence: one.digest for one in page if one.sequence in testimony.sizes})
            if isinstance(reached, AuditHead):
                # In a thread: a page takes long enough for others to notice.
                reached = await to_thread.run_sync(follow_chain, page, reached, head)
            if isinstance(bound, Binding):
                bound = await to_thread.run_sync(follow_bindings, page, bound, project_id)
        fault = verify_end(reached, head) if isinstance(reached, AuditHead) else reached
        if fault is not None and fault.sequence > head.sequence and await store.audit_head(project_id) != head:
            # It was written while the others were read, and is another day's.
            fault = None
        if fault is None:
            fault = testimony.fault or contradiction(testimony.witnesses, digests, head.sequence)
        if fault is None:
            fault = bound if isinstance(bound, ChainFault) else await self._beside(project_id, head, bound)
        if fault is not None:
            await self._record(project_id, fault)
        tags = len({one.where for one in testimony.witnesses})
        return Proved(entries=count, tags=tags, fault=fault, lost=len(project.lost_tags))

    async def _beside(self, project_id: str, head: AuditHead, bound: Binding) -> ChainFault | None:
        """What is stored now against what the history has left; nothing where that has gone on meanwhile."""
        stored = await self._world.store.stored(project_id)
        return bound.end(stored) if stored is not None and stored.head == head else None

    async def keys(self, project_id: str) -> Keys:
        """Raises HistoryKeyUnusableError, and what is wrong with the key of the tags."""
        project = await self._projects.load(project_id)
        verifier = await self._world.history_keys.verifier(project_id)
        files = await self._world.repository(project, await routing_policy(self._world, project)).public_files()
        return Keys(verifier=str(verifier), files=files)

    async def own_tags(self, project_id: str) -> tuple[TagObject, ...]:
        project = await self._projects.load(project_id)
        return tuple(tag for tag in await tags_of(self._world, project) if tag.own)

    async def _record(self, project_id: str, fault: ChainFault) -> None:
        async with transaction(self._world, project_id) as tx:
            message = f"The audit history was tampered with: {fault.problem}."
            await record_finding(tx, Severity.HIGH, "tampered-history", message)
