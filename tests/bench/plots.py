"""Distributions drawn as SVG: small, without scripts or fonts of its own, readable on a light and on a dark page."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import accumulate

from tests.bench.section import Line, Plot

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 200, 50, 60
COLOURS = ("#0b62a4", "#c2410c", "#15803d", "#7c3aed")
INK, GRID = "#222", "#ddd"
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
_STEPS = (1, 2, 5)

Scale = Callable[[float], float]


def svg(plot: Plot) -> str:
    ticks = _ticks(plot)
    across = _scale(ticks, logarithmic=plot.logarithmic)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
            f' font-size="12" fill="{INK}" role="img">',
            f"<title>{escape(plot.title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            _text(LEFT + _INNER_WIDTH / 2, 28, plot.title, 'text-anchor="middle" font-size="16"'),
            *_across(ticks, across),
            *_upwards(),
            _text(LEFT + _INNER_WIDTH / 2, HEIGHT - 16, plot.axis, 'text-anchor="middle"'),
            _text(0, 0, "share", f'text-anchor="middle" transform="translate(16 {_up(0.5):g}) rotate(-90)"'),
            *(_curve(line, across) for line in plot.lines),
            *_legend(plot.lines),
            "</svg>\n",
        )
    )


def _ticks(plot: Plot) -> list[float]:
    """Round numbers around all samples: 1, 2 or 5 times a power of ten; from 0 on where the axis is linear."""
    samples = [sample for line in plot.lines for sample in line.samples]
    low, high = min(samples), max(samples)
    if plot.logarithmic:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        marks = [step * 10.0**power for power in powers for step in _STEPS]
        first = max(mark for mark in marks if mark <= low)
        last = min(mark for mark in marks if mark >= high)
        return [mark for mark in marks if first <= mark <= last]
    rough = high / 8
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (*_STEPS, 10) if each * power >= rough)
    return [step * number for number in range(math.ceil(high / step) + 1)]


def _scale(ticks: Sequence[float], *, logarithmic: bool) -> Scale:
    """From a sample to its place between the first and the last tick."""
    along: Scale = math.log10 if logarithmic else float
    first, last = along(ticks[0]), along(ticks[-1])
    return lambda sample: LEFT + _INNER_WIDTH * (along(sample) - first) / (last - first)


def _up(share: float) -> float:
    return TOP + _INNER_HEIGHT * (1 - share)


def _across(ticks: Sequence[float], across: Scale) -> Iterator[str]:
    for tick in ticks:
        x = across(tick)
        yield f'<path d="M{x:.1f} {TOP}V{TOP + _INNER_HEIGHT}" stroke="{GRID}"/>'
        yield _text(x, TOP + _INNER_HEIGHT + 18, f"{tick:g}", 'text-anchor="middle"')


def _upwards() -> Iterator[str]:
    for percent in range(0, 101, 25):
        y = _up(percent / 100)
        yield f'<path d="M{LEFT} {y:.1f}h{_INNER_WIDTH}" stroke="{GRID}"/>'
        yield _text(LEFT - 8, y + 4, f"{percent} %", 'text-anchor="end"')


def _curve(line: Line, across: Scale) -> str:
    """In steps, since between two samples there is none."""
    counted = sorted(Counter(line.samples).items())
    reached = accumulate(count / len(line.samples) for _, count in counted)
    steps = "".join(
        f"H{across(sample):.1f}V{_up(share):.1f}" for (sample, _), share in zip(counted, reached, strict=True)
    )
    start = f"M{across(counted[0][0]):.1f} {_up(0):.1f}"
    return f'<path d="{start}{steps}" fill="none" stroke-width="1.8" {_stroke(line)}/>'


def _legend(lines: Sequence[Line]) -> Iterator[str]:
    x = WIDTH - RIGHT + 16
    for number, line in enumerate(lines):
        y = TOP + 10 + 20 * number
        yield f'<path d="M{x} {y}h24" stroke-width="1.8" {_stroke(line)}/>'
        yield _text(x + 32, y + 4, line.name)


def _stroke(line: Line) -> str:
    dashes = ' stroke-dasharray="5 4"' if line.dashed else ""
    return f'stroke="{COLOURS[line.group]}"{dashes}'


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {attributes}>{escape(text)}</text>'
