"""Which variables that a policy passes the daemon does not have."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sentinel.core.policy.model import Policy
from sentinel.core.release.model import BlockedBy
from sentinel.core.release.variables import OWN

GATE = "environment"
_WITHOUT = frozenset(
    (
        *("LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR", "CI", "DEBUG"),
        *("GOPATH", "GOPROXY", "GOPRIVATE", "CARGO_HOME", "RUSTUP_HOME", "JAVA_HOME", "GRADLE_USER_HOME"),
        *("MAVEN_OPTS", "UV_CACHE_DIR", "PNPM_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("PIP_CERT", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
        *("UV_FIND_LINKS", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "CARGO_HTTP_CAINFO"),
    )
)
"""Well-known settings whose absence means a default; `sentinel init` writes some of them wherever it is run."""


@dataclass(frozen=True, slots=True)
class Available:
    """What commands can be given: to all of them, and to production scripts besides, by variables, files and secrets.

    `daemon` are the variables of the daemon; `sources` are those that secrets come from, which are never passed.
    """

    everywhere: Collection[str]
    in_production: Collection[str]
    daemon: Collection[str]
    sources: Collection[str]


def missing_variables(policy: Policy, available: Available) -> Iterator[BlockedBy]:
    """Each name in `pass` that its commands would not get, unless everything does without it."""
    sections = (
        ("environment", policy.environment, available.everywhere),
        ("production.environment", policy.production.environment, available.in_production),
    )
    for section, environment, given in sections:
        for name in dict.fromkeys(environment.passed):
            if (name not in given or name.startswith(OWN) or name == "PATH") and not _has_default(name):
                yield _missing(section, name, available)


def _has_default(name: str) -> bool:
    return name.upper() in _WITHOUT or name.startswith("LC_")


def _missing(section: str, name: str, available: Available) -> BlockedBy:
    where, out = f"`[{section}] pass` names {name}", f"takes {name} out of `pass`"
    if name.startswith(OWN) or name == "PATH":
        return _fault(f"{where}, which Sentinel never passes.", f"A person {out}.")
    if name in available.sources:
        fix = f"A person names the secret under `secrets` and {out}."
        return _fault(f"{where}, which a secret of daemon.toml is taken from: it is never passed.", fix)
    if name in available.daemon:
        fix = f"An operator adds {name} to `pass` of [separated] in daemon.toml, or a person {out}."
        return _fault(f"{where}, which separated mode passes to production scripts alone.", fix)
    fix = (
        f"A person sets {name} and starts the daemon again (`sentinel daemon stop`, then `sentinel daemon start`), "
        f"or {out}; a variable that may be absent goes into `optional`."
    )
    return _fault(f"{where}, and the daemon's environment has no such variable.", fix)


def _fault(message: str, fix: str) -> BlockedBy:
    return BlockedBy(gate=GATE, message=message, fix=fix)
