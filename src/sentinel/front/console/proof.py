"""The proof of a project's history as a file: what `sentinel audit export` writes, made inside the daemon."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import from_thread
from pydantic_core import to_jsonable_python

from sentinel.engine.api import Api


@dataclass(frozen=True, slots=True)
class InProcess:
    """Asks as the command line does, from a thread of the daemon's."""

    api: Api
    person: str
    project: str

    def ask(self, wire: str, **arguments: object) -> Any:
        request = self.api.requests[wire].model_validate(arguments)
        return to_jsonable_python(from_thread.run(self.api.ask, self.person, self.project, request))


def write_proof(source: InProcess, target: Path) -> None:
    """To be run in a thread. Raises BundleTargetError."""
    from sentinel.front.cli.bundle import export  # noqa: PLC0415 - it loads cryptography

    export(source, target)
