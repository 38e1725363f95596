"""The recipes of a Makefile or a justfile, for the targets that somebody asks for."""

import re

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
