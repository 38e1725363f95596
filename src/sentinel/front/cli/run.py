"""Runs one command of the command line; no traceback ever reaches a user."""

import contextlib
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from sentinel.errors import SentinelError
from sentinel.errors.connection import ArgumentNotUtf8Error, CommandFailedError
from sentinel.front.cli.parser import parse
from sentinel.front.cli.printing import print_data
from sentinel.front.operator.client import ReportedError
from sentinel.launch import locations

FREE_TEXT = ("reason", "name")
"""Arguments that people read."""


def run(words: Sequence[str]) -> int:
    """The exit code of the command that `words` name."""
    readable = [_shown(word) for word in words]
    as_json = "--json" in readable
    try:
        options = parse(readable)
        _require_text(options, {word for word, given in zip(readable, words, strict=True) if word != given})
        return int(options.run(options))
    except SentinelError as error:
        return _refused(error, as_json=as_json)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - the reader of our output is gone
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it was, a person gets one sentence
        return _refused(CommandFailedError(kind=type(error).__name__, log=_recorded()), as_json=as_json)


def _shown(word: str) -> str:
    r"""With a byte that is no UTF-8 as `\\xe9`, as in what a Latin-1 terminal sends."""
    return word.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _require_text(options: Namespace, unreadable: set[str]) -> None:
    """Accepts unreadable bytes only in texts for people; anything else would name something that does not exist.

    Raises ArgumentNotUtf8Error.
    """
    values = unreadable | {word.partition("=")[2] for word in unreadable}
    for name, given in vars(options).items():
        for value in given if isinstance(given, list) else (given,):
            if value in values and name not in FREE_TEXT:
                raise ArgumentNotUtf8Error(argument=value)


def _refused(error: SentinelError, *, as_json: bool) -> int:
    rule = error.reported_rule if isinstance(error, ReportedError) else error.rule()
    code = error.reported_exit_code if isinstance(error, ReportedError) else error.exit_code
    if as_json:
        print_data({"rule": rule, "what": error.what, "fix": error.fix, "exit_code": code}, ok=False)
    sys.stderr.write(f"sentinel: {error.what}\n")
    if error.fix:
        sys.stderr.write(f"{error.fix}\n")
    return code


def _recorded() -> str:
    """Writes the traceback for whoever repairs it; returns where."""
    import traceback  # noqa: PLC0415 - a command that goes well needs none of it
    from pathlib import Path  # noqa: PLC0415 - the same

    log = locations.command_log(locations.state_home(os.environ))
    with contextlib.suppress(OSError):
        Path(log).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Path(log).open("a", encoding="utf-8") as stream:
            stream.write(traceback.format_exc())
    return log
