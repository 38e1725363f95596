"""Why production leaves a release: a value, which events, notices and statuses take their words from (protocol 4.1)."""

from enum import StrEnum

PDV_FAILURE = "Automatic Rollback Triggered due to PDV failure."
"""The sentence of protocol 4.1, for a failed verification and nothing else; it stands first, on a line of its own."""


class Cause(StrEnum):
    VERIFICATION_FAILED = "verification failed"
    VERIFICATION_BLIND = "verification blind"
    DEPLOYMENT_FAILED = "deployment failed"
    SCRIPT_FAILED = "script failed"
    TAMPERED = "tampered with"
    INTERNAL_FAULT = "internal fault"
    AGENT = "asked for by an agent"
    PERSON = "asked for by a person"


ASKED = frozenset({Cause.AGENT, Cause.PERSON})
"""What somebody wanted; every other rollback is Sentinel's own."""


def asked_by(actor: str) -> Cause:
    """Whose wish it is, by the actor's name: `agent:…`, else a person's."""
    return Cause.AGENT if actor.startswith("agent:") else Cause.PERSON


def headed(cause: Cause, text: str) -> str:
    """`text` under the line that `cause` puts first, if any."""
    return f"{PDV_FAILURE}\n{text}" if cause is Cause.VERIFICATION_FAILED else text
