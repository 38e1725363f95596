"""A refusal of the guard goes to the daemon, where it becomes a finding; one is started where none runs."""

import signal
from collections.abc import Mapping

from sentinel.launch.agent_link import LinkRefused, open_link, read_reply

RULE_LIMIT = 200
"""Characters of a refusal's name that the daemon takes."""
PATIENCE = 12.0
"""Seconds after which the client is told no without a record, before it loses its own patience and lets all run."""
RECORDED = "It is on record as a high finding, which blocks the next release until a person resolves it."


def record(rule: str, project: str, environ: Mapping[str, str]) -> str:
    """A sentence that says what became of it; `rule` names the command without its arguments."""
    signal.signal(signal.SIGALRM, _out_of_patience)
    # Again each second: whoever takes the first one for an error of their own may go on waiting.
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, 1.0)
    try:
        link, rest = open_link(environ, project, {"refused": rule[:RULE_LIMIT]})
        with link:
            read_reply(link, rest)
    except LinkRefused as refused:
        return f"It is not on record: {refused.sentence}"
    except (OSError, ValueError):
        return "It is not on record: the daemon did not answer, or the project's path cannot be told to it."
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return RECORDED


def _out_of_patience(_number: int, _frame: object) -> None:
    raise TimeoutError
