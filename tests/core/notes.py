"""A history's key for tests, by the primitives themselves."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sentinel.core.proof.checkpoint import Checkpoint, VerifierKey, write_note

NAME = "sentinel/shop-7f3a"


class TestKey:
    """Always the same key for the same `seed`."""

    __test__ = False

    def __init__(self, seed: int = 7, name: str = NAME) -> None:
        self.secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.verifier = VerifierKey(name, self.secret.public_key().public_bytes_raw())

    def note(self, checkpoint: Checkpoint) -> str:
        return write_note(checkpoint, self.verifier, self.secret.sign(checkpoint.body.encode()))
