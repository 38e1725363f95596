"""A refusal of the guard goes to the daemon, where it becomes a finding; one is started where none runs."""

from collections.abc import Mapping

from sentinel.front.agent_link import LinkRefused, open_link, read_reply

RULE_LIMIT = 200
RECORDED = "It is on record as a high finding, which blocks the next release until a person resolves it."


def record(rule: str, project: str, environ: Mapping[str, str]) -> str:
    """A sentence that says what became of it; `rule` names the command without its arguments."""
    try:
        link, rest = open_link(environ, project, {"refused": rule[:RULE_LIMIT]})
        with link:
            read_reply(link, rest)
    except LinkRefused as refused:
        return f"It is not on record: {refused.sentence}"
    return RECORDED
