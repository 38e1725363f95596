"""Commands that stand within the arguments of programs that are no shells: `tar --to-command`, awk's pipes, `sed e`."""

import re
from itertools import pairwise

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
