"""`sentinel`, whose daemon hardly waits for clients to read a changed list: those of most tests never do."""

from sentinel.front.cli.main import main as sentinel
from sentinel.front.mcp import calls


def main(words: list[str]) -> int:
    calls.RELIST_SECONDS = 0.2
    return sentinel(words)
