"""`sentinel`: finds the command, runs it, and turns every refusal into its sentence and exit code.

AI clients start `sentinel mcp` on every launch and `sentinel guard` before every command, so nothing else is imported
before it is known what is asked for.
"""

import gc
import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 where a rule of the protocol refused, 2 where the request or the installation is at fault."""
    words = list(sys.argv[1:] if argv is None else argv)
    helped = not {"-h", "--help"}.isdisjoint(words)
    if words[:1] == ["mcp"] and not helped:
        from sentinel.launch import relay  # noqa: PLC0415 - see above

        return relay.run(words[1:], os.environ)
    if words[:2] in (["guard", "check"], ["guard", "pre-push"]) and not helped:
        gc.disable()  # it ends before there is anything to collect, and runs before every command of an agent
        from sentinel.launch import guard  # noqa: PLC0415 - see above

        os._exit(guard.run(words[1:], os.environ))  # taking the interpreter down would be a tenth of the time
    from sentinel.front.cli.run import run  # noqa: PLC0415 - see above

    return run(words)
