"""What the operator socket carries: every command with its arguments, and what it comes to."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue

from sentinel.core.duration import Duration
from sentinel.core.frozen import Frozen
from sentinel.core.policy import Channel
from sentinel.core.policy_values import Branch
from sentinel.core.printable import printable
from sentinel.core.release import Origin
from sentinel.core.requests import Line, Name, Version
from sentinel.core.sshsig import ARMOR_LIMIT
from sentinel.core.tokens import Role
from sentinel.engine.faces import AdoptedFiles, Answer, ApprovalAnswer, OperatorFace

LONGEST_WAIT_SECONDS = 50


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError("an absolute path")
    return path


class Nothing(Frozen):
    """No arguments."""


class Phrase(Frozen):
    approval_id: str
    plan_digest: str
    phrase: str
    channel: Channel
    signature: Annotated[str, Field(max_length=ARMOR_LIMIT)] | None = None


class SprintName(Frozen):
    name: Name


class Rejected(Frozen):
    """`approval_id` is the question that was shown; None is whichever is open."""

    approval_id: str | None = None
    reason: Line | None = None


class Abandoned(Frozen):
    release_id: str
    reason: Line


class Cancelled(Frozen):
    operation_id: str
    reason: Line


class Leaving(Frozen):
    """`text` is what was shown and confirmed; None where nothing was."""

    reason: Line
    text: str | None = None


class VersionName(Frozen):
    version: Version


class Adopted(VersionName):
    """`commit` is that of the tag, as it was confirmed; None where nothing was."""

    commit: str | None = None
    folder: Annotated[str, Field(max_length=4096), AfterValidator(_absolute)] | None = None
    without: bool = False


class Production(Frozen):
    production: Version | None


class Followed(Frozen):
    operation_id: str
    seconds: Annotated[float, Field(ge=0, le=LONGEST_WAIT_SECONDS)]


class Digest(Frozen):
    digest: str


class Which(Frozen):
    open_only: bool


class Document(Frozen):
    document: str


class Resolved(Frozen):
    number: int
    reason: Annotated[str, Field(max_length=500), AfterValidator(printable)]


class Page(Frozen):
    after: Annotated[int, Field(ge=0)]
    limit: Annotated[int, Field(ge=1, le=1000)]


class LastPage(Page):
    before: Annotated[int, Field(ge=0)] | None


class NewToken(Frozen):
    name: Name
    role: Role
    expires: Duration | None


class NewProject(Frozen):
    url: Annotated[str, Field(max_length=2000)]
    branch: Branch


class TokenId(Frozen):
    id: Annotated[str, Field(max_length=100), AfterValidator(printable)]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which project (none, where a command is about none), of whom."""

    face: OperatorFace
    project: str
    by: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command's arguments, and what it does with them."""

    arguments: type[Frozen]
    carry_out: Callable[[Asker, Any], Awaitable[JsonValue]]
    about_project: bool = True


def _answered(answer: Answer) -> JsonValue:
    return {"status": answer.status.model_dump(mode="json"), "operation_id": answer.operation_id}


async def _status(asker: Asker, _: Nothing) -> JsonValue:
    return (await asker.face.operator_status(asker.project)).model_dump(mode="json")


async def _checks(asker: Asker, _: Nothing) -> JsonValue:
    return [check.model_dump(mode="json") for check in await asker.face.checks(asker.project)]


async def _question(asker: Asker, _: Nothing) -> JsonValue:
    return (await asker.face.question(asker.project)).model_dump(mode="json")


async def _approve(asker: Asker, given: Phrase) -> JsonValue:
    answer = ApprovalAnswer(
        given.approval_id, given.plan_digest, given.phrase, asker.by, given.channel, given.signature
    )
    return _answered(await asker.face.approve(asker.project, answer))


async def _approver_keys(asker: Asker, _: Nothing) -> JsonValue:
    return list(await asker.face.approver_keys(asker.project))


async def _reject(asker: Asker, given: Rejected) -> JsonValue:
    answer = await asker.face.reject(asker.project, approval_id=given.approval_id, reason=given.reason, by=asker.by)
    return _answered(answer)


async def _abandon(asker: Asker, given: Abandoned) -> JsonValue:
    answer = await asker.face.abandon(asker.project, release_id=given.release_id, reason=given.reason, by=asker.by)
    return _answered(answer)


async def _cancel(asker: Asker, given: Cancelled) -> JsonValue:
    answer = await asker.face.cancel(asker.project, operation_id=given.operation_id, reason=given.reason, by=asker.by)
    return _answered(answer)


async def _start_sprint(asker: Asker, given: SprintName) -> JsonValue:
    return _answered(await asker.face.start_sprint(asker.project, name=given.name, by=asker.by))


async def _close_sprint(asker: Asker, _: Nothing) -> JsonValue:
    return _answered(await asker.face.close_sprint(asker.project, by=asker.by))


async def _rollback_text(asker: Asker, _: Nothing) -> JsonValue:
    return await asker.face.rollback_text(asker.project)


async def _rollback(asker: Asker, given: Leaving) -> JsonValue:
    return _answered(await asker.face.rollback(asker.project, reason=given.reason, text=given.text, by=asker.by))


async def _adoption(asker: Asker, given: VersionName) -> JsonValue:
    return (await asker.face.adoption(asker.project, version=given.version)).model_dump(mode="json")


async def _adopt(asker: Asker, given: Adopted) -> JsonValue:
    files = AdoptedFiles(given.commit, given.folder, given.without)
    return _answered(await asker.face.adopt(asker.project, version=given.version, by=asker.by, files=files))


async def _resolve(asker: Asker, given: Production) -> JsonValue:
    return _answered(await asker.face.resolve(asker.project, production=given.production, by=asker.by))


async def _follow(asker: Asker, given: Followed) -> JsonValue:
    """How an operation ended, or how it stands after the next change; `ended` says which."""
    async with asker.face.watch(asker.project) as watch:
        ended = await asker.face.outcome(asker.project, given.operation_id)
        if ended is None:
            await watch.wait(given.seconds)
            ended = await asker.face.outcome(asker.project, given.operation_id)
    status = ended or (await asker.face.operator_status(asker.project)).status
    return {"ended": ended is not None, "status": status.model_dump(mode="json")}


async def _trust_preview(asker: Asker, _: Nothing) -> JsonValue:
    return (await asker.face.trust_preview(asker.project)).model_dump(mode="json")


async def _trust(asker: Asker, given: Digest) -> JsonValue:
    return _answered(await asker.face.trust(asker.project, digest=given.digest, by=asker.by))


async def _findings(asker: Asker, given: Which) -> JsonValue:
    found = await asker.face.findings(asker.project, open_only=given.open_only)
    return [finding.model_dump(mode="json") for finding in found]


async def _import_sarif(asker: Asker, given: Document) -> JsonValue:
    imported = await asker.face.import_sarif(asker.project, document=given.document, by=asker.by)
    return imported.model_dump(mode="json")


async def _resolve_finding(asker: Asker, given: Resolved) -> JsonValue:
    found = await asker.face.resolve_finding(asker.project, number=given.number, reason=given.reason, by=asker.by)
    return found.model_dump(mode="json")


async def _audit_entries(asker: Asker, given: Page) -> JsonValue:
    entries = await asker.face.audit_entries(asker.project, after=given.after, limit=given.limit)
    return [entry.model_dump(mode="json") for entry in entries]


async def _newest_audit_entries(asker: Asker, given: LastPage) -> JsonValue:
    entries = await asker.face.newest_audit_entries(
        asker.project, after=given.after, before=given.before, limit=given.limit
    )
    return [entry.model_dump(mode="json") for entry in entries]


async def _verify_audit(asker: Asker, _: Nothing) -> JsonValue:
    found = await asker.face.verify_audit(asker.project)
    fault = found.fault
    named: JsonValue = {"sequence": fault.sequence, "problem": fault.problem} if fault else None
    return {"entries": found.entries, "tags": found.tags, "fault": named}


async def _audit_keys(asker: Asker, _: Nothing) -> JsonValue:
    return (await asker.face.audit_keys(asker.project)).model_dump(mode="json")


async def _audit_tags(asker: Asker, _: Nothing) -> JsonValue:
    tags = await asker.face.audit_tags(asker.project)
    return [{"name": tag.name, "content": base64.b64encode(tag.content).decode()} for tag in tags]


async def _create_token(asker: Asker, given: NewToken) -> JsonValue:
    created = await asker.face.create_token(
        asker.project, name=given.name, role=given.role, expires=given.expires, by=asker.by
    )
    return created.model_dump(mode="json")


async def _tokens(asker: Asker, _: Nothing) -> JsonValue:
    return [token.model_dump(mode="json") for token in await asker.face.tokens(asker.project)]


async def _revoke_token(asker: Asker, given: TokenId) -> JsonValue:
    return (await asker.face.revoke_token(asker.project, id=given.id, by=asker.by)).model_dump(mode="json")


async def _add_project(asker: Asker, given: NewProject) -> JsonValue:
    return await asker.face.register_project(Origin(url=given.url, branch=given.branch), by=asker.by)


COMMANDS: Mapping[str, Command] = {
    "add_project": Command(NewProject, _add_project, about_project=False),
    "status": Command(Nothing, _status),
    "checks": Command(Nothing, _checks),
    "question": Command(Nothing, _question),
    "approver_keys": Command(Nothing, _approver_keys),
    "approve": Command(Phrase, _approve),
    "reject": Command(Rejected, _reject),
    "abandon": Command(Abandoned, _abandon),
    "cancel": Command(Cancelled, _cancel),
    "start_sprint": Command(SprintName, _start_sprint),
    "close_sprint": Command(Nothing, _close_sprint),
    "rollback_text": Command(Nothing, _rollback_text),
    "rollback": Command(Leaving, _rollback),
    "adoption": Command(VersionName, _adoption),
    "adopt": Command(Adopted, _adopt),
    "resolve": Command(Production, _resolve),
    "follow": Command(Followed, _follow),
    "trust_preview": Command(Nothing, _trust_preview),
    "trust": Command(Digest, _trust),
    "findings": Command(Which, _findings),
    "import_sarif": Command(Document, _import_sarif),
    "resolve_finding": Command(Resolved, _resolve_finding),
    "audit_entries": Command(Page, _audit_entries),
    "newest_audit_entries": Command(LastPage, _newest_audit_entries),
    "verify_audit": Command(Nothing, _verify_audit),
    "audit_keys": Command(Nothing, _audit_keys),
    "audit_tags": Command(Nothing, _audit_tags),
    "create_token": Command(NewToken, _create_token),
    "tokens": Command(Nothing, _tokens),
    "revoke_token": Command(TokenId, _revoke_token),
}
"""Each command by its name on the wire; `stop`, which is about no project, is the server's own."""
