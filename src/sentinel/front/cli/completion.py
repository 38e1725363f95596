"""Completion scripts for shells, made from the commands as they describe themselves.

Options are offered once a `-` is typed, or if the command takes no word from a fixed list.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sentinel.front.cli.parser import PROJECT, Action, Command, all_commands


class Words(NamedTuple):
    """What may follow a command: options with their help, and the values of arguments that have only a few."""

    options: Mapping[str, str]
    values: tuple[str, ...]


def words_of(action: Action) -> Words:
    options: dict[str, str] = {}
    values: list[str] = []
    for one in (*action.arguments, *((PROJECT,) if action.project else ())):
        for name in one.names:
            if name.startswith("--"):
                options[name] = str(one.settings.get("help", ""))
        values += map(str, one.settings.get("choices", ()))
    return Words({**options, "--help": "show the help"}, tuple(values))


def script(shell: str) -> str:
    return "\n".join((f"# Completion of sentinel for {shell}.", *_SHELLS[shell](all_commands()), ""))


def _bash(commands: Mapping[str, Command]) -> Iterator[str]:
    yield from (
        "_sentinel() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" words="" options="--help"',
        '    case "$COMP_CWORD ${COMP_WORDS[1]} ${COMP_WORDS[2]}" in',
        f'        "1 "*) words="{" ".join(commands)}" options="--help --version" ;;',
    )
    for name, command in commands.items():
        if command.actions:
            yield f'        "2 {name} "*) words="{" ".join(command.actions)}" ;;'
        for action, described in command.actions.items():
            yield f'        *" {name} {action}") {_assigned(words_of(described))} ;;'
        if command.action is not None:
            yield f'        *" {name} "*) {_assigned(words_of(command.action))} ;;'
    yield from (
        "    esac",
        '    [[ "$current" == -* || -z "$words" ]] && words="$options"',
        '    COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        "complete -o default -F _sentinel sentinel",
    )


def _assigned(words: Words) -> str:
    return f'words="{" ".join(words.values)}" options="{" ".join(words.options)}"'


def _zsh(commands: Mapping[str, Command]) -> Iterator[str]:
    yield from (
        "_sentinel() {",
        "    local -a found options",
        '    case "$CURRENT $words[2] $words[3]" in',
        f'        "2 "*) found=({_described({name: one.help for name, one in commands.items()})}) ;;',
    )
    for name, command in commands.items():
        if command.actions:
            named = {action: described.help for action, described in command.actions.items()}
            yield f'        "3 {name} "*) found=({_described(named)}) ;;'
        for action, described in command.actions.items():
            yield f'        *" {name} {action}") {_arrays(words_of(described))} ;;'
        if command.action is not None:
            yield f'        *" {name} "*) {_arrays(words_of(command.action))} ;;'
    yield from (
        "    esac",
        "    [[ $words[CURRENT] == -* || $#found -eq 0 ]] && found=($options)",
        "    _describe sentinel found || _files",
        "}",
        "compdef _sentinel sentinel",
    )


def _arrays(words: Words) -> str:
    return f"found=({_described(dict.fromkeys(words.values, ''))}) options=({_described(words.options)})"


def _described(words: Mapping[str, str]) -> str:
    """Words with their help, as `_describe` takes them."""
    return " ".join(_quoted(f"{word}:{said}" if said else word) for word, said in words.items())


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "'\\''"))


def _fish(commands: Mapping[str, Command]) -> Iterator[str]:
    nothing = "__fish_use_subcommand"
    for name, command in commands.items():
        yield f"complete -c sentinel -f -n {nothing} -a {name} -d {_fish_quoted(command.help)}"
    for name, command in commands.items():
        within = f"__fish_seen_subcommand_from {name}"
        for action, described in command.actions.items():
            none = f"{within}; and not __fish_seen_subcommand_from {' '.join(command.actions)}"
            yield f"complete -c sentinel -f -n '{none}' -a {action} -d {_fish_quoted(described.help)}"
            yield from _fish_words(f"{within}; and __fish_seen_subcommand_from {action}", words_of(described))
        if command.action is not None:
            yield from _fish_words(within, words_of(command.action))


def _fish_words(where: str, words: Words) -> Iterator[str]:
    if words.values:
        yield f"complete -c sentinel -f -n '{where}' -a {_fish_quoted(' '.join(words.values))}"
    for option, said in words.options.items():
        yield f"complete -c sentinel -n '{where}' -l {option.removeprefix('--')} -d {_fish_quoted(said)}"


def _fish_quoted(text: str) -> str:
    return "'{}'".format(text.replace("\\", "\\\\").replace("'", "\\'"))


_SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
