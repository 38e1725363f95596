"""The base of every value that is stored or crosses a wire, and the bytes that digests and signatures are made of."""

import json

from pydantic import BaseModel, ConfigDict, JsonValue


class Frozen(BaseModel):
    """An immutable value; an unknown field is an error, so that a typo or a newer writer is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def canonical(value: JsonValue) -> bytes:
    """One byte string for one JSON value: sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
