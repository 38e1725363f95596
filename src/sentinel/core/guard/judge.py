"""The guard's decision: every simple command of a text, through wrappers, nested shells, pipes and encodings."""

import re
from itertools import pairwise

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import UNKNOWN, Command, Parse, Script
from sentinel.core.guard.expand import readings, value
from sentinel.core.guard.output import output_of, stdin_of
from sentinel.core.guard.programs import is_unknown, judge_program, mentions, program
from sentinel.core.guard.rules import CARRIERS, DECODERS, INTERPRETERS, SCRIPTED, SHELLS, TEXTS
from sentinel.core.guard.verdict import Refusal

DEPTH = 8
"""Shells within shells that are read."""
COMMANDS = 3000
"""Commands that are looked at, all in all, counting those that others carry."""
_RUNS = re.compile(
    r"system|popen|subprocess|exec|spawn|\brun\b|\bcall\b|check_|\bshell\b|\bsh\b|`|\bqx\b", re.IGNORECASE
)


def judge(text: str, parse: Parse, additions: Additions) -> Refusal | None:
    """None where `text` may run.

    A backslash at the end of a line joins it to the next one, except in a comment: both readings have to be good.
    """
    joined = re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1", text)
    texts = (text,) if joined == text else (text, joined)
    return next((found for one in texts if (found := _Judge(parse, additions).decide(one))), None)


class _Judge:
    """One decision: what variables may hold, as far as it has been read, and how much was looked at."""

    def __init__(self, parse: Parse, additions: Additions) -> None:
        self._parse = parse
        self._additions = additions
        self._values: dict[str, list[str]] = {}
        self._seen = 0

    def decide(self, text: str) -> Refusal | None:
        """A text that is too much to be read is searched, as one that cannot be read is."""
        found = self.script(text, 0)
        return found or (mentions(text, self._additions) if self._seen > COMMANDS else None)

    def script(self, text: str, depth: int) -> Refusal | None:
        if depth > DEPTH:
            return mentions(text, self._additions)
        script = self._parse(text)
        self._learn(script)
        found = next((found for one in script.commands if (found := self._command(one, depth))), None)
        return found or (None if script.whole else mentions(text, self._additions))

    def _learn(self, script: Script) -> None:
        """What is set anywhere counts everywhere: branches and functions run in an order of their own."""
        for command in script.commands:
            assigned = list(command.assignments)
            for name, word in assigned:
                self._set(name, value(word, self._values, self._output))
            if command.words and command.words[0][:1] == (("bare", "alias"),):
                for words in readings(command.words[1:], self._values, self._output):
                    for name, equals, text in (word.partition("=") for word in words):
                        self._set(f"alias {name}", [text] if equals else [])

    def _set(self, name: str, texts: list[str]) -> None:
        known = self._values.setdefault(name, [])
        known += [text for text in texts if text not in known]

    def _output(self, text: str) -> str:
        return output_of(self._parse(text).commands, self._values, self._parse)

    def _command(self, command: Command, depth: int) -> Refusal | None:
        for words in readings(command.words, self._values, self._output):
            found = self._words(_without_empty(words), command, depth)
            if found is not None:
                return found
        return None

    def _words(self, words: list[str], command: Command, depth: int) -> Refusal | None:
        self._seen += 1
        if depth > DEPTH or not words or self._seen > COMMANDS:
            return None
        for text in self._values.get(f"alias {words[0]}", ()):
            found = self.script(" ".join([text, *map(_quoted, words[1:])]), depth + 1)
            if found is not None:
                return found
        name = program(words[0])
        found = judge_program(words, self._additions)
        if found is not None or name in TEXTS or (name == "command" and words[1:2] in (["-v"], ["-V"])):
            return found
        if name in SHELLS:
            return self._shell(words, command, depth)
        if name in ("source", ".") and len(words) > 1:
            return judge_program(words[1:], self._additions)
        if (interpreter := name.rstrip("0123456789.")) in INTERPRETERS:
            return self._code(interpreter, words, command, depth)
        return self._carried(name, words, command, depth)

    def _shell(self, words: list[str], command: Command, depth: int) -> Refusal | None:
        """A script in an argument, in a file, or on stdin."""
        for at, word in enumerate(words[1:], 1):
            if word.startswith("-") and not word.startswith("--") and "c" in word:
                text = next((one for one in words[at + 1 :] if not one.startswith(("-", "+"))), "")
                return self._read(text, depth)
            if not word.startswith(("-", "+")):
                return judge_program(words[at:], self._additions) if words[at - 1] != "-o" else None
        for file in value(command.feed.file or (), self._values, self._output) if command.feed.file else ():
            return judge_program([file], self._additions)
        return self._read(stdin_of(command, self._values, self._parse), depth, command)

    def _read(self, text: str, depth: int, command: Command | None = None) -> Refusal | None:
        """A script that a shell is given; one that came out of a decoder unread is refused."""
        if command is not None and UNKNOWN in text and self._is_decoded(command):
            reason = "A shell is to run what was decoded just before, and cannot be read."
            return Refusal("decoded script", reason, "Run the commands as they are.")
        for source in command.feed.source if command is not None else ():
            for words in readings(source.words, self._values, self._output):
                if (
                    words
                    and program(words[0]) == "cat"
                    and (found := judge_program(words[1:] or [""], self._additions))
                ):
                    return found
        return self.script(text, depth + 1)

    def _is_decoded(self, command: Command) -> bool:
        sources = list(command.feed.source)
        while sources:
            source = sources.pop()
            sources += source.feed.source
            for words in readings(source.words, self._values, self._output):
                if words and program(words[0]) in DECODERS:
                    return True
        return False

    def _code(self, interpreter: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """Code of another language: refused where it runs programs and a deployment stands in it."""
        if "-m" in words[:-1]:
            return self._words(words[words.index("-m") + 1 :], command, depth + 1)
        options = INTERPRETERS[interpreter]
        texts = [word for before, word in pairwise(words) if before in options or not options]
        if not any(not word.startswith("-") for word in words[1:]):
            texts = [stdin_of(command, self._values, self._parse)]
        code = next((text for text in texts if _RUNS.search(text) and mentions(text, self._additions)), None)
        if code is not None:
            return mentions(code, self._additions)
        return judge_program(words[1:], self._additions) if len(words) > 1 else None

    def _carried(self, name: str, words: list[str], command: Command, depth: int) -> Refusal | None:
        """A command among the arguments: behind a program that runs it, or behind `--`."""
        texts = [*_scripts(name, words), *([stdin_of(command, self._values, self._parse)] if name == "ssh" else [])]
        found = next((found for text in texts if (found := self.script(text, depth + 1))), None)
        if found is not None:
            return found
        if any(program(word) == "xargs" for word in words):
            words = self._fed_words(words, command)
        carried = name in CARRIERS or name in SCRIPTED or is_unknown(words[0])
        rest = words[1:] if carried else words[words.index("--") + 1 :] if "--" in words else []
        inert = next((at for at, word in enumerate(rest) if program(word) in TEXTS), len(rest))
        suffixes = (rest[at:] for at in range(inert))
        return next((found for one in suffixes if (found := self._suffix(one, command, depth))), None)

    def _suffix(self, words: list[str], command: Command, depth: int) -> Refusal | None:
        """What a carrier may run; what a second carrier in it runs is looked at with the first one's."""
        if program(words[0]) in CARRIERS or is_unknown(words[0]):
            return judge_program(words, self._additions)
        return self._words(words, command, depth + 1)

    def _fed_words(self, words: list[str], command: Command) -> list[str]:
        """xargs appends what it reads, or puts it where `{}` stands."""
        fed = stdin_of(command, self._values, self._parse).split() or [UNKNOWN]
        if any("{}" in word for word in words):
            return [word.replace("{}", " ".join(fed)) for word in words]
        return [*words, *fed[:50]]


def _scripts(name: str, words: list[str]) -> list[str]:
    """What a program hands to a shell, or splits as one does."""
    if name in SCRIPTED:
        return [" ".join(words[1:]), *(word for word in words[1:] if " " in word)]
    if name == "env" and any(word.startswith(("-S", "--split-string")) for word in words):
        return [" ".join(words[1:]).replace("--split-string", " ").replace("-S", " ")]
    return []


def _without_empty(words: list[str]) -> list[str]:
    """From the first word that may be a program on: an empty variable is no word at all."""
    start = 0
    while start < len(words) - 1 and words[start] in ("", UNKNOWN) and not _is_telling(words[start:]):
        start += 1
    return words[start:]


def _is_telling(words: list[str]) -> bool:
    return is_unknown(words[0]) and judge_program(words, Additions()) is not None


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
