"""How much is tried: a part of the seeds and one era of MCP by hand, everything in .ci/run."""

import os

VARIABLE = "SENTINEL_TEST_IN_FULL"


def in_full() -> bool:
    return VARIABLE in os.environ
