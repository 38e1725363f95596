"""The diagram of the architecture is the transition table's."""

from tests.repository.diagram import PAGE, diagram, with_diagram


def test_the_diagram_is_drawn_from_the_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert diagram() in text
    assert with_diagram(text) == text
