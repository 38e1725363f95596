"""A remote of the working copy: its addresses are read as data, and everything is sent from the daemon's mirror."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from sentinel.adapters.git.command import LOOK_TIMEOUT, RECEIVE_PACK, TRANSFER_TIMEOUT, UPLOAD_PACK, Config, Git
from sentinel.adapters.git.configuration import FILE_LIMIT, Entries, UserConfiguration, parsed, read_user_configuration
from sentinel.adapters.git.location import Location, read_small
from sentinel.adapters.git.names import ref_name, sentence, without_login
from sentinel.adapters.process_output import Output
from sentinel.core.values.printable import printable
from sentinel.errors.git import (
    GitFailedError,
    GitTimeoutError,
    RemoteChangedError,
    RemoteMissingError,
    RemoteUnreachableError,
    UserConfigurationError,
)

DEFAULT_REMOTE = "origin"
"""Where the policy names none."""
_LOGIN = re.compile(r"(https?://)([^/\s:]*):([^/\s]*)@(.*)", re.DOTALL)
#: Answers git with a login of the environment: one that stands in the address would be seen in the list of processes.
_USER, _PASSWORD = "SENTINEL_REMOTE_USER", "SENTINEL_REMOTE_PASSWORD"
_HELPER = f"""!f() {{ test "$1" = get && printf 'username=%s\\npassword=%s\\n' "${_USER}" "${_PASSWORD}"; }}; f"""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SCP_LIKE = re.compile(r"[^/]+:")


@dataclass(frozen=True, slots=True)
class Remote:
    """`name` as the policy has it, `url` where it is read; what is pushed goes to each of `push_urls`.

    Addresses are as git resolves them by the user's configuration, which also says how they are reached.
    """

    name: str
    url: str = field(repr=False)
    push_urls: tuple[str, ...] = field(repr=False)
    user: UserConfiguration

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is read and where it is pushed to, without logins."""
        return tuple(map(without_login, (self.url, *self.push_urls)))

    @property
    def targets(self) -> "tuple[Remote, ...]":
        """Each address that is pushed to, as a remote of its own."""
        several = len(self.push_urls) > 1
        return tuple(
            replace(self, name=f"{self.name} ({without_login(url)})" if several else self.name, url=url, push_urls=())
            for url in self.push_urls
        )

    @property
    def is_path(self) -> bool:
        """Whether git starts the other end on this machine, where that repository's hooks must not run."""
        return self.url.startswith(("/", "file://"))

    async def refs(self, git: Git, *patterns: str) -> dict[str, str]:
        """The refs that match `patterns`, with their object ids; raises RemoteUnreachableError."""
        end = (f"--upload-pack={UPLOAD_PACK}",) if self.is_path else ()
        output = await self._run(git, "ls-remote", ("--refs", *end), patterns, seconds=LOOK_TIMEOUT)
        if output.status != 0:
            raise RemoteUnreachableError(remote=self.name, detail=sentence(output.stderr))
        rows = (row.partition("\t") for row in output.stdout.decode("utf-8", "surrogateescape").split("\n"))
        return {ref: tip for tip, tab, ref in rows if tab}

    async def fetch(self, git: Git, *words: str) -> Output:
        """Runs `git fetch` with the refspecs and options of `words`; the caller judges the status."""
        options = [word for word in words if word.startswith("--")]
        refspecs = [word for word in words if not word.startswith("--")]
        end = (f"--upload-pack={UPLOAD_PACK}",) if self.is_path else ()
        slow = (("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "60"))
        return await self._run(git, "fetch", (*options, *end), refspecs, config=slow, seconds=TRANSFER_TIMEOUT)

    async def push(self, git: Git, refspec: str, *options: str, seconds: float = TRANSFER_TIMEOUT) -> Output:
        """Pushes one refspec to `url`, without hooks; the caller judges the status.

        One ref is pushed whole or not at all, so that the other end need not know of atomic pushes.
        """
        end = (f"--receive-pack={RECEIVE_PACK}",) if self.is_path else ()
        fixed = ("--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--no-atomic", *end)
        return await self._run(git, "push", (*fixed, *options), (refspec,), seconds=seconds)

    async def _run(
        self,
        git: Git,
        command: str,
        options: Sequence[str],
        refs: Sequence[str],
        *,
        config: Config = (),
        seconds: float,
    ) -> Output:
        """git as the user's configuration says; what it said goes without the secrets of that."""
        url, helper, login = _apart(self.url)
        settings = (*git.config, *config, *helper, *self.user.transport)
        talking = Git(git.git_dir, git.settings, settings, {**git.variables, **self.user.variables, **login})
        try:
            output = await talking(command, *options, "--", url, *refs, accept=(0, 1, 128), seconds=seconds)
        except GitTimeoutError as error:
            detail = f"nothing came from {without_login(self.url)} within {seconds:g} seconds"
            raise RemoteUnreachableError(remote=self.name, detail=detail) from error
        except GitFailedError as error:
            raise RemoteUnreachableError(remote=self.name, detail=error.what) from error
        return replace(output, stderr=self.user.without_secrets(output.stderr))


async def find_remote(
    git: Git, location: Location, name: str, *, trusted: tuple[str, ...] | None = None
) -> Remote | None:
    """The remote `name` of the working copy, or None; raises RemoteChangedError where it is not at `trusted`.

    Of the working copy's configuration nothing but its addresses is read, without includes.
    """
    remote = await _configured(git, location, name)
    found = remote.addresses if remote is not None else ()
    if trusted is not None and trusted != found:
        back = f"Set it back: `git remote set-url {name} {printable(trusted[0], limit=200)}`. " if trusted else ""
        raise RemoteChangedError(remote=name, found=_listed(found), trusted=_listed(trusted), back=back)
    return remote


def _listed(addresses: tuple[str, ...]) -> str:
    """The address, or that which is read and those that are pushed to."""
    if not addresses:
        return "not configured"
    read, *pushed = (printable(address, limit=200) for address in addresses)
    return read if [read] == pushed else f"{read} (pushed to {', '.join(pushed)})"


async def _configured(git: Git, location: Location, name: str) -> Remote | None:
    try:
        written = await parsed(git, read_small(location.config, FILE_LIMIT), of=str(location.config))
    except UserConfigurationError:
        return None
    urls = _values(written, f"remote.{ref_name(name)}.url")
    if not urls:
        return None
    user = await read_user_configuration(git.settings, location.git_dir)
    return resolved(name, urls, _values(written, f"remote.{name}.pushurl"), user, location.root)


def resolved(
    name: str, urls: tuple[str, ...], push_urls: tuple[str, ...], user: UserConfiguration, root: Path
) -> Remote:
    """The first of `urls` is read; `push_urls` are pushed to, else all of `urls`, as git rewrites them."""
    elsewhere = tuple(filter(None, map(user.push_address, urls)))
    pushed = tuple(map(user.read_address, push_urls)) or elsewhere or tuple(map(user.read_address, urls))
    return Remote(
        name,
        _absolute(user.read_address(urls[0]), root),
        tuple(dict.fromkeys(_absolute(url, root) for url in pushed)),
        user,
    )


async def the_remote(git: Git, location: Location, name: str, *, trusted: tuple[str, ...] | None = None) -> Remote:
    """The remote `name` of the working copy; raises RemoteMissingError, RemoteChangedError."""
    remote = await find_remote(git, location, name, trusted=trusted)
    if remote is None:
        raise RemoteMissingError(remote=name)
    return remote


def _apart(url: str) -> tuple[str, Config, dict[str, str]]:
    """The address, and how git gets the login that stood in it."""
    found = _LOGIN.fullmatch(url)
    if found is None:
        return url, (), {}
    scheme, user, password, place = found.groups()
    login = {_USER: unquote(user, errors="surrogateescape"), _PASSWORD: unquote(password, errors="surrogateescape")}
    return scheme + place, (("credential.helper", _HELPER),), login


def _values(written: Entries, key: str) -> tuple[str, ...]:
    """All values of a key; an empty one takes back those before it."""
    values: list[str] = []
    for found, value in written:
        if found == key:
            values = [*values, value] if value else []
    return tuple(values)


def _absolute(url: str, root: Path) -> str:
    if _SCHEME.match(url) or _SCP_LIKE.match(url) or url.startswith("/"):
        return url
    return str(root / url)
