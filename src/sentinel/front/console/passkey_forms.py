"""Forms that a passkey is used or made for: what the script is told, and what it fills in."""

from collections.abc import Mapping

import htpy as h

from sentinel.core.approval.passkeys import Assertion, RelyingParty
from sentinel.engine.people.passkeys import PasskeyUse

SIGNED = tuple(Assertion.model_fields)
"""The fields that the script fills in when a passkey was used."""


def asking_passkey(use: PasskeyUse) -> dict[str, h.Attribute]:
    """The attributes of a form that is sent once a passkey has signed; its fields are added by the script."""
    return {
        "data_passkey": use.challenge,
        "data_relying_party": use.relying_party,
        "data_credentials": " ".join(use.credentials),
    }


def making_passkey(rp: RelyingParty, person: str) -> dict[str, h.Attribute]:
    """The attributes of a form that is sent once a passkey was made."""
    return {"data_new_passkey": person, "data_relying_party": rp.id}


def assertion_in(form: Mapping[str, str]) -> dict[str, str]:
    """What the script filled in, for `Assertion`."""
    return {name: form.get(name, "") for name in SIGNED}
