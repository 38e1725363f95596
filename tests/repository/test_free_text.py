"""No secret is stored or answered: each text is free, and masked at two gates, or is known to be exact."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sentinel.core.access.masking import MASK, Masker
from sentinel.core.access.tokens import Token
from sentinel.core.audit.chain import AuditDraft
from sentinel.core.audit.findings import Finding, Resolution, ScanReport
from sentinel.core.release.change import Change
from sentinel.core.release.model import Project
from sentinel.core.release.notices import Notice
from sentinel.core.values.free_text import FreeText, without_secrets
from sentinel.core.values.frozen import Frozen
from sentinel.engine.api import Api, Asks, Call
from sentinel.engine.runtime.transactions import create, transaction
from sentinel.ports.world import World
from tests.repository.text_fields import ANSWERED, ASKED, STORED, filled, texts, texts_free

SECRET = "hunter2-hunter2"  # noqa: S105 - a stand-in
TEXT = f"before {SECRET} after"
MASKED = TEXT.replace(SECRET, MASK)
ENGINE = Path(__file__).parents[2] / "src" / "sentinel" / "engine"

EXACT = Path(__file__).with_name("exact_texts.txt")
MASKERS = {
    "agents.py": "requests, questions and refused commands of agents",
    "api.py": "requests and answers of people",
    "candidate.py": "names and subjects of commits, before they are cut",
    "run.py": "results of steps",
    "transactions.py": "whatever is stored",
    "verification.py": "samples",
    "statuses.py": "every status",
}


def mask(text: str) -> str:
    return Masker([SECRET]).text(text)


def test_every_text_is_free_or_known_to_be_exact() -> None:
    found = {where for kind in (*STORED, *ASKED, *ANSWERED) for where, free in texts(kind) if not free}
    exact = {line for line in EXACT.read_text(encoding="utf-8").splitlines() if "." in line and " " not in line}
    assert found - {""} == exact


@pytest.mark.parametrize("kind", [kind for kind in (*STORED, *ASKED, *ANSWERED) if list(texts_free(kind))], ids=str)
def test_every_free_text_is_masked_wherever_it_lies(kind: Any) -> None:
    value = filled(kind, TEXT)
    assert TEXT in repr(value)
    masked = without_secrets(value, mask)
    assert (SECRET in repr(masked), repr(masked)) == (False, repr(value).replace(TEXT, MASKED))
    assert without_secrets(masked, mask) is masked


class Stored:
    """Both a store and its transaction: keeps what it is given."""

    def __init__(self) -> None:
        self.given: list[object] = []
        self.project = filled(Project, "")
        self.now = None
        self.record_step = self.add_samples = self.remove_token = None

    @asynccontextmanager
    async def transaction(self, _project_id: str, *, fence: int | None) -> AsyncIterator["Stored"]:
        del fence
        yield self

    def apply(self, change: Change) -> None:
        self.given.append(change)

    async def create(self, *given: object) -> None:
        self.given += given

    async def _keep(self, *given: object) -> None:
        self.given += given

    add_findings = import_scan = resolve_finding = add_notice = add_token = _keep


def world_of(store: Stored) -> World:
    return cast(World, SimpleNamespace(store=store, secrets=SimpleNamespace(mask=mask)))


async def test_nothing_with_a_secret_comes_to_the_store() -> None:
    store = Stored()
    project, entry = filled(Project, TEXT), filled(AuditDraft, TEXT)
    async with transaction(world_of(store), "shop") as tx:
        tx.apply(Change(project, (entry, entry)))
        await tx.add_findings([filled(Finding, TEXT)])
        await tx.import_scan(filled(ScanReport, TEXT))
        await tx.resolve_finding(1, filled(Resolution, TEXT))
        await tx.add_notice(filled(Notice, TEXT))
        await tx.add_token(filled(Token, TEXT), "digest")
    await create(world_of(store), project, entry)
    assert SECRET not in repr(store.given)
    # Each was given: what none of them had is masked text.
    assert all(MASK in repr(one) for one in store.given if one not in (1, "digest"))


class Echo(Frozen):
    """A request that is answered with what it was asked."""

    said: FreeText

    async def carry_out(self, call: Call) -> tuple["Echo", "Echo"]:
        assert SECRET not in self.said, call
        return self, Echo(said=TEXT)


async def test_a_person_is_answered_without_secrets_and_asks_without_them() -> None:
    unused = cast(Any, SimpleNamespace(open=None, watch=None))
    api = Api(world_of(Stored()), unused, unused)
    asked = cast(Asks[tuple[Echo, Echo]], Echo(said=TEXT))
    assert await api.ask("person:ada", "shop", asked) == (Echo(said=MASKED), Echo(said=MASKED))


def test_texts_are_masked_at_the_gates_alone() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in ENGINE.rglob("*.py")}
    masking = {path.name for path, source in sources.items() if re.search(r"\b(secrets|self)\.mask\b", source)}
    assert masking == set(MASKERS)
    for call, places in {
        r"store\.transaction\(|store\.create\(": {"transactions.py"},
        r"\.record_step\(": {"run.py"},
        r"\.add_samples\(": {"verification.py"},
    }.items():
        assert {path.name for path, source in sources.items() if re.search(call, source)} == places


def test_a_union_that_nobody_could_mask_is_refused() -> None:
    class Unclear(Frozen):
        said: FreeText | int

    with pytest.raises(TypeError, match="free text"):
        without_secrets(Unclear(said=TEXT), mask)
