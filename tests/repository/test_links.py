"""The documents' links lead somewhere."""

from urllib.parse import unquote, urlsplit

import pytest

from tests.repository.markdown import ROOT, Document, documents

DOCUMENTS = {document.path: document for document in documents()}


def _fault(document: Document, link: str) -> str | None:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (document.path.parent / unquote(parts.path)).resolve() if parts.path else document.path
    if not target.is_relative_to(ROOT) or not target.exists():
        return f"{link}: there is no such file"
    known = DOCUMENTS[target].anchors() if target in DOCUMENTS else set()
    if parts.fragment and unquote(parts.fragment) not in known:
        return f"{link}: there is no such heading"
    return None


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=lambda document: document.name)
def test_relative_links_and_anchors_exist(document: Document) -> None:
    assert [fault for link in document.links() if (fault := _fault(document, link))] == []
