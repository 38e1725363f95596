"""Whether a service answers as the release that it should be: a stale instance is not healthy (design 3.2)."""

import re

_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]*")
SHORTEST_COMMIT = 7


def answers_release(body: str, *, version: str, tag: str, commit: str) -> bool:
    """Whether `body` holds the version, the tag or the commit as a word of its own; `11.2.0` is not `1.2.0`."""
    words = {word.rstrip(".") for word in _TOKEN.findall(body)}
    if not words.isdisjoint((version, tag, tag.rpartition("/")[2])):
        return True
    return any(len(word) >= SHORTEST_COMMIT and commit.startswith(word.lower()) for word in words)
