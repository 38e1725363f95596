"""The rules of a SARIF run, and which of them a result violates (SARIF 2.1.0, 3.52.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from pydantic import JsonValue

Table = Mapping[str, JsonValue]
_T = TypeVar("_T")

_LONGEST_ID = 1000
"""Characters of a rule's id that tell it from others; more is not read."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the driver and of each extension, in their order, and of all by id or guid; the driver's first."""

    driver: tuple[Table, ...]
    extensions: tuple[tuple[Table, ...], ...]
    by_id: Mapping[str, Table]

    @classmethod
    def of(cls, tool: Table, kind: str = "rules") -> Self:
        driver = tuple(tables(table(tool.get("driver")).get(kind)))
        extensions = tuple(tuple(tables(extension.get(kind))) for extension in tables(tool.get("extensions")))
        ordered = [rule for rules in (driver, *extensions) for rule in rules]
        keys = {string(rule.get(key)): rule for key in ("guid", "id") for rule in reversed(ordered)}
        return cls(driver, extensions, {key: rule for key, rule in keys.items() if key})

    def of_result(self, result: Table) -> Table:
        """The rule at the index that the result gives, unless that one has another id; else the rule of that id.

        An id may be more precise than its rule's: `CA5350/md5` violates `CA5350`. Empty where there is no such rule.
        """
        name, indexed = identifier(result), self._indexed(result)
        if indexed is not None and (not name or f"{name}/".startswith(f"{string(indexed.get('id'))}/")):
            return indexed
        while name and name not in self.by_id:
            name = name.rpartition("/")[0]
        return self.by_id.get(name or string(table(result.get("rule")).get("guid")), {})

    def _indexed(self, result: Table) -> Table | None:
        reference = table(result.get("rule"))
        component = table(reference.get("toolComponent")).get("index")
        rules = self.driver if component is None else _at(self.extensions, component)
        return _at(rules or (), result.get("ruleIndex", reference.get("index")))


def identifier(result: Table) -> str:
    """The id that the result gives its rule, or the empty string."""
    return (string(result.get("ruleId")) or string(table(result.get("rule")).get("id")))[:_LONGEST_ID]


def table(value: JsonValue) -> Table:
    return value if isinstance(value, dict) else {}


def tables(value: JsonValue) -> Iterator[Table]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def string(value: JsonValue) -> str:
    """A string or a number as text, anything else as the empty string."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _at(items: tuple[_T, ...], index: JsonValue) -> _T | None:
    if not isinstance(index, int) or isinstance(index, bool):
        return None
    return items[index] if 0 <= index < len(items) else None
