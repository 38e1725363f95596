"""One byte string for one JSON value: what digests and signatures are made of."""

import json

from pydantic import JsonValue


def canonical(value: JsonValue) -> bytes:
    """Sorted keys, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
