"""Prometheus' answer to an instant query: one number, or what is wrong and what to write instead."""

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from sentinel.core.values.printable import printable

Query = Literal["error_rate", "latency"]
_LOGIN = 'Name a secret of daemon.toml as `login` beside the url; it holds "user:password" or "Header: value".'
_TEXT_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Reading:
    """The number, or what came instead and how to fix it; `no_data` if there is nothing to read yet."""

    query: Query
    value: float | None = None
    problem: str = ""
    fix: str = ""
    no_data: bool = False

    @property
    def counted(self) -> float | None:
        """The number; an error rate without a series is 0, because nothing has failed yet."""
        if self.query == "error_rate" and self.problem == _NO_SERIES:
            return 0.0
        return self.value


_NO_SERIES = "has no series"


def unusable(readings: tuple[Reading, ...], *, in_production: bool) -> tuple[Reading, ...]:
    """The readings that cannot judge a release. Before the first deployment there may be no data yet."""
    return tuple(one for one in readings if one.counted is None and (in_production or not one.no_data))


def remarks(readings: tuple[Reading, ...]) -> tuple[str, ...]:
    """What a person should know about readings without a number that may still be used."""
    said = {"error_rate": "until it has one, there are no errors", "latency": "it is expected once there is traffic"}
    return tuple(
        f"Prometheus: {one.query} {one.problem}; {said[one.query]}. {one.fix}" for one in readings if one.problem
    )


def read_answer(query: Query, *, status: int | None, body: str, reason: str) -> Reading:
    """The reading in an answer; `reason` says what the service did: "answered 400", "refused the connection"."""
    if status != 200:
        return _refused(query, status, body, reason)
    try:
        data = json.loads(body)["data"]
        kind, result = data["resultType"], data["result"]
        values = [element["value"] for element in result] if kind == "vector" else [result]
        numbers = [float(str(value[1])) for value in values] if kind in ("vector", "scalar") else None
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        numbers = None
    if numbers is None:
        fix = "Write an instant query, whose result is a scalar or a vector, and check the url of Prometheus."
        return Reading(query, problem="was not answered with numbers", fix=fix)
    if not numbers:
        return Reading(query, problem=_NO_SERIES, fix="Write `(…) or vector(0)`.", no_data=True)
    if len(numbers) > 1:
        fix = "Put `sum(…)` or `max(…)` around it."
        return Reading(query, problem=f"has {len(numbers)} series, and one is needed", fix=fix)
    if not math.isfinite(numbers[0]):
        shown = "NaN, as for a division by zero" if math.isnan(numbers[0]) else str(numbers[0])
        fix = "Write `((…) >= 0) or vector(0)`."
        return Reading(query, problem=f"is {shown}", fix=fix, no_data=math.isnan(numbers[0]))
    return Reading(query, value=numbers[0])


def _refused(query: Query, status: int | None, body: str, reason: str) -> Reading:
    """The refusal, with the `error` of Prometheus' answer if there is one; a proxy answers in another form."""
    try:
        answer: Any = json.loads(body)
        said = answer["error"] if isinstance(answer["error"], str) else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        said = ""
    words = printable(" ".join(said.split()), limit=_TEXT_LIMIT)
    problem = f"cannot be asked: Prometheus {reason}{f', {words}' if words else ''}"
    if status in (401, 403):
        return Reading(query, problem=problem, fix=_LOGIN)
    if status in (400, 422):
        return Reading(query, problem=problem, fix="Correct the query.")
    return Reading(query, problem=problem, fix="Start Prometheus, or correct its `url`.")
