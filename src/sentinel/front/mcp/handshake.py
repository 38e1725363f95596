"""The one line by which a relay says which project its client works in, and the line that answers it.

The guard says it too, with what it has refused, and is answered a second time when that is on record.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

import anyio
from anyio.abc import ByteStream
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sentinel.errors import SentinelError
from sentinel.errors.connection import HandshakeError, OversizedLineError
from sentinel.front.mcp.preferences import DEFAULT, LongestWait, Mode, Preferences
from sentinel.front.unix_sockets import LineReader
from sentinel.launch.claimed_project import ID_LIMIT
from sentinel.launch.guard.record import RULE_LIMIT

HANDSHAKE_SECONDS = 5.0
HANDSHAKE_LIMIT = 64 * 1024


def _absolute(path: Path) -> Path:
    if not path.is_absolute() or "\0" in str(path):
        raise ValueError("an absolute path")
    return path


class Hello(BaseModel):
    """A relay's first line; a newer relay may say more than we know.

    `project` is a claim: it chooses among registered projects where the daemon cannot look into `directory`.
    `refused` names the command that the guard did not let run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    sentinel: Literal[1]
    relay: str
    directory: Annotated[Path, AfterValidator(_absolute)]
    locked_tools: Mode = DEFAULT.locked_tools
    longest_wait: LongestWait = DEFAULT.longest_wait
    project: Annotated[str, Field(max_length=ID_LIMIT)] | None = None
    refused: Annotated[str, Field(min_length=1, max_length=RULE_LIMIT)] | None = None

    @property
    def preferences(self) -> Preferences:
        return Preferences(locked_tools=self.locked_tools, longest_wait=self.longest_wait)


async def read_hello(stream: ByteStream, lines: LineReader) -> Hello | None:
    """What the relay said, which ACCEPTED answers; None where it is no relay's line, which is told on the wire."""
    try:
        return await _read(lines)
    except SentinelError as error:
        await stream.send(refusal(error))
        return None


def refusal(error: SentinelError) -> bytes:
    """The line that says no."""
    said = {"ok": False, "what": error.what, "fix": error.fix, "exit_code": error.exit_code}
    return json.dumps(said).encode() + b"\n"


async def _read(lines: LineReader) -> Hello:
    try:
        with anyio.fail_after(HANDSHAKE_SECONDS):
            return Hello.model_validate_json(await lines.read(HANDSHAKE_LIMIT))
    except (TimeoutError, anyio.EndOfStream):
        raise HandshakeError(detail="it said nothing") from None
    except OversizedLineError:
        raise HandshakeError(detail="its first line is too long") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"]) or "the line"
        raise HandshakeError(detail=f"{where} of its first line is not as expected") from None
