"""The TOML of a sentinel.toml, within limits. The guard reads it before every command, so it loads no model."""

POLICY_FILE = "sentinel.toml"
SIZE_LIMIT = 256 * 1024
DOTS_LIMIT = 100
"""Dots on a line: the time that tomllib takes for a key grows with the square of its parts."""


def read_document(raw: bytes) -> dict[str, object]:
    """Its tables, not checked further, of at most SIZE_LIMIT bytes. Raises ValueError or RecursionError."""
    import tomllib  # noqa: PLC0415 - a third of the guard's time, which most of its decisions do without

    for number, line in enumerate(raw.split(b"\n"), start=1):
        if line.count(b".") > DOTS_LIMIT and not line.lstrip().startswith(b"#"):
            raise ValueError(f"line {number} has more than {DOTS_LIMIT} dots")
    return tomllib.loads(raw.decode("utf-8-sig"))
