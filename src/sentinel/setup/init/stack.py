"""What Sentinel knows about a way to build software, and how one is chosen by what the repository shows."""

from collections.abc import Iterable
from dataclasses import dataclass

Facts = frozenset[str]
"""What was seen: paths that exist, and findings such as `npm:build`, which have a colon (facts.py)."""

NO_BUILD = "echo 'sentinel.toml does not say yet how to build: fill in command in [build].' >&2; exit 1"
NO_TESTS = "echo 'sentinel.toml does not say yet how to test: fill in command in [tests].' >&2; exit 1"
"""Valid at once, and an honest failure of the gate whose words reach whoever asks for a release."""
SOMEWHERE = ("dist/**",)


@dataclass(frozen=True, slots=True)
class Way:
    """A command, or a part of one, with the files that it makes; `guessed` are those that it usually makes."""

    command: str
    needs: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    guessed: bool = False

    def possible(self, facts: Facts) -> bool:
        return facts.issuperset(self.needs)


@dataclass(frozen=True, slots=True)
class Stack:
    """One row of the table (stacks.py).

    Of `build` and `tests` the first possible way is taken; `setup` is put together from all possible ones. `passed` are
    variables besides HOME and LANG, `tools` the programs to look for. What a stack that `wraps` leaves open is taken
    from the one that it wraps.
    """

    title: str
    needs: tuple[str, ...]
    build: tuple[Way, ...]
    tests: tuple[Way, ...]
    setup: tuple[Way, ...] = ()
    passed: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    wraps: bool = False

    @property
    def family(self) -> str:
        return self.title.partition(" with ")[0]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one repository is built and tested; a command that is not known is None."""

    title: str
    others: tuple[str, ...]
    setup: str | None
    build: str | None
    tests: str | None
    artifacts: tuple[str, ...]
    guessed: bool
    passed: tuple[str, ...]
    tools: tuple[str, ...]


def choose(stacks: Iterable[Stack], facts: Facts) -> Recipe:
    """The recipe of the first stack that `facts` show; one that knows nothing where there is none."""
    shown = [stack for stack in stacks if facts.issuperset(stack.needs)]
    if not shown:
        return Recipe("", (), None, None, None, SOMEWHERE, guessed=True, passed=(), tools=())
    first, *rest = shown
    others = dict.fromkeys(stack.family for stack in rest if stack.family != first.family)
    wrapped = _recipe(rest[0], facts) if first.wraps and rest else None
    return _recipe(first, facts, wrapped, tuple(others))


def _recipe(stack: Stack, facts: Facts, wrapped: Recipe | None = None, others: tuple[str, ...] = ()) -> Recipe:
    build = _first(stack.build, facts)
    tests = _first(stack.tests, facts)
    setup = "".join(way.command for way in stack.setup if way.possible(facts))
    artifacts = build.artifacts if build else ()
    return Recipe(
        title=stack.title,
        others=others,
        setup=setup or (wrapped.setup if wrapped else None),
        build=build.command if build else None,
        tests=tests.command if tests else None,
        artifacts=artifacts or (wrapped.artifacts if wrapped else SOMEWHERE),
        guessed=build is None or build.guessed,
        passed=(*stack.passed, *(wrapped.passed if wrapped else ())),
        tools=(*stack.tools, *(wrapped.tools if wrapped else ())),
    )


def _first(ways: tuple[Way, ...], facts: Facts) -> Way | None:
    return next((way for way in ways if way.possible(facts)), None)
