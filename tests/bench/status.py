"""What `sentinel status` costs a person, beside `git status` in the same working copy."""

import statistics
import subprocess
import time

from tests.bench.figures import RELAY, Bench
from tests.bench.section import Figure, Section, shown

ROUNDS = 40
GOAL_MS = 70
METHOD = (
    "The time is that of the whole process, from its start to its end, while the daemon runs. The calls alternate "
    "with `git status` in the same working copy."
)


def status(bench: Bench) -> Section:
    ours, git = [], []
    for _ in range(ROUNDS):
        ours.append(_run(bench, RELAY[0], "status"))
        git.append(_run(bench, "git", "status"))
    beside = f"`git status`: {shown(statistics.median(git))} ms"
    spread = f"median of {ROUNDS}, from {shown(min(ours))} to {shown(max(ours))} ms; {beside}"
    figure = Figure("`sentinel status`", statistics.median(ours), GOAL_MS, " ms", spread)
    return Section("The command line", METHOD, (figure,))


def _run(bench: Bench, *words: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        words,
        env=bench.installation.environment,
        cwd=bench.installation.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    took = time.perf_counter() - began
    assert done.returncode == 0, done.stderr
    return 1000 * took
