"""What a measurement comes to: figures with their goals, and distributions to draw."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number with its goal, which it must not exceed; both in `unit`."""

    name: str
    value: float
    goal: float
    unit: str
    detail: str = ""

    @property
    def met(self) -> bool:
        return self.value <= self.goal

    def __str__(self) -> str:
        verdict = "meets" if self.met else "MISSES"
        line = f"{self.name}: {shown(self.value)}{self.unit} {verdict} the goal of {self.goal:g}{self.unit}"
        return f"{line} ({self.detail})" if self.detail else line


@dataclass(frozen=True, slots=True)
class Line:
    """The samples of one distribution; lines of one `group` share a colour, and a dashed one is what is compared."""

    name: str
    samples: tuple[float, ...]
    group: int
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Distributions as the share of samples (upwards) that are at most so much (to the right)."""

    file: str
    title: str
    axis: str
    lines: tuple[Line, ...]
    logarithmic: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    method: str
    figures: tuple[Figure, ...]
    plots: tuple[Plot, ...] = ()


def shown(value: float) -> str:
    """Three digits, or as many as the whole number has."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def ratio(name: str, ours: Sequence[float], theirs: Sequence[float], goal: float) -> Figure:
    """Of the medians of two series of seconds, which took turns."""
    a, b = statistics.median(ours), statistics.median(theirs)
    detail = f"medians of {len(ours)}: {shown(1000 * a)} ms and {shown(1000 * b)} ms"
    return Figure(name, a / b, goal, "", detail)
