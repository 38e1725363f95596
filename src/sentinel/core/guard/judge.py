"""The guard's decision: every simple command of a text, through wrappers, nested shells, pipes and encodings."""

import re
from itertools import pairwise

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.assignments import ALIAS, Known, hidden_by
from sentinel.core.guard.carriers import (
    CARRIERS,
    EXECUTED,
    INTERPRETERS,
    READERS,
    RECIPE_OPTIONS,
    RECIPES,
    SCRIPTED,
    SHELLS,
    TEXTS,
)
from sentinel.core.guard.commands import UNKNOWN, Command, Parse, Refusal
from sentinel.core.guard.expand import LONGEST, STDIN, readings, value
from sentinel.core.guard.programs import is_unknown, judge_program, mentions, program
from sentinel.core.guard.shells import (
    EMBEDDING,
    Call,
    carried_words,
    code_call,
    embedded_scripts,
    recipes_for,
    scripts_in,
    shell_call,
    unhidden,
)

DEPTH = 8
"""Shells within shells that are read."""
COMMANDS = 1500
"""Commands that are looked at, all in all, counting those that others carry."""
WORDS = 300
"""Words of a command that another one carries."""
_RUNNING = SHELLS | SCRIPTED | READERS | frozenset(INTERPRETERS)
# Patterns that few commands need are compiled when one does.
_RUNS = (
    r"(?i)system|popen|subprocess|exec|spawn|passthru|proc_open|%x|\brun\b|\bcall\b|check_|\bshell\b|\bsh\b|`|"
    r"\bqx\b|getline|Command|!\s*\w"
)
_SHELL_OPTIONS = frozenset({"-s", "-i", "--login", "--shell"})
_OPEN = rf"(^|[\n;&|])\s*{UNKNOWN}"


def judge(text: str, parse: Parse, additions: Additions) -> Refusal | None:
    """None where `text` may run.

    A backslash at the end of a line joins it to the next one, except in a comment: both readings have to be good.
    """
    if len(text) > LONGEST:
        reason = f"It is longer than the {LONGEST} characters that the guard reads."
        return Refusal("too long a command", reason, "Write it into a file, or run it in parts.")
    joined = re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1", text)
    texts = (text,) if joined == text else (text, joined)
    return next((found for one in texts if (found := _Judge(parse, additions).decide(one))), None)


class _Judge:
    """One decision: what the text sets, as far as it has been read, and how much was looked at."""

    def __init__(self, parse: Parse, additions: Additions) -> None:
        self._parse = parse
        self._additions = additions
        self._known = Known(parse)
        self._seen = 0

    def decide(self, text: str) -> Refusal | None:
        """A text that is too much to be read is searched, as one that cannot be read is."""
        found = self.script(text, 0)
        return found or (mentions(text, self._additions) if self._seen > COMMANDS or self._known.is_full else None)

    def script(self, text: str, depth: int) -> Refusal | None:
        if depth > DEPTH or len(text) > LONGEST:
            return mentions(text, self._additions)
        script = self._parse(text)
        self._known.learn(script)
        found = next((found for one in script.commands if (found := self._command(one, depth))), None)
        return found or (None if script.whole else mentions(text, self._additions))

    def _command(self, command: Command, depth: int) -> Refusal | None:
        if self._seen > COMMANDS:
            return None
        for name, _ in command.assignments:
            if name in EXECUTED and (found := self._first(self._known.values[name], depth)):
                return found
        for words in readings(command.words, self._known.values, self._known.output):
            found = self._words(_without_empty(words), command, depth)
            if found is not None:
                return found
        return None

    def _first(self, texts: list[str], depth: int) -> Refusal | None:
        return next((found for text in texts if (found := self.script(text, depth + 1))), None)

    def _words(self, words: list[str], command: Command, depth: int) -> Refusal | None:
        self._seen += 1
        if depth > DEPTH or not words or self._seen > COMMANDS:
            return None
        name = program(words[0])
        called = self._known.values.get(ALIAS + name, ())
        found = self._first([" ".join([text, *map(_quoted, words[1:])]) for text in called], depth)
        found = found or judge_program(words, self._additions)
        if found is None and name in EMBEDDING:
            found = self._first(embedded_scripts(name, words, self._known.stdin(command)), depth)
        if found is not None or name in TEXTS or (name == "command" and words[1:2] in (["-v"], ["-V"])):
            return found
        return self._run(name, words, command, depth)

    def _run(self, name: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """What another program makes of the words, by its kind."""
        if name in SHELLS:
            return self._shell(shell_call(words), command, depth)
        if name == "eval":
            return self._read(" ".join(words[1:]), command, depth)
        if name in ("source", "."):
            return self._shell(Call(None, "".join(words[1:2]), words[1:]), command, depth)
        if (interpreter := name.rstrip("0123456789.")) in INTERPRETERS:
            found = self._code(interpreter, words, command, depth)
            if found is not None or name not in CARRIERS:
                return found
        written = self._known.contents(words[0]) if "/" in words[0] else None
        found = self._file(written, words, command, depth) if written is not None else None
        return found or self._carried(name, words, command, depth)

    def _shell(self, call: Call, command: Command, depth: int) -> Refusal | None:
        """A script in an argument, in a file, or on stdin."""
        if call.only_read:
            return None
        self._known.arguments(call.arguments)
        if call.text is not None:
            return self._read(call.text, command, depth)
        if not call.file or call.file in STDIN:
            read = value(command.feed.file, self._known.values, self._known.output) if command.feed.file else []
            found = next((found for file in read if (found := self._started(Call(None, file, call.arguments)))), None)
            return found or self._read(self._known.stdin(command), command, depth)
        written = self._known.contents(call.file)
        found = self._read(written, command, depth) if written is not None else None
        return found or self._started(call)

    def _started(self, call: Call) -> Refusal | None:
        """A file that a shell or an interpreter is given to run, by its name."""
        file = call.file if "/" in call.file else f"./{call.file}"
        return judge_program([file, *call.arguments[1:]], self._additions)

    def _file(self, text: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """A file that the text writes and then runs."""
        first = text.partition("\n")[0]
        language = re.search(r"^#!.*?([a-z]+)[0-9.]*\s*$", first)
        if language and language[1] in INTERPRETERS:
            return self._searched(text)
        self._known.arguments(words)
        return self._read(text, command, depth)

    def _read(self, text: str, command: Command, depth: int) -> Refusal | None:
        """A script that a shell is given; what is hidden in it is looked for where it was hidden."""
        found = self.script(text, depth + 1)
        if found is None and re.search(_OPEN, text):
            found = hidden_by(command, self._known, self._parse, self._additions)
        return found

    def _code(self, interpreter: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """Code of another language: refused where it runs programs and a deployment stands in it."""
        if "-m" in words[:-1]:
            module = words.index("-m") + 1
            return self._words([words[module].partition(".")[0], *words[module + 1 :]], command, depth + 1)
        call = code_call(interpreter, words)
        if call.text is not None:
            return self._searched(call.text)
        if call.only_read:
            return None
        if not call.file:
            return self._searched(self._known.stdin(command))
        written = self._known.contents(call.file)
        found = self._searched(written) if written is not None else None
        return found or self._started(call)

    def _searched(self, code: str) -> Refusal | None:
        return mentions(unhidden(code), self._additions) if re.search(_RUNS, code) else None

    def _carried(self, name: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """A command among the arguments: behind a program that runs it, or behind `--`."""
        found = self._first(scripts_in(name, words), depth) or self._recipes(name, words, depth)
        if found is None and (name in READERS or _is_shell(name, words)):
            found = self._read(self._known.stdin(command), command, depth)
        if found is not None:
            return found
        if any("xargs" in word and program(word) == "xargs" for word in words):
            words = self._fed_words(words, command)
        rest = carried_words(name, words)
        inert = next((at for at in range(len(rest)) if _only_reads(rest[at : at + WORDS])), len(rest))
        suffixes = (rest[at : at + WORDS] for at in range(inert))
        return next((found for one in suffixes if (found := self._suffix(one, command, depth))), None)

    def _recipes(self, name: str, words: list[str], depth: int) -> Refusal | None:
        """What the text writes into a Makefile or a justfile for the targets that are asked for."""
        if name not in RECIPES:
            return None
        named = [after for word, after in pairwise(words) if word in RECIPE_OPTIONS]
        texts = [text for file in named or RECIPES[name] if (text := self._known.contents(file)) is not None]
        asked = [word for word in words[1:] if not word.startswith("-") and word not in named]
        return self._first([recipes_for(text, asked) for text in texts], depth)

    def _suffix(self, words: list[str], command: Command, depth: int) -> Refusal | None:
        """What a carrier may run; what a second carrier in it runs is looked at with the first one's."""
        self._seen += 1
        if self._seen > COMMANDS:
            return None
        name = program(words[0])
        if "/" in words[0] or ALIAS + name in self._known.values or name.rstrip("0123456789.") in _RUNNING:
            return self._words(words, command, depth + 1)
        return judge_program(words, self._additions)

    def _fed_words(self, words: list[str], command: Command) -> list[str]:
        """xargs appends what it reads, or puts it where `{}` stands, or what `-I` names."""
        fed = self._known.stdin(command).replace("\0", " ").split() or [UNKNOWN]
        mark = next((after for word, after in pairwise(words) if word in ("-I", "-J")), "{}")
        if any(mark in word for word in words):
            return [word.replace(mark, " ".join(fed)) for word in words]
        return [*words, *fed[:50]]


def _only_reads(words: list[str]) -> bool:
    """Whether the command reads, checks or prints what stands behind it: `cat FILE`, `bash -n FILE`."""
    name = program(words[0])
    return name in TEXTS or (name in SHELLS and shell_call(words).only_read)


def _is_shell(name: str, words: list[str]) -> bool:
    """`sudo -s`, `sudo -i -u deploy` start one."""
    return name in ("sudo", "doas") and not _SHELL_OPTIONS.isdisjoint(words)


def _without_empty(words: list[str]) -> list[str]:
    """From the first word that may be a program on: an empty variable is no word at all."""
    start = 0
    last = min(len(words) - 1, WORDS)
    while start < last and words[start] in ("", UNKNOWN) and not _is_telling(words[start : start + WORDS]):
        start += 1
    return words[start:]


def _is_telling(words: list[str]) -> bool:
    return is_unknown(words[0]) and judge_program(words, Additions()) is not None


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
