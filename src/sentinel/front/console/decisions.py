"""What a person decides in the console: each form with the request that it makes. The engine checks and decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request

from sentinel.core.approval.question import DEPLOY_PHRASE, PHRASES, ROLLBACK_PHRASE
from sentinel.engine.api import OperatorRequest
from sentinel.engine.people.approval import Approve, Reject
from sentinel.engine.people.candidate import HoldReleases, UnholdReleases, WaiveWindow
from sentinel.engine.people.findings import ResolveFinding
from sentinel.engine.people.passkeys import ApproveByPasskey
from sentinel.engine.people.production import Resolve, Rollback
from sentinel.engine.people.sprint import EndHotfix, StartHotfix
from sentinel.errors.approval import NotConfirmedError
from sentinel.errors.connection import OversizedFormError
from sentinel.front.bad_argument import bad_input
from sentinel.front.console.pages.sessions import assertion_in

FORM_LIMIT = 64 * 1024
R = TypeVar("R")
Form = Mapping[str, str]
Make = Callable[[Form, Mapping[str, str]], OperatorRequest]


@dataclass(frozen=True, slots=True)
class Decision:
    """A form that is sent to `path` of a project; `make` is given its fields and what the path names.

    `following` is the page of the project that is shown afterwards.
    """

    path: str
    make: Make
    following: str = ""


async def form_of(request: Request) -> Form:
    """The fields of a form. Raises OversizedFormError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise OversizedFormError(limit=FORM_LIMIT)
    text = body.decode("utf-8", "replace")
    # Forms are sent with the line ends of the network.
    return {name: value.replace("\r\n", "\n") for name, value in parse_qsl(text, keep_blank_values=True)}


def asked(request: Callable[..., R], **arguments: object) -> R:
    """Raises BadInputError."""
    try:
        return request(**arguments)
    except ValidationError as error:
        raise bad_input(error) from None


def _named(form: Form) -> dict[str, str]:
    """The question that was shown. Another phrase is asked again, as at a terminal: to the engine it would be a no.

    Raises NotConfirmedError.
    """
    if form.get("phrase") not in PHRASES.values():
        raise NotConfirmedError(phrase=DEPLOY_PHRASE)
    return {name: form.get(name, "") for name in ("approval_id", "plan_digest", "phrase")}


def _approve(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(Approve, **_named(form), channel="console")


def _sign(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(ApproveByPasskey, **_named(form), assertion=assertion_in(form))


def _reject(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(Reject, approval_id=form.get("approval_id", ""), reason=form.get("reason") or None)


def _resolve_finding(form: Form, named: Mapping[str, str]) -> OperatorRequest:
    return asked(ResolveFinding, number=named["number"], reason=form.get("reason", ""))


def _roll_back(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    """Raises NotConfirmedError."""
    if form.get("phrase") != ROLLBACK_PHRASE:
        raise NotConfirmedError(phrase=ROLLBACK_PHRASE)
    return asked(Rollback, reason=form.get("reason", ""), text=form.get("text", ""))


def _resolve(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    runs = form.get("production", "")
    return asked(Resolve, production=None if runs == "none" else runs)


def _hold(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(HoldReleases, reason=form.get("reason", ""))


def _unhold(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(UnholdReleases, reason=form.get("reason", ""))


def _waive(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(WaiveWindow, release_id=form.get("release_id", ""), reason=form.get("reason", ""))


def _start_hotfix(form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(StartHotfix, reason=form.get("reason", ""))


def _end_hotfix(_form: Form, _: Mapping[str, str]) -> OperatorRequest:
    return asked(EndHotfix)


DECISIONS = (
    Decision("/question/approve", _approve),
    Decision("/question/sign", _sign),
    Decision("/question/reject", _reject),
    Decision("/findings/{number:int}/resolve", _resolve_finding, "/findings"),
    Decision("/rollback", _roll_back),
    Decision("/resolve", _resolve),
    Decision("/hold", _hold),
    Decision("/unhold", _unhold),
    Decision("/window/waive", _waive),
    Decision("/hotfix/start", _start_hotfix),
    Decision("/hotfix/end", _end_hotfix),
)
