"""Words as the shell would expand them, and what simple commands print, as far as the text itself says it."""

import re
from collections.abc import Callable, Mapping, Sequence

from sentinel.core.guard.commands import (
    BARE,
    OUTPUT,
    PIPE,
    PROCESS,
    QUOTED_OUTPUT,
    QUOTED_VARIABLE,
    UNKNOWN,
    VARIABLE,
    Command,
    Parse,
    Word,
)
from sentinel.core.guard.programs import program

COMBINATIONS = 16
"""Readings of one command that are looked at, where variables have several values."""
LENGTH = 64 * 1024
"""Characters by which a word may grow as it is expanded; what is longer is not known."""
_SPLIT, _OPEN, _COMMA, _CLOSE = "\ue001", "\ue002", "\ue003", "\ue004"
_MARKS = str.maketrans(dict.fromkeys((_SPLIT, _OPEN, _COMMA, _CLOSE, PIPE), UNKNOWN))
_BRACES = str.maketrans({"{": _OPEN, ",": _COMMA, "}": _CLOSE})
_GROUP = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")

Values = Mapping[str, Sequence[str]]
"""What each variable that the text sets may hold."""
Output = Callable[[str], str]
"""What a script prints, with UNKNOWN for what cannot be told."""


def readings(words: Sequence[Word], values: Values, output: Output) -> list[list[str]]:
    """Each way in which the words may come out; at least one."""
    found: list[list[str]] = [[]]
    for word in words:
        texts = _texts(word, values, output)
        if len(found) * len(texts) > COMBINATIONS:
            texts = [UNKNOWN]
        first, *others = [_fields(text) for text in texts]
        more = [[*before, *after] for after in others for before in found]
        for before in found:
            before.extend(first)
        found += more
    return found


def value(word: Word, values: Values, output: Output) -> list[str]:
    """What the word may be where it is neither split nor brace-expanded: assigned, or fed to a command."""
    return [text.translate(_PLAIN) for text in _texts(word, values, output)]


_PLAIN = str.maketrans({_SPLIT: " ", _OPEN: "{", _COMMA: ",", _CLOSE: "}"})


def _texts(word: Word, values: Values, output: Output) -> list[str]:
    found = [""]
    limit = LENGTH + sum(len(text) for _, text in word)
    for kind, text in word:
        options = _options(kind, text.translate(_MARKS), values, output)
        if len(found) * len(options) > COMBINATIONS:
            options = [UNKNOWN]
        found = [before + after for before in found for after in options]
        if any(len(one) > limit for one in found):
            return [UNKNOWN]
    return found


def _options(kind: str, text: str, values: Values, output: Output) -> Sequence[str]:
    if kind in (VARIABLE, QUOTED_VARIABLE):
        options = list(values.get(text, (UNKNOWN,)))
    elif kind in (OUTPUT, QUOTED_OUTPUT):
        options = [output(text).rstrip("\n")]
    elif kind == PROCESS:
        return [PIPE + text]
    elif kind == BARE:
        return [text.translate(_BRACES)]
    else:
        return [text]
    return [re.sub(r"\s+", _SPLIT, option) for option in options] if kind in (VARIABLE, OUTPUT) else options


def _fields(text: str) -> list[str]:
    fields = (field for one in _braces(text) for field in one.split(_SPLIT))
    return [field.translate(_PLAIN) for field in fields] if text else [""]


def _braces(text: str) -> list[str]:
    """Brace expansion, innermost first; a group without a comma is no group."""
    found = [text]
    while len(found) < COMBINATIONS * 4:
        at = next((at for at, one in enumerate(found) if _GROUP.search(one)), None)
        if at is None:
            break
        one = found[at]
        group = _GROUP.search(one)
        assert group is not None  # noqa: S101 - told to the type checker
        choices = group[1].split(_COMMA)
        if len(choices) == 1:
            choices = [f"{{{choices[0]}}}"]
        found[at : at + 1] = [one[: group.start()] + choice + one[group.end() :] for choice in choices]
    return found


FILE = "file "
"""Stands before the name of a file among the values, where the text itself writes it."""
STDIN = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
LONGEST = 128 * 1024
"""Characters of a text that are read: Linux passes a shell no more as one argument (execve(2), MAX_ARG_STRLEN)."""
_NESTED = 12


def output_of(commands: Sequence[Command], values: Values, parse: Parse, depth: int = 0) -> str:
    """What they print one after the other; UNKNOWN where that cannot be told."""
    if depth > _NESTED:
        return UNKNOWN
    outer = [command for command in commands if not command.inner]
    last = outer[-1:] if outer and outer[-1].feed.source else outer
    return _bounded("".join(printed(command, values, parse, depth) for command in last))


def contents_of(file: str, values: Values, parse: Parse, depth: int = 0) -> str | None:
    """What stands in a file that the text writes, or that a process substitution is; None where that is another."""
    if file.startswith(PIPE):
        return output_of(parse(file[len(PIPE) :]).commands, values, parse, depth + 1)
    written = values.get(FILE + file.rpartition("/")[2])
    return "".join(written) if written else None


def stdin_of(command: Command, values: Values, parse: Parse, depth: int = 0) -> str:
    """What the command reads; empty where that is a terminal or a file of the caller's."""
    feed = command.feed
    if feed.text is not None:
        texts = value(feed.text, values, lambda text: output_of(parse(text).commands, values, parse, depth + 1))
        return texts[0] if len(texts) == 1 else UNKNOWN
    if feed.source:
        return output_of(feed.source, values, parse, depth + 1)
    if not feed.file:
        return ""
    files = value(feed.file, values, lambda text: output_of(parse(text).commands, values, parse, depth + 1))
    found = contents_of(files[0], values, parse, depth) if len(files) == 1 else None
    return UNKNOWN if found is None else found


def printed(command: Command, values: Values, parse: Parse, depth: int = 0) -> str:
    """What one command prints."""
    found = readings(command.words, values, lambda text: output_of(parse(text).commands, values, parse, depth + 1))
    words = found[0]
    if not words:
        return ""
    if len(found) > 1:
        return UNKNOWN
    name, arguments = program(words[0]), words[1:]
    if name in _WRITERS:
        return _WRITERS[name](arguments)
    if name in _FINDERS:
        return arguments[-1] if arguments else ""
    if name == "cat" and arguments and set(STDIN).isdisjoint(arguments):
        files = [contents_of(file, values, parse, depth) for file in arguments]
        return _bounded("".join(UNKNOWN if one is None else one for one in files))
    return _filtered(name, arguments, stdin_of(command, values, parse, depth + 1))


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST else UNKNOWN


def _filtered(name: str, arguments: list[str], fed: str) -> str:
    """What a filter makes of what it is fed; one that reads files prints what cannot be told."""
    if name == "tee" or (name == "cat" and set(arguments) <= {"-"}):
        return fed
    if name == "base64" and arguments in _DECODING:
        return decoded(fed)
    if name == "xxd" and set(arguments) in ({"-r", "-p"}, {"-rp"}):
        return _from_hex(fed)
    if name == "rev" and not arguments:
        return "\n".join(line[::-1] for line in fed.split("\n"))
    return UNKNOWN


def _echoed(arguments: list[str]) -> str:
    escapes, end = False, "\n"
    while arguments and arguments[0].startswith("-") and set(arguments[0][1:]) <= set("neE") and arguments[0] != "-":
        escapes = escapes or "e" in arguments[0]
        end = "" if "n" in arguments[0] else end
        arguments = arguments[1:]
    text = " ".join(arguments)
    return f"{_unescaped(text) if escapes else text}{end}"


def formatted(arguments: list[str]) -> str:
    """`printf` with `%s`, which is the form that text is hidden in; any other conversion is not followed."""
    if not arguments:
        return ""
    form, rest = _unescaped(arguments[0]), list(arguments[1:])
    text = ""
    while True:
        pieces = form.replace("%b", "%s").split("%s")
        for at, piece in enumerate(pieces):
            text += piece + (_unescaped(rest.pop(0)) if at < len(pieces) - 1 and rest else "")
        if not rest or len(pieces) == 1:
            return text


def _unescaped(text: str) -> str:
    """Without the escapes that matter here; what is no valid escape stays."""
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape") if "\\" in text else text
    except UnicodeDecodeError:
        return text


def decoded(text: str) -> str:
    """What base64 says; UNKNOWN where it is none."""
    import binascii  # noqa: PLC0415 - few commands need it, and loading it takes half a millisecond

    try:
        return binascii.a2b_base64("".join(text.split())).decode("utf-8", "replace")
    except ValueError:
        return UNKNOWN


def _from_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return UNKNOWN


_WRITERS: dict[str, Callable[[list[str]], str]] = {
    "echo": _echoed,
    "printf": formatted,
    "mktemp": lambda _: "mktemp",  # one name stands for all
}
_FINDERS = frozenset({"which", "command", "type", "basename", "readlink", "realpath"})
"""Programs that name the program they are asked for."""
_DECODING = (["-d"], ["-D"], ["--decode"], ["-di"])
