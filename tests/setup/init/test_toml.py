"""The file that is written is valid whatever the project is called, and explains every key that there is."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from sentinel.core.policy.model import Policy, read_policy
from sentinel.core.values.printable import printable
from sentinel.setup.init import init
from sentinel.setup.init.changelogs import ChangelogFound
from sentinel.setup.init.stacks import STACKS, choose
from sentinel.setup.init.survey import project_id, project_name
from sentinel.setup.init.toml import Answers, string, write_policy
from tests.setup.init.conftest import Work, token

OPTIONAL = re.compile(r"^# (?=\[[a-z.]+\]$|[a-z_]+ = )", re.MULTILINE)
WITHOUT_DEFAULT = (
    "project.remote",
    "build.setup",
    "environment",
    "version_path",
    "prometheus",
    "approvers",
    "login",
    "guard",
    "trust.also",
    "production.windows",
    "hotfix",
)
SPANS = "production.windows.spans"
"""What Sentinel reads from the calendar; nobody writes it."""
FACTS = sorted(
    {
        need
        for stack in STACKS
        for needs in (stack.needs, *(way.needs for way in (*stack.setup, *stack.build, *stack.tests)))
        for need in needs
    }
)


def answers(folder: str = "shop", facts: frozenset[str] = frozenset()) -> Answers:
    return Answers(
        id=project_id(folder, token),
        name=project_name(folder),
        branch="main",
        has_remote=False,
        recipe=choose(STACKS, facts),
        passed=(),
        path=(),
        sprint="SPRINT.md",
        changelog=ChangelogFound(),
        prefix="v",
    )


def policy(text: str) -> Policy:
    return read_policy(text.encode())


def flat(document: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every value with its whole key."""
    for key, value in document.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key that a policy may have."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        if key == SPANS:
            continue
        one_of = () if get_origin(field.annotation) is tuple else get_args(field.annotation)
        kinds = [kind for kind in (field.annotation, *one_of) if isinstance(kind, type)]
        section = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
        yield from keys(section, f"{key}.") if section else (key,)


@given(folder=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1))
def test_any_name_of_a_folder_makes_a_valid_file(folder: str) -> None:
    project = policy(write_policy(answers(folder))).project
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,57}-abab", project.id)
    assert project.name


@given(facts=st.sets(st.sampled_from(FACTS)))
def test_whatever_a_repository_shows_the_file_is_valid(facts: set[str]) -> None:
    chosen = answers(facts=frozenset(facts))
    build = policy(write_policy(chosen)).build
    assert (build.setup, build.artifacts) == (chosen.recipe.setup, chosen.recipe.artifacts)


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_string_is_read_back_as_it_was_and_hides_nothing(text: str) -> None:
    shown = string(text)
    assert tomllib.loads(f"a = {shown}") == {"a": text}
    assert [character for character in shown if printable(character) != character] == []


def test_every_key_is_shown_and_no_line_is_too_wide() -> None:
    text = write_policy(answers())
    shown = {key for key, _ in flat(tomllib.loads(OPTIONAL.sub("", text)))}
    assert shown == set(keys(Policy))
    assert [line for line in text.splitlines() if len(line) > 120] == []


def test_optional_keys_show_their_defaults() -> None:
    text = write_policy(answers())
    plain, full = (dict(flat(policy(each).model_dump(mode="json"))) for each in (text, OPTIONAL.sub("", text)))
    different = {key for key in full if full[key] != plain.get(key)}
    assert [key for key in different if not any(part in key for part in WITHOUT_DEFAULT)] == []
    assert "tests.max_age" in full


@pytest.mark.parametrize(
    ("folder", "id", "name"),
    [
        ("Shop", "shop-abab", "Shop"),
        ("Größe & Co.", "groe-co-abab", "Größe & Co."),
        ("店", "project-abab", "店"),
        ("...", "project-abab", "..."),
        ("-x-", "x-abab", "-x-"),
        ('quo"ted \\ #[x]', "quo-ted-x-abab", 'quo"ted \\ #[x]'),
        ("a\x1b[31mb\u202ec\nd\te", "a-31mbc-d-e-abab", "a[31mbcde"),
        ("\u202e\x07", "project-abab", "project"),
        (" both  sides ", "both-sides-abab", "both sides"),
        ("a" * 255, f"{'a' * 58}-abab", "a" * 100),
        ("b" * 57 + "-cc", f"{'b' * 57}-abab", "b" * 57 + "-cc"),
    ],
)
def test_a_folders_name_becomes_a_slug_and_a_name_to_show(
    make_work: Callable[[str], Work], folder: str, id: str, name: str
) -> None:
    work = make_work(folder)
    work.init()
    assert (work.policy.project.id, work.policy.project.name) == (id, name)


def test_a_folder_whose_name_is_no_text_gets_a_name_all_the_same(make_work: Callable[[str], Work]) -> None:
    work = make_work("shop-\udcff")
    work.init()
    assert (work.policy.project.id, work.policy.project.name) == ("shop-abab", "shop-")


def test_two_projects_of_one_name_are_told_apart(work: Work) -> None:
    texts = {init(work.root, print_only=True, environ=work.repository.environ) for _ in range(8)}
    ids = {policy(text).project.id for text in texts}
    assert len(ids) > 1
    assert [found for found in ids if not re.fullmatch(r"shop-[0-9a-f]{4}", found)] == []
