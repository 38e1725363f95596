"""Every text in the values that the daemon stores, answers with and is asked with, by the class and field it is in."""

import dataclasses
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, JsonValue

from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditDraft
from sentinel.core.audit.findings import Finding, Resolution, ScanReport
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice
from sentinel.core.tools.catalog import Request
from sentinel.core.tools.status import ReleaseStatus
from sentinel.core.values.free_text import FREE
from sentinel.core.verification.sequential_test import Sample
from sentinel.engine.api import requests
from sentinel.engine.history import Sealed
from sentinel.engine.operations.adoption import Kept
from sentinel.engine.operations.deployment import CleanUp
from sentinel.engine.operations.prepare import Attested, Built, Tagged, Verdicts
from sentinel.engine.operations.rollback import Code
from sentinel.engine.operations.tests import Seen
from sentinel.engine.operations.verification import Window
from sentinel.engine.runtime.run import Ended, Placed

STEPS: tuple[type, ...] = (Attested, Built, CleanUp, Code, Ended, Kept, Placed, Sealed, Seen, Tagged, Verdicts, Window)
STORED: tuple[type, ...] = (
    *(Project, AuditDraft, Finding, ScanReport, Resolution, Sample, Notice, Token),
    *STEPS,
)
ASKED: tuple[type, ...] = (*get_args(Request), *requests().values())
ANSWERED = (ReleaseStatus, *(get_type_hints(request.carry_out)["return"] for request in requests().values()))


def texts(hint: Any, where: str = "", seen: set[type] | None = None) -> Iterator[tuple[str, bool]]:
    """Each text below a type, as `Class.field`, and whether it is free; a policy is stored as a person trusted it."""
    seen = set() if seen is None else seen
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in (str, JsonValue) or (origin is Annotated and FREE in arguments):
        yield where, hint not in (str, JsonValue)
    elif origin is Annotated:
        yield from texts(arguments[0], where, seen)
    elif origin not in (None, Literal):
        for one in arguments:
            yield from texts(one, where, seen)
    elif isinstance(hint, type) and hint is not Policy and hint not in seen:
        seen.add(hint)
        for name, field in named(hint).items():
            yield from texts(field, f"{hint.__name__}.{name}", seen)


def named(kind: type) -> dict[str, Any]:
    """The fields of a model or a dataclass with their types."""
    if not issubclass(kind, BaseModel) and not dataclasses.is_dataclass(kind):
        return {}
    own = kind.model_fields if issubclass(kind, BaseModel) else [field.name for field in dataclasses.fields(kind)]
    hints = get_type_hints(kind, include_extras=True)
    return {name: hints[name] for name in own}


def filled(hint: Any, text: str) -> Any:
    """A value with `text` in each free text of it, and in no other; nothing where there is none below."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated and FREE in arguments:
        return text
    if origin is Annotated:
        return filled(arguments[0], text)
    if origin in (Union, UnionType):
        return next((filled(one, text) for one in arguments if list(texts_free(one))), None)
    if origin is tuple:
        return (filled(arguments[0], text), filled(arguments[0], text)) if list(texts_free(arguments[0])) else ()
    if isinstance(hint, type) and list(texts_free(hint)):
        values = {name: filled(field, text) for name, field in named(hint).items()}
        return hint.model_construct(**values) if issubclass(hint, BaseModel) else _bare(hint, values)
    return None


def texts_free(hint: Any) -> Iterator[str]:
    return (where for where, free in texts(hint) if free)


def _bare(kind: type, values: dict[str, Any]) -> Any:
    made: Any = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
