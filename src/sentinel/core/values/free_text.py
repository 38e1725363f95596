"""Free text: fields that may quote a script, a service, git, an agent or a person, and so a secret.

The type of a field says whether it is free text. `without_secrets` masks such fields wherever they are in a value.
Names, digests, commands and whatever else must not change have other types.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from sentinel.core.values.printable import printable

Mask = Callable[[str], str]
Value = TypeVar("Value")


class _Free:
    """The mark."""


FREE = _Free()
FreeText = Annotated[str, FREE]
_Masking = Callable[[Any, Mask], Any]
"""A value of one type without secrets: the same object where it had none."""


def without_secrets(value: Value, mask: Mask) -> Value:
    """`value` with every free text in it masked: a model, a dataclass, or a tuple or dict of those."""
    if isinstance(value, tuple):
        return cast(Value, _each(without_secrets)(value, mask))
    kind: Any = type(value)
    masking = _of_class(kind)
    return value if masking is None else cast(Value, masking(value, mask))


@cache
def _of_class(kind: Any) -> _Masking | None:
    """The masking of a model or a dataclass; None for other types, and for one without free text."""
    if not (isinstance(kind, type) and (issubclass(kind, BaseModel) or is_dataclass(kind))):
        return None
    own = kind.model_fields if issubclass(kind, BaseModel) else [field.name for field in fields(kind)]
    hints = get_type_hints(kind, include_extras=True)
    maskings = [(name, masking) for name in own if (masking := _of(hints[name]))]
    return _changed(maskings) if maskings else None


def _changed(maskings: list[tuple[str, _Masking]]) -> _Masking:
    def masking(value: Any, mask: Mask) -> Any:
        before = [(name, getattr(value, name), change) for name, change in maskings]
        after = {name: new for name, old, change in before if (new := change(old, mask)) is not old}
        if not after:
            return value
        return value.model_copy(update=after) if isinstance(value, BaseModel) else replace(value, **after)

    return masking


def _of(hint: Any) -> _Masking | None:
    """The masking of a type as it is annotated."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _text if FREE in arguments[1:] else _of(arguments[0])
    if origin in (Union, UnionType):
        maskings = [masking for one in arguments if (masking := _of(one))]
        return _one_of(maskings, arguments) if maskings else None
    if origin is tuple:
        maskings = [masking for one in arguments if (masking := _of(one))]
        return _each(_one_of(maskings, tuple(one for one in arguments if one is not Ellipsis))) if maskings else None
    if isinstance(origin, type) and issubclass(origin, Mapping):
        masking = _of(arguments[1])
        return _values(masking) if masking else None
    return without_secrets if _of_class(hint) else None


def _text(value: str, mask: Mask) -> str:
    masked = mask(value)
    return value if masked == value else masked


def _one_of(maskings: list[_Masking], arguments: tuple[Any, ...]) -> _Masking:
    """The masking of a union; only None may stand beside the type with free text."""
    if len(arguments) > 1 + (NoneType in arguments):
        raise TypeError(f"of {arguments}, it is not known which has free text")
    return lambda value, mask: value if value is None else maskings[0](value, mask)


def _each(masking: _Masking) -> _Masking:
    def each(values: tuple[Any, ...], mask: Mask) -> tuple[Any, ...]:
        changed = tuple(masking(value, mask) for value in values)
        return values if all(new is old for new, old in zip(changed, values, strict=True)) else changed

    return each


def _values(masking: _Masking) -> _Masking:
    def each(values: Mapping[str, Any], mask: Mask) -> Mapping[str, Any]:
        changed = {key: masking(value, mask) for key, value in values.items()}
        return values if all(changed[key] is value for key, value in values.items()) else changed

    return each


def _folded(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


# An agent's words are stored and shown to people: on one line, with hidden characters made visible.
Name = Annotated[FreeText, Field(min_length=1, max_length=100), BeforeValidator(_folded), AfterValidator(printable)]
Line = Annotated[FreeText, Field(min_length=1, max_length=500), BeforeValidator(_folded), AfterValidator(printable)]
Version = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
