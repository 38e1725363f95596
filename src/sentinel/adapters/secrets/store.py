"""The daemon's secrets: who may have which, their values of now, and texts without them."""

from collections.abc import Iterable, Mapping

import anyio
import structlog
from anyio import to_thread

from sentinel.adapters.secrets.sources import read_secret
from sentinel.core.masking import Masker
from sentinel.core.secrets import SecretSource, require
from sentinel.errors import SentinelError

log = structlog.get_logger(__name__)

REMEMBERED = 4
"""Values of one secret that stay hidden after it was changed: what was started before may still print them."""


class SecretStore:
    """Values are read whenever they are used, so that a changed one holds at once; remembered only to be hidden."""

    def __init__(self, sources: Mapping[str, SecretSource], environ: Mapping[str, str]) -> None:
        self._sources = sources
        self._environ = environ
        self._seen: dict[str, tuple[str, ...]] = {}
        self._masker = Masker(())
        self._remembering = anyio.Lock()

    def require(self, project: str, names: Iterable[str]) -> None:
        """Raises UnknownSecretError or SecretNotAllowedError."""
        require(self._sources, project, names)

    async def values(self, project: str, names: Iterable[str]) -> dict[str, str]:
        """The values of now, by name. Raises also SecretUnreadableError and SecretUnfitError."""
        wanted = tuple(names)
        self.require(project, wanted)
        return {name: await self._read(name) for name in wanted}

    async def learn(self) -> None:
        """Reads every secret once, so that it is hidden from the beginning; one that cannot be read is logged."""
        for name in self._sources:
            try:
                await self._read(name)
            except SentinelError as error:
                log.warning("secret not available", problem=error.what)

    @property
    def seen(self) -> tuple[str, ...]:
        """The values that must not be shown."""
        return tuple(value for values in self._seen.values() for value in values)

    def mask(self, text: str) -> str:
        return self._masker.text(text)

    async def _read(self, name: str) -> str:
        value = await to_thread.run_sync(read_secret, name, self._sources[name], self._environ)
        async with self._remembering:
            before = self._seen.get(name, ())
            if value not in before:
                self._seen[name] = (value, *before)[:REMEMBERED]
                self._masker = await to_thread.run_sync(Masker, self.seen)
        return value
