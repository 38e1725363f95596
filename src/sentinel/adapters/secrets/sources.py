"""Reading a secret where `daemon.toml` says that it is."""

import os
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from sentinel.adapters.files import open_regular, read_all, read_whole
from sentinel.adapters.process_output import OutputLimitError, collect
from sentinel.core.access.masking import SHORTEST, parts_of
from sentinel.core.access.secrets import SecretSource
from sentinel.core.release.variables import OWN
from sentinel.errors.command import SecretUnfitError, SecretUnreadableError

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
