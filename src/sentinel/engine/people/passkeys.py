"""Passkeys: they sign an approval or sign a person in to the console; an operator adds them."""

from typing import Annotated, ClassVar

from pydantic import Field

from sentinel.core.approval.passkeys import (
    SIGN_IN,
    Assertion,
    Passkey,
    challenge,
    checked_line,
    document_to_sign_in,
    passkeys_in,
    signature_of,
)
from sentinel.core.approval.question import NAMESPACE, ApprovalAnswer, rules_of
from sentinel.core.approval.sshsig import fingerprint_of
from sentinel.core.policy.values import FileName
from sentinel.core.release.change import note
from sentinel.core.release.model import Project
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.approvals import approve, open_question, read_question
from sentinel.engine.approvers_file import trusted_file
from sentinel.engine.runtime.transactions import transaction
from sentinel.engine.statuses import Answer
from sentinel.errors.approval import NothingToApproveError, PasskeyUnknownError

DEFAULT_FILE = "approvers"
Line = Annotated[str, Field(max_length=4096)]
PAGE = 200


class PasskeyUse(Frozen):
    """What a browser asks a passkey to sign, and the credentials of this console that may."""

    challenge: str
    relying_party: str
    credentials: tuple[str, ...]


class AskForPasskey(OperatorRequest):
    """To sign the open question."""

    wire: ClassVar[str] = "ask_for_passkey"

    async def carry_out(self, call: Call) -> PasskeyUse:
        """Raises NothingToApproveError, OlderPolicyError, PlanChangedError, ApproversUnfitError."""
        question = await read_question(call.world, call.project_id)
        found = await _of_console(call, question.approvers) if question.approvers is not None else ()
        return PasskeyUse(
            challenge=challenge(question.document.encode("ascii"), NAMESPACE),
            relying_party=call.world.approvers.relying_party.id,
            credentials=tuple(passkey.credential for passkey in found),
        )


class ApproveByPasskey(OperatorRequest):
    """As `Approve`, signed with an approver's passkey."""

    wire: ClassVar[str] = "approve_by_passkey"
    approval_id: str
    plan_digest: str
    phrase: str
    assertion: Assertion

    async def carry_out(self, call: Call) -> Answer:
        """Raises PasskeyUnknownError, PasskeyMalformedError, and what `approve` raises."""
        project = await call.project()
        approval = open_question(project)
        if approval is None:
            raise NothingToApproveError
        file = rules_of(project, approval.kind).approvers
        passkey = _named(self.assertion, await _of_console(call, file) if file is not None else ())
        armor = signature_of(self.assertion, passkey, NAMESPACE)
        given = ApprovalAnswer(
            approval_id=self.approval_id,
            plan_digest=self.plan_digest,
            phrase=self.phrase,
            channel="console",
            signature=armor,
        )
        return await call.answer(await approve(call.world, call.project_id, given, by=call.by))


class PasskeyHolder(Frozen):
    """Who signed in, identified by `public_key`."""

    principal: str
    public_key: str


class AskToSignIn(OperatorRequest):
    """To sign `nonce`; every passkey of this console may try."""

    wire: ClassVar[str] = "ask_to_sign_in"
    about_project: ClassVar[bool] = False
    nonce: Annotated[str, Field(max_length=100)]

    async def carry_out(self, call: Call) -> PasskeyUse:
        rp = call.world.approvers.relying_party
        asked = challenge(document_to_sign_in(self.nonce, rp), SIGN_IN)
        return PasskeyUse(challenge=asked, relying_party=rp.id, credentials=())


class SignInByPasskey(OperatorRequest):
    """Who signed `nonce`: an approver of any project whose file of approvers is as it was trusted."""

    wire: ClassVar[str] = "sign_in_by_passkey"
    about_project: ClassVar[bool] = False
    nonce: Annotated[str, Field(max_length=100)]
    assertion: Assertion

    async def carry_out(self, call: Call) -> PasskeyHolder:
        """Raises PasskeyUnknownError, PasskeyMalformedError, and what `Approvers.verify` raises."""
        world = call.world
        document = document_to_sign_in(self.nonce, world.approvers.relying_party)
        file = await _file_with(call, self.assertion.credential)
        passkey = _named(self.assertion, await _of_console(call, file))
        armor, now = signature_of(self.assertion, passkey, SIGN_IN), world.clock.now().wall
        signed = await world.approvers.verify(file, document, armor, by="console", at=now, namespace=SIGN_IN)
        return PasskeyHolder(principal=signed.principal, public_key=signed.public_key)


class MayApprove(OperatorRequest):
    """Whether a public key is in the project's file of approvers, as it was trusted."""

    wire: ClassVar[str] = "may_approve"
    public_key: str

    async def carry_out(self, call: Call) -> bool:
        file = await trusted_file(call.world, await call.project())
        return file is not None and self.public_key in await call.world.approvers.keys(file)


class NewApprover(Frozen):
    """Who is added to which file; `fingerprint` as `ssh-keygen -l` prints it."""

    file: str
    principal: str
    fingerprint: str
    application: str


class PreviewApprover(OperatorRequest):
    """What a person confirms."""

    wire: ClassVar[str] = "preview_approver"
    line: Line
    file: FileName | None = None

    async def carry_out(self, call: Call) -> NewApprover:
        """Raises PasskeyLineError."""
        return _new_approver(await call.project(), self.line, self.file)

    def render(self, result: NewApprover, screen: Screen) -> str:
        key = f"the key {result.fingerprint}, a passkey of {printable(result.application)}"
        return f"lets {printable(result.principal)} approve releases with {key}."


class AddApprover(OperatorRequest):
    """Adds a passkey by the line that the console shows; the default file is the policy's."""

    wire: ClassVar[str] = "add_approver"
    line: Line
    file: FileName | None = None

    async def carry_out(self, call: Call) -> NewApprover:
        """Raises PasskeyLineError, ApproverKnownError, ApproversUnfitError."""
        added = _new_approver(await call.project(), self.line, self.file)
        await call.world.approvers.add(added.file, checked_line(self.line), self.line)
        async with transaction(call.world, call.project_id) as tx:
            said = f"the passkey {added.fingerprint} of {added.principal} was added to {added.file}"
            tx.apply(note(tx.project, "approver.added", call.by, said, file=added.file, line=self.line))
        return added

    def render(self, result: NewApprover, screen: Screen) -> str:
        return f"Added to {result.file}. Next, read and pin who may approve: `sentinel trust`."


def _new_approver(project: Project, line: str, file: str | None) -> NewApprover:
    passkey = checked_line(line)
    policy = project.pin.policy if project.pin is not None else None
    return NewApprover(
        file=file or (policy and policy.production.approval.approvers) or DEFAULT_FILE,
        principal=passkey.principal,
        fingerprint=fingerprint_of(passkey.public_key),
        application=passkey.application,
    )


async def _of_console(call: Call, file: str) -> tuple[Passkey, ...]:
    """The passkeys of this console in a file of approvers. Raises ApproversUnfitError."""
    content = (await call.world.approvers.content(file)).decode("utf-8", "replace")
    rp = call.world.approvers.relying_party
    return tuple(passkey for passkey in passkeys_in(content) if passkey.application == rp.id)


def _named(assertion: Assertion, passkeys: tuple[Passkey, ...]) -> Passkey:
    """Raises PasskeyUnknownError."""
    found = next((passkey for passkey in passkeys if passkey.credential == assertion.credential), None)
    if found is None:
        raise PasskeyUnknownError
    return found


async def _file_with(call: Call, credential: str) -> str:
    """A trusted file that contains the passkey. Raises PasskeyUnknownError."""
    after = ""
    seen: set[str] = set()
    while found := await call.world.store.projects(after=after, limit=PAGE):
        for project in found:
            file = await trusted_file(call.world, project)
            if file is not None and file not in seen:
                seen.add(file)
                if any(passkey.credential == credential for passkey in await _of_console(call, file)):
                    return file
        after = found[-1].id
    raise PasskeyUnknownError
