"""The daemon's secrets: who may have which, their values of now, and texts without them."""

import os
import stat
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import anyio
import structlog
from anyio import to_thread

from sentinel.adapters.environment import read_environment_file
from sentinel.adapters.files import open_regular, read_all, read_whole
from sentinel.adapters.process_output import OutputLimitError, collect
from sentinel.core.access.masking import SHORTEST, Masker, parts_of
from sentinel.core.access.secrets import SecretSource, login_headers, require
from sentinel.core.policy.model import Policy
from sentinel.core.release.commands import OWN
from sentinel.core.values.urls import login_in
from sentinel.errors import SentinelError
from sentinel.errors.command import SecretUnfitError, SecretUnreadableError, UnknownSecretError

SIZE_LIMIT = 64 * 1024
"""Bytes: what Linux takes for one variable of an environment is twice that."""
COMMAND_SECONDS = 30.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CREDENTIALS = "CREDENTIALS_DIRECTORY"


class _Unreadable(Exception):  # noqa: N818 - becomes SecretUnreadableError, with the secret's name
    """In words, why there is nothing to read."""


def read_secret(name: str, source: SecretSource, environ: Mapping[str, str]) -> str:
    """The value without the line ends behind it; called in a worker thread of anyio.

    Raises SecretUnreadableError, and SecretUnfitError where the value cannot be a variable or cannot be masked.
    """
    try:
        raw = next(read(source, environ) for key, read in _READERS.items() if getattr(source, key) is not None)
        text = raw.decode().rstrip("\r\n")
    except _Unreadable as error:
        raise SecretUnreadableError(name=name, reason=error) from None
    except OSError as error:
        raise SecretUnreadableError(name=name, reason=error.strerror or type(error).__name__) from None
    except UnicodeDecodeError:
        raise SecretUnfitError(name=name, reason="it is not UTF-8") from None
    if fault := _fault(text):
        raise SecretUnfitError(name=name, reason=fault)
    return text


def _fault(text: str) -> str:
    if "\0" in text:
        return "it contains a NUL character"
    if not parts_of(text):
        return f"it has no line of {SHORTEST} characters, and what is shorter cannot be masked"
    return ""


def _from_file(source: SecretSource, _environ: Mapping[str, str]) -> bytes:
    """Like ssh with its keys: what others on the machine can read or write is no secret."""
    with open_regular(source.file or "") as stream:
        if os.fstat(stream.fileno()).st_mode & _OTHERS:
            raise _Unreadable("its file is open to other users of the machine; `chmod 600` closes it")
        return read_all(stream, SIZE_LIMIT)


def _from_environment(source: SecretSource, environ: Mapping[str, str]) -> bytes:
    value = environ.get(source.environment or "")
    if value is None:
        raise _Unreadable(f"the daemon was started without the variable {source.environment}")
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > SIZE_LIMIT:
        raise _Unreadable(f"it is larger than {SIZE_LIMIT} bytes")
    return raw


def _from_command(source: SecretSource, environ: Mapping[str, str]) -> bytes:
    """What the command says on standard error may quote the secret, and is not told."""
    process = subprocess.Popen(  # noqa: S603 - the daemon's owner names it
        source.command or (),
        cwd="/",
        env={name: value for name, value in environ.items() if not name.startswith(OWN)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output = collect(process, timeout=COMMAND_SECONDS, limit=SIZE_LIMIT)
    except TimeoutError:
        raise _Unreadable(f"its command did not end within {COMMAND_SECONDS:g} s") from None
    except OutputLimitError:
        raise _Unreadable(f"its command printed more than {SIZE_LIMIT} bytes") from None
    if output.status != 0:
        raise _Unreadable(f"its command ended with exit code {output.status}")
    return output.stdout


def _from_credential(source: SecretSource, environ: Mapping[str, str]) -> bytes:
    """systemd guards the folder, by access lists that the mode of a file does not tell."""
    folder = environ.get(_CREDENTIALS)
    if folder is None:
        raise _Unreadable("the daemon was started without credentials of systemd (LoadCredential=)")
    return read_whole(Path(folder) / (source.credential or ""), SIZE_LIMIT)


_READERS: Mapping[str, Callable[[SecretSource, Mapping[str, str]], bytes]] = {
    "file": _from_file,
    "environment": _from_environment,
    "command": _from_command,
    "credential": _from_credential,
}


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
