"""The keys that sign the simulated histories."""

import hashlib
from dataclasses import dataclass

from sentinel.core.proof.checkpoint import VerifierKey, origin_of
from tests.histories.disk import DaemonProcess


@dataclass(frozen=True, slots=True)
class FakeHistoryKeys:
    """What they sign is a digest: nobody has to be kept from making it here."""

    process: DaemonProcess

    async def verifier(self, project_id: str) -> VerifierKey:
        return VerifierKey(origin_of(project_id), hashlib.sha256(project_id.encode()).digest())

    async def sign(self, project_id: str, message: bytes) -> bytes:
        await self.process.let_others_run()
        return _signature(hashlib.sha256(project_id.encode()).digest(), message)

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return _signature(public, message) == signature


def _signature(public: bytes, message: bytes) -> bytes:
    return hashlib.sha512(public + message).digest()
