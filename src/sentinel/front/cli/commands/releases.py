"""A plan of the next release, the list of earlier ones, and everything that is kept of one."""

from argparse import Namespace

from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.parser import JSON, argument, command, count
from sentinel.front.cli.printing import print_reply, screen


def _plan(options: Namespace) -> int:
    """1 where the release would be blocked."""
    reply = operator(options).ask_for(screen(), "plan", type=options.type)
    return print_reply(reply, options, "plan", code=1 if reply.result["blocked"] else 0)


PLAN = command(
    "what the next release would be, and what blocks it",
    _plan,
    argument("--type", choices=("patch", "minor", "major"), help="default: the smallest that the changelog allows"),
    JSON,
)


def _releases(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "releases", limit=options.limit), options, "releases")


RELEASES = command(
    "every release: who approved it, and what became of it",
    _releases,
    argument("--limit", type=count, default=50, metavar="N", help="at most N of them, the newest (default: 50)"),
    JSON,
)


def _show(options: Namespace) -> int:
    return print_reply(operator(options).ask_for(screen(), "release", version=options.version), options)


SHOW = command(
    "one release: notes, commits, tests, artifacts, approval, history",
    _show,
    argument("version", metavar="VERSION", help="such as 1.2.0 or v1.2.0"),
    JSON,
)
