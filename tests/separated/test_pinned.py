"""Pinned scripts in separated mode, while services of an earlier deployment try to exchange them."""

from tests.protocol import agent
from tests.separated.project import Governed

ATTACK = """#!/bin/sh
forge() {{ printf '#!/bin/sh\\nid -un >>{notes}/forged\\n' >"$1"; }}
while :; do
  for checkout in {work}/small/*/checkout-* $(cat {notes}/where 2>/dev/null); do
    cd "$checkout" 2>/dev/null || continue
    forge deploy/smoke.sh
    forge new; chmod 755 new; mv -f new deploy/smoke.sh
    rm -f deploy/smoke.sh
    mv deploy moved && mkdir deploy && forge deploy/smoke.sh && chmod 755 deploy/smoke.sh
    chmod 777 deploy . deploy/smoke.sh
  done >/dev/null 2>&1
done
"""


async def test_a_service_of_staging_cannot_exchange_the_script_that_tests_it(registered: Governed) -> None:
    layout = registered.machine.layout
    attack = registered.notes / "attack.sh"
    attack.write_text(ATTACK.format(notes=registered.notes, work=layout.work))
    attack.chmod(0o755)
    registered.script("staging", f"pwd >{registered.notes}/where; setsid {attack} >/dev/null 2>&1 &\nsleep 0.5")
    registered.script("smoke", f'echo own >own-file; ls -l deploy >{registered.notes}/seen; sleep 0.5; test -s "$0"')
    registered.push("Attack")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.to_soaked(client)
    assert not (registered.notes / "forged").exists()
    assert registered.small.marked()[-1] == "smoke 0.1.0"
    assert f"-r-xr-xr-x 1 {layout.daemon}" in registered.note("seen")


async def test_scripts_that_set_up_rewrites_in_separated_mode_run_as_they_were_pinned(registered: Governed) -> None:
    forged = f"printf '#!/bin/sh\\necho forged >{registered.notes}/forged\\n'"
    rewrite = (
        f"for name in staging smoke; do rm deploy/$name.sh; {forged} >deploy/$name.sh; chmod 755 deploy/$name.sh; done"
    )
    registered.small.change_policy({"build": {"setup": f"[ $SENTINEL_TARGET != staging ] || {{ {rewrite}; }}"}})
    registered.push("Rewrite")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.to_soaked(client)
    assert not (registered.notes / "forged").exists()
    assert registered.small.marked()[-2:] == ["staging 0.1.0", "smoke 0.1.0"]


async def test_a_folder_that_set_up_replaces_by_its_own_starts_nothing(registered: Governed) -> None:
    replace = "mv deploy aside && mkdir deploy && cp aside/* deploy"
    registered.small.change_policy({"build": {"setup": f"[ $SENTINEL_TARGET != staging ] || {{ {replace}; }}"}})
    registered.push("Replace")
    assert registered.operator.trust().code == 0
    async with registered.agent.client("2026") as client:
        await agent.to_candidate(client)
        staged = await agent.call(client, "deploy", target="staging")
    assert "a folder on its way belongs to another user" in agent.text(staged)
