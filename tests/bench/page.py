"""`docs/benchmarks.md` with its plots: what was measured, against which goal, and how."""

import os
import platform
import textwrap
from collections.abc import Sequence
from pathlib import Path

from tests.bench.plots import svg
from tests.bench.section import Figure, Section, shown

DOCS = Path(__file__).parents[2] / "docs"
HEAD = """# Benchmarks

How fast Sentinel is, how much memory it needs, and against which goal each figure is measured.

`make bench` wrote this page, in one run, on {machine}.

A figure that names two things is a ratio. Both were measured in turns in that run, so other load on the
machine affects both alike. In the plots, the horizontal axis is a time, and the vertical axis is the share of
samples that took at most that time.
"""
TABLE = "| what | measured | goal | | of what |\n|---|---|---|---|---|"


def write_page(sections: Sequence[Section], docs: Path = DOCS) -> None:
    plots = docs / "benchmarks"
    plots.mkdir(exist_ok=True)
    for plot in (plot for section in sections for plot in section.plots):
        (plots / f"{plot.file}.svg").write_text(svg(plot), encoding="utf-8")
    text = "\n".join((HEAD.format(machine=_machine()), *map(_section, sections)))
    (docs / "benchmarks.md").write_text(text, encoding="utf-8")


def _machine() -> str:
    cores = f"{os.cpu_count()} cores of {platform.machine()}"
    return f"{cores} with {platform.system()} and Python {platform.python_version()}"


def _section(section: Section) -> str:
    rows = "\n".join(map(_row, section.figures))
    images = "".join(f"\n![{plot.title}](benchmarks/{plot.file}.svg)\n" for plot in section.plots)
    method = textwrap.fill(section.method, 110, break_on_hyphens=False, break_long_words=False)
    return f"## {section.title}\n\n{method}\n\n{TABLE}\n{rows}\n{images}"


def _row(figure: Figure) -> str:
    verdict = "met" if figure.met else "**missed**"
    value = f"{shown(figure.value)}{figure.unit}"
    return f"| {figure.name} | {value} | ≤ {figure.goal:g}{figure.unit} | {verdict} | {figure.detail} |"
