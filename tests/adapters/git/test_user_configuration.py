"""The git configuration of the daemon's user counts where remotes are reached; the governed repository's does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.adapters.git.command import GitSettings
from sentinel.adapters.git.configuration import read_user_configuration
from sentinel.adapters.git.location import locate
from sentinel.adapters.git.mirror import Mirror
from sentinel.adapters.git.remote import find_remote
from sentinel.adapters.keys.tag_key import SigningKey
from sentinel.errors.git import PushRefusedError, RemoteUnreachableError, UserConfigurationError
from tests.adapters.git_http import PASSWORD, USER, GitServer, git_server
from tests.adapters.repositories import Repository, Scene


@pytest.fixture
def server(at: Scene) -> Iterator[GitServer]:
    """Serves the scene's remote, whose address `origin` now is."""
    with git_server(at.folder, at.work.environ) as running:
        at.work.git("remote", "set-url", "origin", running.url("remote.git"))
        yield running


def home(at: Scene) -> Path:
    return at.folder / "home"


def configure(at: Scene, text: str, file: str = ".gitconfig") -> None:
    path = home(at) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def tag_pushed(at: Scene, key: SigningKey) -> list[str]:
    """Signs and pushes a tag; the tags of the remote."""
    tag_object = await at.mirror.sign_tag("v1.0.0", await at.fetch(), "first", key)
    await at.mirror.push_tag(at.work.root, "origin", "v1.0.0", tag_object)
    return at.remote.git("tag").split()


@pytest.mark.parametrize("asks", ["always", "for pushes"])
async def test_the_credential_helper_of_the_daemons_user_logs_in(
    at: Scene, server: GitServer, key: SigningKey, asks: str
) -> None:
    server.asks = "always" if asks == "always" else "for pushes"
    configure(at, "[credential]\n\thelper = store\n")
    configure(at, server.with_login, ".git-credentials")
    assert await tag_pushed(at, key) == ["v1.0.0"]


async def test_a_helper_for_one_address_is_asked_for_that_one_alone(at: Scene, server: GitServer) -> None:
    helper = f"!f() {{ echo username={USER}; echo password={PASSWORD}; }}; f"
    configure(at, f'[credential "http://{server.place}"]\n\thelper = "{helper}"\n')
    assert await at.fetch() == at.work.head
    assert not await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    configure(at, f'[credential "http://example.org"]\n\thelper = "{helper}"\n')
    with pytest.raises(RemoteUnreachableError, match="could not read Username"):
        await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")


async def test_a_helper_of_the_governed_repository_is_not_started(at: Scene, server: GitServer) -> None:
    at.work.git("config", "credential.helper", f"!touch {at.folder}/marker; echo username=x; echo password=x")
    with pytest.raises(RemoteUnreachableError):
        await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    assert not (at.folder / "marker").exists()
    assert server.logins == []


async def test_a_login_in_the_address_is_used_and_stands_in_no_list_of_processes(
    at: Scene, server: GitServer, key: SigningKey
) -> None:
    user, password = "us%65r", PASSWORD.replace("-", "%2D")
    at.work.git("remote", "set-url", "origin", f"http://{user}:{password}@{server.place}/remote.git")
    look = at.folder / "look"
    look.write_text(f"#!/bin/sh\ncat /proc/*/cmdline >>{at.folder}/seen 2>/dev/null\n")
    look.chmod(0o755)
    configure(at, f"[credential]\n\thelper = {look}\n")
    assert await tag_pushed(at, key) == ["v1.0.0"]
    seen = (at.folder / "seen").read_bytes()
    assert server.place.encode() in seen
    assert password.encode() not in seen
    assert PASSWORD.encode() not in seen


async def test_a_login_that_is_refused_is_not_told(at: Scene, server: GitServer) -> None:
    at.work.git("remote", "set-url", "origin", f"http://{USER}:wrong-word@{server.place}/remote.git")
    with pytest.raises(RemoteUnreachableError) as refused:
        await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    assert "wrong-word" not in str(refused.value)
    assert server.logins[-1] == f"{USER}:wrong-word"


async def test_headers_of_the_users_are_sent_and_never_told(at: Scene, server: GitServer, key: SigningKey) -> None:
    server.asks = "never"
    server.header = ("X-Token", "secret-of-mine")
    configure(at, '[http]\n\textraHeader = "X-Token: secret-of-mine"\n')
    assert await tag_pushed(at, key) == ["v1.0.0"]
    user = await read_user_configuration(at.mirror.git.settings, at.work.root / ".git")
    assert user.without_secrets(b"fatal: X-Token: secret-of-mine is bad") == b"fatal: X-Token: *** is bad"
    assert "secret" not in repr(user)


async def test_a_proxy_of_the_users_is_asked(at: Scene, server: GitServer) -> None:
    server.asks = "never"
    at.work.git("remote", "set-url", "origin", "http://shop.invalid/remote.git")
    configure(at, f'[http "http://shop.invalid"]\n\tproxy = http://{server.place}\n')
    assert not await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")


async def test_an_authority_of_the_users_is_believed(at: Scene) -> None:
    configure(at, "[http]\n\tsslCAInfo = ~/company.pem\n")
    user = await read_user_configuration(at.mirror.git.settings, at.work.root / ".git")
    assert ("http.sslcainfo", "~/company.pem") in user.transport


async def test_the_users_ssh_is_started(at: Scene) -> None:
    at.work.git("remote", "set-url", "origin", "git@shop.invalid:remote.git")
    program = at.folder / "ssh"
    program.write_text(f'#!/bin/sh\necho "$@" >>{at.folder}/said\neval "$(echo "git-upload-pack {at.remote.root}")"\n')
    program.chmod(0o755)
    configure(at, f'[core]\n\tsshCommand = "{program} -i mine"\n')
    at.work.git("config", "core.sshCommand", f"touch {at.folder}/marker")
    assert await at.fetch() == at.work.head
    assert "-i mine" in (at.folder / "said").read_text()
    assert not (at.folder / "marker").exists()


async def test_the_first_of_two_addresses_is_read_and_both_are_pushed_to(at: Scene, key: SigningKey) -> None:
    backup = at.folder / "backup.git"
    at.work.git("clone", "--quiet", "--bare", str(at.remote.root), str(backup))
    at.work.git("remote", "set-url", "--add", "origin", str(backup))
    assert await tag_pushed(at, key) == ["v1.0.0"]
    assert at.work.git("--git-dir", str(backup), "tag") == "v1.0.0"
    at.remote.git("tag", "-d", "v1.0.0")
    assert await at.mirror.remote_tag_objects(at.work.root, "origin", "v1.0.0")
    backup.rename(at.folder / "gone.git")
    tag_object = await at.mirror.sign_tag("v1.0.0", at.work.head, "first", key)
    with pytest.raises(PushRefusedError, match=r"backup\.git"):
        await at.mirror.push_tag(at.work.root, "origin", "v1.0.0", tag_object)


async def test_a_push_address_of_its_own_is_pushed_to(at: Scene, key: SigningKey) -> None:
    mirrored = at.folder / "read.git"
    at.work.git("clone", "--quiet", "--bare", str(at.remote.root), str(mirrored))
    at.work.git("remote", "set-url", "origin", str(mirrored))
    at.work.git("remote", "set-url", "--push", "origin", str(at.remote.root))
    assert await tag_pushed(at, key) == ["v1.0.0"]
    assert at.work.git("--git-dir", str(mirrored), "tag") == ""


REWRITING = [
    ('[url "{folder}/"]\n\tinsteadOf = gh:\n', ("gh:remote.git",), (), "{folder}/remote.git", ("{folder}/remote.git",)),
    (
        '[url "{folder}/"]\n\tinsteadOf = gh:\n[url "/elsewhere/"]\n\tinsteadOf = gh:r\n',
        ("gh:remote.git",),
        (),
        "/elsewhere/emote.git",
        ("/elsewhere/emote.git",),
    ),
    (
        '[url "{folder}/"]\n\tpushInsteadOf = https://example.org/\n',
        ("https://example.org/remote.git",),
        (),
        "https://example.org/remote.git",
        ("{folder}/remote.git",),
    ),
    (
        '[url "ssh://git@example.org/"]\n\tpushInsteadOf = https://example.org/\n\tinsteadOf = eo:\n',
        ("https://example.org/a.git", "https://other.org/b.git"),
        ("eo:push.git",),
        "https://example.org/a.git",
        ("ssh://git@example.org/push.git",),
    ),
]


@pytest.mark.parametrize(("configuration", "urls", "push_urls", "read", "pushed"), REWRITING)
async def test_addresses_are_rewritten_as_git_does(
    at: Scene, configuration: str, urls: tuple[str, ...], push_urls: tuple[str, ...], read: str, pushed: tuple[str, ...]
) -> None:
    text = configuration.replace("{folder}", str(at.folder))
    configure(at, text)
    at.work.git("config", "--unset-all", "remote.origin.url")
    for key, values in (("url", urls), ("pushurl", push_urls)):
        for value in values:
            at.work.git("config", "--add", f"remote.origin.{key}", value)
    remote = await find_remote(at.mirror.git, locate(at.work.root), "origin")
    assert remote is not None
    assert remote.url == read.replace("{folder}", str(at.folder))
    assert remote.push_urls == tuple(url.replace("{folder}", str(at.folder)) for url in pushed)
    plain = type(at.work)(at.work.root, {**at.work.environ, "GIT_CONFIG_GLOBAL": str(home(at) / ".gitconfig")})
    assert plain.git("remote", "get-url", "origin") == remote.url
    assert tuple(plain.git("remote", "get-url", "--push", "--all", "origin").split("\n")) == remote.push_urls


async def test_rewriting_by_the_governed_repository_is_not_followed(at: Scene) -> None:
    at.work.git("config", f"url.{at.folder}/nowhere/.insteadOf", f"{at.folder}/")
    remote = await find_remote(at.mirror.git, locate(at.work.root), "origin")
    assert remote is not None
    assert remote.addresses == (str(at.remote.root), str(at.remote.root))


async def test_a_server_without_atomic_pushes_gets_its_tag(at: Scene, key: SigningKey) -> None:
    at.remote.git("config", "receive.advertiseAtomic", "false")
    assert await tag_pushed(at, key) == ["v1.0.0"]


async def settings_of(at: Scene, environ: dict[str, str]) -> list[tuple[str, str]]:
    settings = GitSettings({"PATH": at.work.environ["PATH"], "HOME": str(home(at)), **environ})
    return list((await read_user_configuration(settings, at.work.root / ".git")).settings)


async def test_the_files_that_git_reads_are_read_in_its_order(at: Scene) -> None:
    configure(at, "[core]\n\teol = lf\n", "xdg/git/config")
    configure(at, "[core]\n\teol = crlf\n[http]\n\tsslVerify\n")
    configure(at, "[core]\n\teol = native\n", "system")
    configure(at, "[core]\n\teol = lf\n[http]\n\tproxy = p\n", "other")
    xdg, system = str(home(at) / "xdg"), str(home(at) / "system")
    found = await settings_of(at, {"XDG_CONFIG_HOME": xdg, "GIT_CONFIG_SYSTEM": system})
    values = [("core.eol", "native"), ("core.eol", "lf"), ("core.eol", "crlf"), ("http.sslverify", "true")]
    assert found == values
    named = {"GIT_CONFIG_GLOBAL": str(home(at) / "other"), "GIT_CONFIG_NOSYSTEM": "1"}
    assert await settings_of(at, named) == [("core.eol", "lf"), ("http.proxy", "p")]
    assert await settings_of(at, {"GIT_CONFIG_GLOBAL": "", "GIT_CONFIG_SYSTEM": ""}) == []


@pytest.mark.parametrize(
    "condition",
    [
        "gitdir:{folder}/",
        "gitdir:{folder}/work/.git",
        "gitdir:work/",
        "gitdir/i:{folder}/WORK/",
        "gitdir:**/work/.git",
        "gitdir:~/../*/.git",
        "gitdir:./../work/",
        "gitdir:{folder}/wor",
        "gitdir:{folder}/w?rk/*",
        "gitdir:/elsewhere/",
        "gitdir:*.git",
    ],
)
async def test_includes_depend_on_where_the_repository_is_as_for_git_itself(at: Scene, condition: str) -> None:
    place = condition.replace("{folder}", str(at.folder))
    configure(at, f'[includeIf "{place}"]\n\tpath = more\n[http]\n\tproxy = last\n')
    configure(at, "[http]\n\tproxy = first\n[include]\n\tpath = ~/deeper\n", "more")
    configure(at, "[http]\n\tproxy = deeper\n", "deeper")
    found = [value for key, value in await settings_of(at, {"GIT_CONFIG_NOSYSTEM": "1"}) if key == "http.proxy"]
    environ = {name: value for name, value in at.work.environ.items() if name != "GIT_CONFIG_GLOBAL"}
    plain = Repository(at.work.root, environ)
    assert found == plain.git("config", "--get-all", "http.proxy").split("\n")


async def test_includes_on_another_condition_are_not_followed(at: Scene) -> None:
    configure(at, '[includeIf "onbranch:main"]\n\tpath = more\n')
    configure(at, "[http]\n\tproxy = p\n", "more")
    assert ("http.proxy", "p") not in await settings_of(at, {})


async def test_a_file_that_includes_itself_or_is_no_configuration_is_named(at: Scene) -> None:
    configure(at, "[include]\n\tpath = .gitconfig\n")
    with pytest.raises(UserConfigurationError, match="included too deeply"):
        await at.fetch()
    configure(at, "[core\n")
    with pytest.raises(UserConfigurationError, match=r"bad config line 1 in file .*\.gitconfig"):
        await at.fetch()


async def test_a_mirror_that_is_not_made_yet_does_not_matter(at: Scene, tmp_path: Path) -> None:
    configure(at, "[http]\n\tproxy = p\n")
    fresh = Mirror(tmp_path / "fresh.git", at.mirror.git.settings)
    assert (await read_user_configuration(fresh.git.settings, fresh.git.git_dir)).settings[-1] == ("http.proxy", "p")
