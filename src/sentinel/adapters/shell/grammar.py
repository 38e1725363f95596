"""The bash grammar of tree-sitter, loaded without what its packages import besides.

The packages' own modules import `typing` and `importlib.resources`, which takes longer than the guard itself
(60 ms for a whole process); their compiled parts need neither.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node, Parser


def read_tree(text: bytes) -> "Node":
    """The root of the syntax tree of `text`, whatever it is; what is no bash is in nodes of the type ERROR."""
    global _parser  # noqa: PLW0603 - made once, and only in a process that needs it
    if _parser is None:
        _parser = _made()
    return _parser.parse(text).root_node


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
