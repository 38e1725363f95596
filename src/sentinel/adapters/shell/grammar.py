"""The bash grammar of tree-sitter, loaded without what its packages import besides.

The packages' own modules import `typing` and `importlib.resources`, which takes longer than the guard itself
(60 ms for a whole process); their compiled parts need neither.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from time import process_time
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node, Parser


LONG = 2048
"""Bytes from which on it is tried first how long a text takes to read."""
LIMIT_S = 0.2
"""Seconds of the processor that such a text may take. Some, as `a=(a=(a=(…`, take a time that grows as the square of
their length; a real script of that length takes less than a millisecond."""


def read_tree(text: bytes) -> "Node | None":
    """The root of the syntax tree of `text`, whatever it is; what is no bash is in nodes of the type ERROR.

    None where it takes too long to read.
    """
    global _parser  # noqa: PLW0603 - made once, and only in a process that needs it
    if _parser is None:
        _parser = _made()
    if len(text) > LONG and not _is_read_in_time(_parser, text):
        return None
    return _parser.parse(text).root_node


def _is_read_in_time(parser: "Parser", text: bytes) -> bool:
    """Reads it once to find out. The tree of a text that is read so is slow to walk, and is thrown away."""
    until = process_time() + LIMIT_S
    try:
        parser.parse(lambda at, _: text[at:], progress_callback=lambda *_: process_time() > until)
    except ValueError:
        parser.reset()
        return False
    return True


_parser: "Parser | None" = None


def _made() -> "Parser":
    library, bash = _compiled("tree_sitter"), _compiled("tree_sitter_bash")
    parser: Parser = library.Parser(library.Language(bash.language()))
    return parser


def _compiled(package: str) -> ModuleType:
    """The extension module of `package`, found where Python would look for the package. Raises ImportError."""
    place = PathFinder.find_spec(package, sys.path)
    folders = place.submodule_search_locations if place else None
    spec = PathFinder.find_spec(f"{package}._binding", folders) if folders else None
    if spec is None or spec.loader is None:
        raise ImportError(f"no module of {package}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
