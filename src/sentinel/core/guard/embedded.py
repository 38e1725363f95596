"""Commands inside arguments and files of other programs: `tar --to-command`, awk's pipes, recipes of a Makefile."""

import re
from itertools import pairwise

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
