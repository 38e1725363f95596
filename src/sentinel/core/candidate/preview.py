"""What `prepare_release` would do now: for agents by `preview_release`, for people by `sentinel plan`."""

import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from sentinel.core.candidate.gates import Verdict, blocked_sentence
from sentinel.core.policy.model import Command, Policy
from sentinel.core.policy.windows import closed, closes_at, local_text, sentence
from sentinel.core.release.contents import Changes, Contents
from sentinel.core.release.hotfix import soak_of
from sentinel.core.release.model import BlockedBy, Hotfix
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style, heading, item, labelled, wrapped
from sentinel.core.values.times import Duration, write_duration


class PreviewedGate(Frozen):
    """A gate by its name. `fragment` is its part of `Release Blocked.`; an `untried` gate was not checked."""

    gate: str
    verdict: Literal["holds", "blocks", "untried"]
    fragment: FreeText = ""


class PreviewedCommand(Frozen):
    """A command of the policy, and when it runs."""

    when: str
    command: str


class CandidatePlan(Frozen):
    """What a candidate will be, before anything is made."""

    commit: str
    tree: str
    version: str
    tag: str
    changes: Changes
    reason: FreeText = ""
    notes: FreeText = ""
    remarks: tuple[FreeText, ...] = ()
    content: str = ""
    contents: Contents | None = None


class Preview(Frozen):
    """`blocked` is the protocol's sentence, and `blocked_by` says what to fix.

    `tag` is None if there is no version. `window`, `asked` and `exceptions` are whole sentences; `locked` says why
    `prepare_release` is not allowed now, and is empty if it is.
    """

    type: str
    commit: str
    tag: str | None
    version: str | None
    reason: FreeText
    notes: FreeText
    changes: Changes | None
    blocked: FreeText | None
    blocked_by: tuple[BlockedBy, ...]
    gates: tuple[PreviewedGate, ...]
    commands: tuple[PreviewedCommand, ...]
    soak: Duration
    window: FreeText
    asked: FreeText
    exceptions: tuple[FreeText, ...] = ()
    locked: FreeText = ""


_NEED_TRUST = frozenset({"environment", "scripts", "signing"})
"""Gates that are checked only with a trusted policy."""


def previewed_gates(verdicts: tuple[Verdict, ...]) -> tuple[PreviewedGate, ...]:
    """A preview does not build, so it does not know whether the build passes."""
    trusted = all(one.holds for one in verdicts if one.gate == "trust")
    untried = {"build"} if trusted else {"build", *_NEED_TRUST}
    return tuple(
        PreviewedGate(
            gate=one.gate,
            verdict="untried" if one.gate in untried else "holds" if one.holds else "blocks",
            fragment=one.fragment or "",
        )
        for one in verdicts
    )


def previewed_commands(policy: Policy) -> tuple[PreviewedCommand, ...]:
    """The commands in the order in which a release runs them."""
    setup = policy.build.setup
    named: tuple[tuple[str, Command | None], ...] = (
        ("set-up", setup),
        ("build", policy.build.command),
        ("staging", policy.staging.deploy),
        ("smoke test", policy.staging.smoke),
        ("production", policy.production.deploy),
        ("rollback", policy.production.rollback),
    )
    return tuple(PreviewedCommand(when=when, command=_written(one)) for when, one in named if one is not None)


def _written(command: Command) -> str:
    return command if isinstance(command, str) else shlex.join(command)


def window_sentence(policy: Policy, now: datetime) -> str:
    windows = policy.production.windows
    if windows is None:
        return "Production has no windows: it is always open."
    if (closing := closed(windows, now)) is not None:
        return sentence(closing, windows, now)
    until = closes_at(windows, now)
    return f"The production window is open{f' until {local_text(windows, until)}' if until else ''}."


def asked_sentence(policy: Policy) -> str:
    """Who must approve the deployment, and how."""
    rules = policy.production.approval
    expires = write_duration(rules.expires)
    if rules.approvers is not None:
        signed = f"{rules.required} of the approvers in {rules.approvers} sign the plan with `sentinel approve`"
        return f"Before production {signed}, within {expires}."
    return f"Before production a person types DEPLOY-NOW in `sentinel approve`, within {expires}."


def make_preview(
    *,
    type: str,
    commit: str,
    policy: Policy,
    verdicts: tuple[Verdict, ...],
    plan: CandidatePlan | None,
    hotfix: Hotfix | None,
    locked: str,
    now: datetime,
) -> Preview:
    return Preview(
        type=type,
        commit=commit,
        tag=plan.tag if plan else None,
        version=plan.version if plan else None,
        reason=plan.reason if plan else "",
        notes=plan.notes if plan else "",
        changes=plan.changes if plan else None,
        blocked=blocked_sentence(verdicts),
        blocked_by=tuple(one.blocked_by() for one in verdicts if not one.holds),
        gates=previewed_gates(verdicts),
        commands=previewed_commands(policy),
        soak=soak_of(policy, hotfix=hotfix is not None),
        window=window_sentence(policy, now),
        asked=asked_sentence(policy),
        exceptions=(f"This is a hotfix, opened by {hotfix.by}: {hotfix.reason}",) if hotfix else (),
        locked=locked,
    )


def _answer(preview: Preview) -> Iterator[str]:
    """What `prepare_release` would do, and whether it may be called now."""
    call, at = f'prepare_release(type="{preview.type}")', f"commit {preview.commit[:12]}"
    made = f"would make {preview.tag} of {at}: {preview.changes}."
    if preview.blocked is not None:
        yield preview.blocked
        yield f"{call} would be refused at {at}."
        if preview.locked:
            yield f"It is also locked now: {preview.locked}"
    elif preview.locked:
        yield f"{call} is locked now: {preview.locked}"
        yield f"Unlocked, it {made}"
    else:
        yield f"{call} {made}"


def preview_text(preview: Preview) -> str:
    """The protocol's sentence first if the release is blocked, then the details; `blocked_by` says what to fix."""
    return "\n".join(_lines(preview))


def _lines(preview: Preview) -> Iterator[str]:
    yield from _answer(preview)
    if preview.blocked is not None and preview.tag is not None:
        yield f"The version would be {preview.tag}."
    if preview.reason:
        yield preview.reason
    yield from preview.exceptions
    for verdict, said in (("holds", "Gates that pass"), ("blocks", "Gates that block"), ("untried", "Not checked yet")):
        if found := [_gate(gate) for gate in preview.gates if gate.verdict == verdict]:
            yield f"{said}: {', '.join(found)}."
    for command in preview.commands:
        yield f"{command.when}: {printable(command.command, limit=300)}"
    yield f"Soak on staging: {write_duration(preview.soak)}."
    yield preview.window
    yield preview.asked
    if preview.notes:
        yield f"Notes:\n{preview.notes}"
    yield "Nothing was tagged, built or deployed."


def _gate(gate: PreviewedGate) -> str:
    return f"{gate.gate} ({gate.fragment})" if gate.verdict == "blocks" else gate.gate


_LATER = {
    "build": "prepare_release builds it when the other gates hold.",
    **dict.fromkeys(sorted(_NEED_TRUST), "Sentinel looks at it when a person has trusted the policy."),
}


_WORDS = {"blocks": "BLOCKS", "untried": "later", "holds": "holds"}
_STYLES: dict[str, Style] = {"blocks": "red", "untried": "dim", "holds": "green"}


def plan_text(preview: Preview, screen: Screen) -> str:
    """The same for a person's screen: the answer, each gate with what to do about it, and what would follow."""
    return "\n".join(_plan_lines(preview, screen))


def _plan_lines(preview: Preview, screen: Screen) -> Iterator[str]:
    for said in _answer(preview):
        if said == preview.blocked:
            yield screen.paint(said, "yellow")  # by itself on a line, as the protocol writes it
        else:
            yield from wrapped(screen, said)
    yield ""
    if preview.tag is not None:
        yield from labelled(screen, "version", preview.tag)
    if preview.reason:
        yield from labelled(screen, "because", preview.reason)
    if preview.changes is not None:
        yield from labelled(screen, "changes", str(preview.changes))
    for title, lines in (
        ("Exceptions", (line for said in preview.exceptions for line in item(screen, printable(said), mark="- "))),
        ("Gates", (line for gate in _by_urgency(preview.gates) for line in _gate_lines(preview, gate, screen))),
        (
            "Would run",
            (line for one in preview.commands for line in labelled(screen, one.when, printable(one.command))),
        ),
        ("Before production", _before_production(preview, screen)),
        ("Notes", (line for note in preview.notes.split("\n") if note for line in item(screen, printable(note)))),
    ):
        if shown := tuple(lines):
            yield from ("", heading(screen, title), *shown)
    yield from ("", "Nothing was tagged, built or deployed.")


def _by_urgency(gates: tuple[PreviewedGate, ...]) -> list[PreviewedGate]:
    """Those that block stand first."""
    return sorted(gates, key=lambda gate: [*_WORDS].index(gate.verdict))


def _gate_lines(preview: Preview, gate: PreviewedGate, screen: Screen) -> Iterator[str]:
    word, style, told = _WORDS[gate.verdict], _STYLES[gate.verdict], gate.gate
    if gate.verdict == "untried":
        told = f"{gate.gate}: {_LATER[gate.gate]}"
    elif gate.verdict == "blocks":
        said = " ".join(f"{one.message} {one.fix}" for one in preview.blocked_by if one.gate == gate.gate)
        told = " ".join(f"{gate.gate}, {gate.fragment}: {said}".split())
    first, *rest = item(screen, told, mark=f"  {word:<8}")
    yield from (first.replace(word, screen.paint(word, style), 1), *rest)


def _before_production(preview: Preview, screen: Screen) -> Iterator[str]:
    for said in (f"It soaks on staging for {write_duration(preview.soak)}.", preview.window, preview.asked):
        yield from item(screen, said, mark="- ")
