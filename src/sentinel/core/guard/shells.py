"""Commands inside other commands: what a shell or an interpreter is given, and what programs start that carry some in
their arguments and files, as `tar --to-command`, awk's pipes and the recipes of a Makefile.
"""

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
from sentinel.core.guard.expand import STDIN, decoded
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


_RULE = r"([^\s#:=][^#:=]*):(?!=)([^=\n]*)$"
_MOST = 200


def recipes_for(text: str, asked: list[str]) -> str:
    """The commands of the targets in `asked` and of what they need; without one of them, of the first target."""
    rules: dict[str, tuple[list[str], list[str]]] = {}
    recipe: list[str] = []
    for line in text.splitlines():
        rule = re.match(_RULE, line)
        if rule is not None:
            recipe = []
            rules.update({name: (rule[2].split(), recipe) for name in rule[1].split()})
        elif line[:1] in ("\t", " "):
            recipe.append(re.sub(r"^\s*[@+-]*", "", line))
    left = [name for name in asked if name in rules] or list(rules)[:1]
    done: list[str] = []
    while left and len(done) < _MOST:
        name = left.pop()
        if name in rules and name not in done:
            done.append(name)
            left += rules[name][0]
    return "\n".join(line for name in done for line in rules[name][1])


_STRING = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
_BANG = (r"^[+:]*!\s*(.+)", r"(?:^|\|)[+:]*(?:silent\s+)?!\s*(.+)")

_ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "tar bsdtar gtar gnutar",
        (r"^(?:--checkpoint-action=)?exec=(.+)", r"^(?:--to-command|--use-compress-program|--rsh-command|-I|-F)=(.+)"),
    ),
    ("awk gawk mawk nawk", (rf"\|&?\s*{_STRING}", rf"{_STRING}\s*\|&?\s*getline", rf"system\s*\(\s*{_STRING}")),
    (
        "sed gsed",
        (
            r"(?m)(?:^|[;{}\d$,!]|(?<=[;{}\d$,!])\s|^(?:\\.|/)(?:[^/\\]|\\.)*/)\s*e\s+(.+)",
            r"(?m)(?:^|[;{}\d$])s([^\w\s])(?:(?:(?!\1).)*)\1((?:(?!\1).)*)\1[gpiImM\d]*e",
        ),
    ),
    ("sqlite3 sqlite duckdb", (r"^\s*\.s[hy][a-z]*\s+(.+)",)),
    ("psql", (r"\\!\s*(.+)",)),
    ("mysql mariadb", (r"(?:^|;)\s*(?:system|\\!)\s+(.+)",)),
    ("socat", (r"(?i)(?:exec|system|shell):(?:([^,'\"]+)|" + _STRING + ")",)),
    ("vim vi nvim view ex ed vimdiff less more ftp lftp mail mailx dc", _BANG),
    ("emacs emacsclient", (rf"\((?:async-)?shell-command(?:-to-string)?\s+{_STRING}",)),
    ("rsync", (r"^(?:-e|--rsh|--rsync-path)=(.+)",)),
    (
        "ssh scp sftp",
        (r"(?i)^(?:-o=?)?(?:ProxyCommand|LocalCommand|RemoteCommand|KnownHostsCommand)[=\s]+(.+)", r"^-S=(.+)"),
    ),
    ("zip", (r"^(?:-TT|--unzip-command)=(.+)",)),
    ("make gmake", (r"^SHELL=(.+)",)),
    ("split", (r"^--filter=(.+)",)),
    ("sort", (r"^--compress-program=(.+)",)),
    ("cpio", (r"^--rsh-command=(.+)",)),
    ("man", (r"^(?:-P|--pager)=(.+)",)),
    ("nc ncat netcat", (r"^(?:-[ec]|--exec|--sh-exec)=(.+)",)),
    ("mapfile readarray", (r"^-C=(.+)",)),
    ("tcpdump", (r"^-z=(.+)",)),
    ("m4", (r"syscmd\(\s*[`\[]*([^)'\]]+)",)),
    ("git", (r"^--(?:tree|index|env|msg|commit|parent|tag-name)-filter=(.+)",)),
)

EMBEDDING = {program: patterns for programs, patterns in _ROWS for program in programs.split()}
"""Of each program, where in an argument, or in an option joined to its value by `=`, a command stands."""


def embedded_scripts(name: str, words: list[str], read: str) -> list[str]:
    """The commands that the program `name` is told to run by its arguments, and by what it reads."""
    patterns = EMBEDDING.get(name, ())
    given = [
        *words[1:],
        *read.splitlines(),
        *(f"{option}={value}" for option, value in pairwise(words) if option[:1] == "-"),
    ]
    found = (match for pattern in patterns for text in given for match in re.finditer(pattern, text))
    return [_unquoted(group) for match in found for group in match.groups() if group and " " in group]


def _unquoted(text: str) -> str:
    """A command that stands in quotes of the program's own language."""
    stripped = text.strip()
    return stripped[1:-1] if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"" else stripped
