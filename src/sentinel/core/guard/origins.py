"""Where a script comes from that cannot be read: what was decoded is refused, what says a deployment is found."""

from collections.abc import Iterator

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.carriers import DECODERS
from sentinel.core.guard.commands import OUTPUT, PROCESS, QUOTED_OUTPUT, Command, Parse, Word
from sentinel.core.guard.expand import readings, value
from sentinel.core.guard.learning import Known
from sentinel.core.guard.programs import judge_program, mentions, program
from sentinel.core.guard.verdict import Refusal

_LIMIT = 50
"""Commands behind one script that are looked at."""


def hidden_by(command: Command, known: Known, parse: Parse, additions: Additions) -> Refusal | None:
    """What the commands hide whose output `command` is given to run."""
    for _, source in zip(range(_LIMIT), _origins(command, parse), strict=False):
        for words in readings(source.words, known.values, known.output):
            name = program(words[0]) if words else ""
            if name in DECODERS:
                reason = "A shell is to run what was decoded just before, and cannot be read."
                return Refusal("decoded script", reason, "Run the commands as they are.")
            if name == "cat" and (found := judge_program(words[1:] or [""], additions)):
                return found
            fed = value(source.feed.text, known.values, known.output) if source.feed.text else []
            if found := mentions(" ".join([*words, *fed]), additions):
                return found
    return None


def _origins(command: Command, parse: Parse) -> Iterator[Command]:
    """Through pipes, substitutions, and files that stand for the output of commands."""
    left = [command]
    while left:
        one = left.pop()
        given = (*one.words, one.feed.text or (), one.feed.file or ())
        made = [*one.feed.source, *(source for word in given for source in _made(word, parse))]
        yield from made
        left += made


def _made(word: Word, parse: Parse) -> list[Command]:
    kinds = (OUTPUT, QUOTED_OUTPUT, PROCESS)
    return [command for kind, text in word if kind in kinds for command in parse(text).commands]
