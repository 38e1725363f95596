"""`sentinel doctor`: looks for what keeps Sentinel from working here, one line a check."""

from argparse import Namespace

from sentinel.front.cli.parser import JSON, command
from sentinel.front.cli.printing import print_json, say


def run(options: Namespace) -> int:
    """2 where something keeps Sentinel from working."""
    from sentinel.front.cli.doctor import look_around

    checks = look_around(options)
    if options.json:
        print_json([check.model_dump() for check in checks])
    else:
        lines = (f"{'ok  ' if one.ok else 'FAIL'} {one.name}: {one.found} {one.fix}".rstrip() for one in checks)
        say("\n".join(lines))
    return 0 if all(check.ok for check in checks) else 2


COMMAND = command("Look", "look for what keeps Sentinel from working here", run, JSON)
