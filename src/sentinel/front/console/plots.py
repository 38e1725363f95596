"""Plots as SVG: lines over a range, with limits that are named where they stand. Colours come from the style sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor, log10

import htpy as h

WIDTH, HEIGHT = 420.0, 180.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 8.0, 12.0, 22.0

Point = tuple[float, float]
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Line:
    """`tone` chooses its colour, and `dashed` tells it from another one without colour."""

    name: str
    points: Sequence[Point]
    tone: str = "accent"
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A level that means something, with its name beside it; `bad_above` shades what lies over it."""

    name: str
    level: float
    tone: str = "bad"
    bad_above: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """Values up to `most` (from `least`) over `until` on the right; labels are written by the two functions."""

    title: str
    lines: Sequence[Line]
    limits: Sequence[Limit]
    until: float
    most: float
    least: float = 0.0
    x_label: Callable[[float], str] = "{:g}".format
    y_label: Callable[[float], str] = "{:g}".format
    x_ticks: Sequence[float] = ()


def plot(shown: Plot) -> h.Element:
    """A figure with its title, and the names of its lines."""
    x, y = _scales(shown)
    return h.figure(".plot")[
        h.figcaption[shown.title, h.span(".legend")[(_key(line) for line in shown.lines)]],
        h.svg(viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=_spoken(shown))[
            [_shaded(limit, y) for limit in shown.limits if limit.bad_above],
            [_tick_y(level, shown, y) for level in (shown.least, shown.most)],
            [_tick_x(moment, shown, x) for moment in shown.x_ticks or (0, shown.until / 2, shown.until)],
            [_limit(limit, y) for limit in shown.limits],
            [_line(line, x, y, shown) for line in shown.lines],
        ],
    ]


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of `bars`: `parts` are its numbers from the bottom up, each with its tone."""

    label: str
    parts: Sequence[tuple[float, str]]
    spoken: str


def bars(
    title: str, columns: Sequence[Bar], *, written: Callable[[float], str], legend: Sequence[Line] = ()
) -> h.Element:
    """Columns from zero on; the first and last are named, and each says its numbers when pointed at."""
    most = max((sum(number for number, _ in bar.parts) for bar in columns), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(columns))
    unit = (HEIGHT - _TOP - _BOTTOM) / most
    nodes: list[h.Node] = []
    for place, bar in enumerate(columns):
        top, left = HEIGHT - _BOTTOM, _LEFT + place * step
        rects = []
        for number, tone in bar.parts:
            top -= number * unit
            rects.append(_rect(left + step * 0.15, top, step * 0.7, number * unit, f"bar tone-{tone}"))
        nodes.append(h.g[h.title[bar.spoken], rects])
        if place in (0, len(columns) - 1):
            anchor = "start" if place == 0 else "end"
            at = left if place == 0 else left + step
            nodes.append(_text(at, HEIGHT - 7, bar.label, anchor=anchor))
    return h.figure(".plot")[
        h.figcaption[title, h.span(".legend")[(_key(line) for line in legend)] if legend else None],
        h.svg(
            viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
            role="img",
            aria_label=f"{title}: {'; '.join(b.spoken for b in columns)}",
        )[
            _rule(HEIGHT - _BOTTOM, "axis"),
            _rule(_TOP, "axis"),
            _text(_LEFT - 6, _TOP + 4, written(most), anchor="end"),
            _text(_LEFT - 6, HEIGHT - _BOTTOM + 4, written(0), anchor="end"),
            nodes,
        ],
    ]


def rounded_up(most: float) -> float:
    """To 1, 2, 3 or 5 of its power of ten, for a scale that is read easily."""
    power = 10.0 ** floor(log10(most))
    return next(step * power for step in (1, 2, 3, 5, 10) if step * power >= most * 0.999)


def _scales(shown: Plot) -> tuple[Scale, Scale]:
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    span = (shown.most - shown.least) or 1.0

    def x(value: float) -> float:
        return _LEFT + width * min(1.0, max(0.0, value / (shown.until or 1.0)))

    def y(value: float) -> float:
        return _TOP + height * (1 - min(1.0, max(0.0, (value - shown.least) / span)))

    return x, y


def _line(line: Line, x: Scale, y: Scale, shown: Plot) -> h.Node:
    inside = [(at, value) for at, value in line.points if at <= shown.until]
    if not inside:
        return None
    path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in inside)
    at, value = inside[-1]
    dashed = "dashed" if line.dashed else None
    return [
        h.polyline(class_=["line", f"tone-{line.tone}", dashed], points=path),
        h.circle(class_=["end", f"tone-{line.tone}"], cx=f"{x(at):.1f}", cy=f"{y(value):.1f}", r="3"),
    ]


def _limit(limit: Limit, y: Scale) -> h.Node:
    level = y(limit.level)
    below = level <= _TOP + 14 or limit.level < 0
    at = level + 13 if below else level - 4
    name = _text(WIDTH - _RIGHT, at, limit.name, anchor="end", tone=limit.tone)
    return [_rule(level, f"limit tone-{limit.tone}"), name]


def _shaded(limit: Limit, y: Scale) -> h.Node:
    return _rect(_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, max(0.0, y(limit.level) - _TOP), f"shade tone-{limit.tone}")


def _tick_y(level: float, shown: Plot, y: Scale) -> h.Node:
    return [_rule(y(level), "axis"), _text(_LEFT - 6, y(level) + 4, shown.y_label(level), anchor="end")]


def _tick_x(moment: float, shown: Plot, x: Scale) -> h.Node:
    anchor = "start" if moment <= 0 else "end" if moment >= shown.until else "middle"
    return _text(x(moment), HEIGHT - 7, shown.x_label(moment), anchor=anchor)


def _rule(level: float, name: str) -> h.Node:
    return h.line(class_=name, x1=f"{_LEFT:g}", x2=f"{WIDTH - _RIGHT:g}", y1=f"{level:.1f}", y2=f"{level:.1f}")


def _rect(left: float, top: float, width: float, height: float, name: str) -> h.Node:
    return h.rect(class_=name, x=f"{left:.1f}", y=f"{top:.1f}", width=f"{width:.1f}", height=f"{height:.1f}")


def _text(x: float, y: float, text: str, *, anchor: str, tone: str = "quiet") -> h.Node:
    return h.text(class_=f"tone-{tone}", x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)[text]


def _key(line: Line) -> h.Node:
    dashed = "dashed" if line.dashed else None
    return h.span(class_=["key", f"tone-{line.tone}", dashed])[line.name]


def _spoken(shown: Plot) -> str:
    """The newest values in words."""
    values = (f"{line.name} {shown.y_label(line.points[-1][1])}" for line in shown.lines if line.points)
    limits = (f"{limit.name} at {shown.y_label(limit.level)}" for limit in shown.limits)
    return f"{shown.title}: {', '.join((*values, *limits))}"
