"""The files that a set-up writes: the daemon's own settings, the service, and the folders of its sockets."""

import json
from collections.abc import Sequence

from sentinel.setup.separated.layout import Layout

CAPABILITIES = "CAP_SETUID CAP_SETGID CAP_KILL"
"""To be those users for commands, and to end them; the daemon itself gives them up when it starts."""


def daemon_file(layout: Layout) -> str:
    """`daemon.toml`."""
    return f"""mode = "separated"

[separated]
build_user = {json.dumps(layout.build)}
build_group = {json.dumps(layout.build)}
staging_user = {json.dumps(layout.staging)}
staging_group = {json.dumps(layout.staging)}
agents_group = {json.dumps(layout.agents)}
operators_group = {json.dumps(layout.operators)}
work = {json.dumps(str(layout.work))}
# What the policy's `[environment] pass` may hand from the daemon's environment to commands of these two users:
pass = ["LANG", "LC_ALL", "TZ"]
"""


def environment_file(layout: Layout) -> str:
    """The service's environment."""
    return f"""# Variables of the daemon, NAME=value; the policy passes them to production scripts by name.
# Credentials may also stand in files of their own in {layout.configuration}, which the policy names:
# `[production.environment] env_file`.
"""


def unit(layout: Layout, daemon: Sequence[str]) -> str:
    """A service for systemd; `daemon` is the command that serves."""
    return f"""[Unit]
Description=Sentinel, releases under a protocol
After=network-online.target
Wants=network-online.target

[Service]
User={layout.daemon}
Group={layout.daemon}
SupplementaryGroups={layout.build} {layout.staging}
Environment={_quoted(f"SENTINEL_HOME={layout.home}")} {_quoted(f"SENTINEL_SYSTEM={layout.runtime}")}
EnvironmentFile=-{_specified(str(layout.configuration / "environment"))}
ExecStart={" ".join(map(_quoted, daemon))}
Restart=on-failure
KillMode=process
UMask=0077
AmbientCapabilities={CAPABILITIES}
CapabilityBoundingSet={CAPABILITIES}

[Install]
WantedBy=multi-user.target
"""


def tmpfiles(layout: Layout) -> str:
    """For systemd-tmpfiles: the folders of the sockets, which a restart of the machine takes away."""
    return f"""d {layout.runtime} 0755 root root
d {layout.runtime / "agent"} 2750 {layout.daemon} {layout.agents}
d {layout.runtime / "operator"} 2750 {layout.daemon} {layout.operators}
"""


def _quoted(word: str) -> str:
    """A word as systemd reads it (systemd.service, command lines)."""
    return '"' + _specified(word.replace("\\", "\\\\").replace('"', '\\"')).replace("$", "$$") + '"'


def _specified(text: str) -> str:
    return text.replace("%", "%%")
