"""The daemon's secrets: who may have which, their values of now, and texts without them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import anyio
import structlog
from anyio import to_thread

from sentinel.adapters.environment import read_environment_file
from sentinel.adapters.secrets.sources import read_secret
from sentinel.core.access.masking import Masker
from sentinel.core.access.secrets import SecretSource, login_headers, require
from sentinel.core.policy.model import Policy
from sentinel.core.values.urls import login_in
from sentinel.errors import SentinelError
from sentinel.errors.command import UnknownSecretError

log = structlog.get_logger(__name__)

REMEMBERED = 4
"""Values of one source that stay hidden after they were changed: what was started before may still print them."""


class SecretStore:
    """Values are read whenever they are used, so that a changed one holds at once; remembered only to be hidden."""

    def __init__(self, sources: Mapping[str, SecretSource], environ: Mapping[str, str]) -> None:
        self._sources = sources
        self._environ = environ
        self._seen: dict[str, tuple[tuple[str, ...], ...]] = {}
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

    async def login(self, name: str) -> Mapping[str, str]:
        """The headers of a login, which commands of its project were let pass with. Raises as `values`."""
        source = self._sources.get(name)
        if source is None:
            raise UnknownSecretError(name=name)
        value = await to_thread.run_sync(read_secret, name, source, self._environ)
        headers = login_headers(name, value)
        await self._hide(name, (value, *headers.values(), *value.partition(":")[2:]))
        return headers

    async def learn(self) -> None:
        """Reads every secret once, so that it is hidden from the beginning; one that cannot be read is logged."""
        for name in self._sources:
            try:
                await self._read(name)
            except SentinelError as error:
                log.warning("secret not available", problem=error.what)

    async def learn_files(self, policy: Policy) -> None:
        """Hides what the files of its environments hold now; one that cannot be read is an error of its commands.

        Also the logins that a policy of an older Sentinel has in its addresses.
        """
        for key, url in policy.urls():
            if login := login_in(url):
                await self._hide(key, login)
        for environment in (policy.environment, policy.production.environment):
            if environment.env_file is not None:
                with suppress(SentinelError):
                    values = await to_thread.run_sync(read_environment_file, Path(environment.env_file))
                    await self.hide_files(policy, {environment.env_file: tuple(values.values())})

    async def hide_files(self, policy: Policy, filed: Mapping[str, tuple[str, ...]]) -> None:
        """Hides values by the file that they are from; what the policy itself says, such as `production`, is shown."""
        said = policy.model_dump_json(by_alias=True)
        for file, values in filed.items():
            await self._hide(file, tuple(value for value in values if value not in said))

    @property
    def seen(self) -> tuple[str, ...]:
        """The values that must not be shown."""
        return tuple(value for before in self._seen.values() for values in before for value in values)

    def mask(self, text: str) -> str:
        return self._masker.text(text)

    async def _read(self, name: str) -> str:
        value = await to_thread.run_sync(read_secret, name, self._sources[name], self._environ)
        await self._hide(name, (value,))
        return value

    async def _hide(self, source: str, values: tuple[str, ...]) -> None:
        async with self._remembering:
            before = self._seen.get(source, ())
            if values not in before:
                self._seen[source] = (values, *before)[:REMEMBERED]
                self._masker = await to_thread.run_sync(Masker, self.seen)
