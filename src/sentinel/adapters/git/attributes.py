"""Which attributes git obeys in a repository of the daemon's: info/attributes goes before every .gitattributes."""

from pathlib import Path

#: Switches off all that git changes between a blob and its file; `!` where git has no such thing as "off".
OWN_BYTES = b"* -text !eol !ident !filter !working-tree-encoding\n"


def write_attributes(git_dir: Path, lines: bytes) -> None:
    folder = git_dir / "info"
    folder.mkdir(exist_ok=True)
    (folder / "attributes").write_bytes(lines)
