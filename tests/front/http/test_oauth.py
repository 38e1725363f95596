"""Access tokens of an authorization server, which is a real one here but for the people who would sign in."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from sentinel.daemon_file import read_daemon_file
from sentinel.errors.daemon import DaemonFileError
from tests.adapters.http_services import Service, answers
from tests.front.http.remote import Remote, serving
from tests.front.http.test_admission import INITIALIZE, assert_not_let_in, listing
from tests.front.http.test_listening import settings
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import history, service
from tests.protocol.small import Small

AUDIENCE = "https://sentinel.example.org/mcp"
ISSUER = "https://login.example.org/"
METADATA = "/.well-known/oauth-protected-resource/mcp"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs whatever it is told to, for `project` unless it is told another one; its keys are published."""

    project: str
    key: EllipticCurvePrivateKey
    published: Service

    def token(self, key: Any = None, algorithm: str = "ES256", **claims: Any) -> str:
        now = int(time.time())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ci",
            "iat": now,
            "exp": now + 300,
            "scope": "openid sentinel:agent",
            "sentinel_project": self.project,
        }
        given = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(given, key or self.key, algorithm=algorithm, headers={"kid": "1"})


def unsigned(token: str) -> str:
    """The same claims, for which nobody answers."""
    return jwt.encode(jwt.decode(token, options={"verify_signature": False}), "", "none", {"kid": "1"})


@contextmanager
def authority() -> Iterator[Issuer]:
    key = generate_private_key(SECP256R1())
    public = {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": "1", "use": "sig", "alg": "ES256"}
    with service(answers(200, json.dumps({"keys": [public]}).encode())) as published:
        yield Issuer("", key, published)


@contextmanager
def trusting(site: Installation, issuer: Issuer) -> Iterator[Remote]:
    """A daemon that lets in whom the issuer sends."""
    keys = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_uri": f"{issuer.published.url}/keys"}
    settings(site, "[listen.oauth]\n" + "\n".join(f'{name} = "{value}"' for name, value in keys.items()))
    with serving(site) as remote:
        yield remote


@pytest.fixture(scope="module")
def trusting_daemon() -> Iterator[tuple[Remote, Issuer]]:
    with (
        authority() as issuer,
        tempfile.TemporaryDirectory(prefix="s-", ignore_cleanup_errors=True) as folder,
        trusting(Installation(Path(folder) / "home", Path(folder)), issuer) as remote,
    ):
        yield remote, issuer


@pytest.fixture
def remote(trusting_daemon: tuple[Remote, Issuer], small: Small) -> Remote:
    """The small project, trusted, under the shared daemon."""
    shared, _ = trusting_daemon
    site = Installation(shared.site.home, small.root)
    site.pin()
    return replace(shared, site=site)


@pytest.fixture
def issuer(trusting_daemon: tuple[Remote, Issuer], small: Small) -> Issuer:
    return replace(trusting_daemon[1], project=small.id)


async def test_whoever_was_given_a_token_for_us_is_let_in(remote: Remote, issuer: Issuer) -> None:
    assert (await listing(remote, issuer.token())).status_code == 200
    asked = len(issuer.published.requests)
    for era in ("2025", "2026"):
        async with remote.client(era, issuer.token()) as client:
            assert "release_status" in await agent.names(client)
    for subject in ("s" * 5000, "\x1b" * 99):
        assert (await listing(remote, issuer.token(sub=subject))).status_code == 200
    async with remote.client("2026", issuer.token()) as client:
        await agent.good(client, "start_sprint", name="One")
    assert history(remote.site)[-1]["actor"] == "agent:mcp (token ci)"
    assert len(issuer.published.requests) == asked  # the keys are kept
    _, own_token = remote.token()
    assert (await listing(remote, own_token)).status_code == 200


async def test_a_renewed_token_goes_on_with_the_session(remote: Remote, issuer: Issuer) -> None:
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    async with remote.http(issuer.token()) as http:
        session = {"mcp-session-id": (await http.post(remote.url, json=INITIALIZE)).headers["mcp-session-id"]}
    renewed = issuer.token(exp=int(time.time()) + 600)
    stranger = issuer.token(sub="somebody else")
    for token, status in ((renewed, 200), (stranger, 404)):
        async with remote.http(token) as http:
            assert (await http.post(remote.url, json=ping, headers=session)).status_code == status


async def test_any_other_token_is_refused(remote: Remote, issuer: Issuer) -> None:
    stranger = generate_private_key(SECP256R1())
    now = int(time.time())
    refused = {
        "another issuer": issuer.token(iss="https://elsewhere.example.org/"),
        "another audience": issuer.token(aud="https://elsewhere.example.org/mcp"),
        "expired": issuer.token(iat=now - 60, exp=now - 1),
        "not yet": issuer.token(nbf=now + 60),
        "for ever": issuer.token(exp=None),
        "ends at a text": issuer.token(exp=str(now + 300)),
        "ends at a word": issuer.token(exp="tomorrow"),
        "ends at a list": issuer.token(exp=[now + 300]),
        "ends at infinity": issuer.token(exp=float("inf")),
        "begun at a text": issuer.token(iat=str(now)),
        "a project that no text can be": issuer.token(sentinel_project="\ud800"),
        "no subject": issuer.token(sub=None),
        "no project": issuer.token(sentinel_project=None),
        "no project that we have": issuer.token(sentinel_project="elsewhere"),
        "a list of projects": issuer.token(sentinel_project=[issuer.project]),
        "no scope": issuer.token(scope="openid"),
        "another key": issuer.token(stranger),
        "a shared secret": issuer.token("k" * 32, "HS256"),
        "no signature": unsigned(issuer.token()),
        "a.b.c": "a.b.c",
        "...": "..",
    }
    for what, token in refused.items():
        answer = await listing(remote, token)
        assert answer.status_code == 401, what
        assert_not_let_in(answer)


async def test_it_says_where_tokens_come_from_and_nothing_else(remote: Remote) -> None:
    async with remote.http(None) as http:
        answer = await http.get(remote.url.replace("/mcp", METADATA))
        assert answer.status_code == 200
        said = answer.json()
        assert (said["resource"], said["authorization_servers"]) == (AUDIENCE, [ISSUER])
        refused = await http.get(remote.url)
        assert_not_let_in(refused)
        assert f'resource_metadata="https://sentinel.example.org{METADATA}"' in refused.headers["www-authenticate"]


async def test_an_issuer_that_does_not_answer_is_said(own: Installation) -> None:
    with authority() as nameless, trusting(own, nameless) as remote:
        own.pin()
        issuer = replace(nameless, project=own.project.name)
        issuer.published.behaviour = answers(500)
        answer = await listing(remote, issuer.token())
        assert answer.status_code == 503
        said = answer.json()["error"]["message"]
        assert said.startswith("The keys of the authorization server cannot be fetched from")
        _, stored = remote.token()
        assert (await listing(remote, stored)).status_code == 200


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "http://login.example.org/keys", "keys"])
def test_keys_are_fetched_safely_or_not_at_all(tmp_path: Path, uri: str) -> None:
    file = tmp_path / "daemon.toml"
    file.write_text(f'[listen]\noauth = {{ issuer = "{ISSUER}", audience = "{AUDIENCE}", jwks_uri = "{uri}" }}\n')
    with pytest.raises(DaemonFileError, match=r"listen\.oauth\.jwks_uri: value error, an https url"):
        read_daemon_file(file)
