"""The sprint's file as people keep it: other marks, other letters in its name, none at all."""

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

LINES = ("- [] two", "- [/] two", "- [\N{NO-BREAK SPACE}] two", "-[ ] two", "- **[ ] two**")


@pytest.mark.parametrize("line", LINES)
async def test_a_task_in_another_spelling_blocks_with_its_line(site: Installation, small: Small, line: str) -> None:
    small.write("SPRINT.md", f"# Sprint\n\n- [x] one\n\n{line}\n")
    small.commit("Plan")
    async with governed(site) as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have 1 Open Task."
    assert 'Neither open nor done: SPRINT.md:5: "' in agent.text(refused)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sprint.md", "There is no SPRINT.md at the candidate commit; there is sprint.md, which `[sprint] file` can"),
        ("docs/TASKS.md", "There is no SPRINT.md at the candidate commit. "),
    ],
)
async def test_a_file_that_is_not_there_is_said_to_be_so(
    site: Installation, small: Small, name: str, said: str
) -> None:
    (small.root / "docs").mkdir()
    (small.root / "SPRINT.md").rename(small.root / name)
    small.commit("Rename")
    async with governed(site) as client:
        refused = await agent.prepare(client)
    assert agent.sentence(refused) == "Release Blocked. You have No Tasks."
    assert said in agent.text(refused)
