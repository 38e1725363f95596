"""What a shell or another interpreter is called with: a text, a file, or what it reads."""

import re
from itertools import pairwise

from sentinel.core.guard.carriers import (
    BEHIND,
    CARRIERS,
    CHECKING,
    COMMANDING,
    INTERPRETERS,
    KEEPING,
    LOADERS,
    MANAGERS,
    QUERYING,
    SCRIPTED,
)
from sentinel.core.guard.output import STDIN, decoded
from sentinel.core.guard.programs import is_deploying_script, is_unknown

_BASE64 = r"[A-Za-z0-9+/]{12,}={0,2}"
_CODE = ("--eval", "--print", "eval")
_GIVEN = tuple(f"{option}=" for option in COMMANDING)
_VALUED = ("--rcfile", "--init-file")


class Call:
    """`text` is a script given as an argument, `file` the name of one; with neither, it is read from stdin.

    `arguments` begin with the script's own name. `only_read` where nothing of it is run.
    """

    __slots__ = ("arguments", "file", "only_read", "text")

    def __init__(self, text: str | None, file: str, arguments: list[str], *, only_read: bool = False) -> None:
        self.text = text
        self.file = file
        self.arguments = arguments
        self.only_read = only_read


def shell_call(words: list[str]) -> Call:
    """`words` begin with the shell: `bash -euo pipefail -c TEXT NAME …`, `sh -x FILE …`, `bash -s …`."""
    given, started, only_read, at = False, "", False, 1
    while at < len(words) and len(words[at]) > 1 and words[at][0] in "-+" and words[at] != "--":
        word = words[at]
        at += 1
        if word.startswith("--"):
            started = words[at] if word in _VALUED and at < len(words) else started
            at += word in _VALUED
            continue
        given = given or (word[0] == "-" and "c" in word)
        only_read = only_read or re.fullmatch(r"-[aefuvx]*n[aefuvx]*", word) is not None
        at += word[1:].count("o") + word[1:].count("O")
        if word[0] == "-" and "s" in word and not given:
            return Call(None, "", ["", *words[at:]], only_read=only_read)
    rest = words[at:][words[at : at + 1] == ["--"] :]
    if given:
        return Call(rest[0] if rest else "", "", rest[1:] or [""])
    file = rest[0] if rest and rest[0] not in STDIN else ""
    return Call(None, file or started, rest, only_read=only_read)


def code_call(interpreter: str, words: list[str]) -> Call:
    """The same of Python, Perl and the like, whose texts are those behind any option that takes code."""
    letters = INTERPRETERS[interpreter]
    words = words[1:] if interpreter in ("deno", "bun") and words[1:2] == ["run"] else words
    texts: list[str] = []
    file = ""
    for at, word in enumerate(words[1:], 1):
        if not letters:
            texts += [word] if "{" in word else []
        elif (word[:1] == "-" and word[1:2] != "-" and word[-1] in letters) or word in _CODE:
            texts += words[at + 1 : at + 2]
        elif word.startswith(("--eval=", "--print=")):
            texts.append(word.partition("=")[2])
        elif not word.startswith("-") and not texts and not file:
            file = word
    if texts:
        return Call("\n".join(texts), "", [""])
    checked = any(word in CHECKING.get(interpreter, ()) for word in words[1:])
    return Call(None, "" if file in STDIN else file, words[1:], only_read=checked)


def unhidden(code: str) -> str:
    """`code`, and behind it what its base64 strings say."""
    return "\n".join((code, *(decoded(text) for text in re.findall(_BASE64, code))))


def carried_words(name: str, words: list[str]) -> list[str]:
    """Those in which another command may begin."""
    if name in BEHIND:
        at = next((at for at, word in enumerate(words) if word in BEHIND[name]), len(words))
        return words[at + 1 :]
    if name in MANAGERS and next((word for word in words[1:] if not word.startswith("-")), "") in KEEPING:
        return []
    run = [word for word in words[2:] if not word.startswith("-")] if words[1:2] == ["run"] else []
    if run and is_deploying_script(run[0]):
        return [f"./{run[0]}", *run[1:]]
    if "--entrypoint" in words[:-1]:
        at = words.index("--entrypoint") + 1  # behind it stand the image and the program's own words
        return [words[at], *words[at + 2 :]]
    if name in CARRIERS or name in SCRIPTED or name.startswith(LOADERS) or is_unknown(words[0]):
        return words[1:]
    return words[words.index("--") + 1 :] if "--" in words else []


def scripts_in(name: str, words: list[str]) -> list[str]:
    """What a program hands to a shell, or splits as one does."""
    if name == "env" and any(word.startswith(("-S", "--split-string")) for word in words):
        return [" ".join(words[1:]).replace("--split-string", " ").replace("-S", " ")]
    if name in SCRIPTED:
        return [" ".join(words[1:]), *(word for word in words[1:] if " " in word)]
    if name in QUERYING:
        return []
    found = [after for word, after in pairwise(words) if word in COMMANDING and " " in after]
    found += [word for word in words[1:] if word.startswith(_GIVEN)]
    if name == "git":
        found += [word[1:] for word in words[1:] if word.startswith("!")]
        found += [word for word in carried_words(name, words) if " " in word]
    return [one for text in found for one in (text, text.partition("=")[2].lstrip("!")) if " " in one]
