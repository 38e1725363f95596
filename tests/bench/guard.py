"""What the guard costs an agent before each of its commands."""

import statistics
import subprocess
import time

from tests.bench.figures import RELAY, Bench
from tests.bench.section import Figure, Section, shown
from tests.protocol.guarding import event

ROUNDS = 40
GOAL_MS = 60
PASSING = (
    "ls -la",
    "cd web && npm test -- --watch=false 2>&1 | tail -20",
    'for file in $(git diff --name-only HEAD~3); do grep -n "TODO" "$file" || true; done; git log --oneline | head -5',
)
REFUSED = "cd infra && sudo kubectl apply -f production.yaml"
METHOD = (
    "The time is that of the whole process of the hook, from its start with an event on its stdin to its end, in a "
    "project with its own policy. The daemon records a refusal before the process ends."
)


def guard(bench: Bench) -> Section:
    passed: list[float] = []
    refused: list[float] = []
    for _ in range(ROUNDS):
        passed += [_decision(bench, command, 0) for command in PASSING]
        refused.append(_decision(bench, REFUSED, 2))
    figures = (
        _figure("a decision of the guard that lets a command run", passed),
        _figure("a decision that refuses one, with its record", refused),
    )
    return Section("The guard", METHOD, figures)


def _figure(name: str, milliseconds: list[float]) -> Figure:
    spread = f"median of {len(milliseconds)}, from {shown(min(milliseconds))} to {shown(max(milliseconds))} ms"
    return Figure(name, statistics.median(milliseconds), GOAL_MS, " ms", spread)


def _decision(bench: Bench, command: str, code: int) -> float:
    project = str(bench.installation.project)
    words = [RELAY[0], "guard", "check", "--project", project]
    given = event(command, project).encode()
    began = time.perf_counter()
    done = subprocess.run(
        words, input=given, env=bench.installation.environment, cwd=project, capture_output=True, check=False
    )
    took = time.perf_counter() - began
    assert done.returncode == code, done.stderr
    return 1000 * took
