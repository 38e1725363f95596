"""A person reads what the repository would have executed, and pins it."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style
from sentinel.engine.api import Call, OperatorRequest
from sentinel.engine.pinning import Trusting, TrustPreview
from sentinel.engine.statuses import Answer


class PreviewTrust(OperatorRequest):
    wire: ClassVar[str] = "trust_preview"

    async def carry_out(self, call: Call) -> TrustPreview:
        return await Trusting(call.world, call.projects, call.views).preview(call.project_id)

    def render(self, result: TrustPreview, screen: Screen) -> str:
        return "\n".join(_preview_lines(result, screen))


class Trust(OperatorRequest):
    """`digest` is that of the preview that was read."""

    wire: ClassVar[str] = "trust"
    digest: str

    async def carry_out(self, call: Call) -> Answer:
        trusting = Trusting(call.world, call.projects, call.views)
        return await trusting.trust(call.project_id, digest=self.digest, by=call.by)


_STYLES: Mapping[str, Style] = {"+": "green", "-": "red", "@": "cyan", "=": "bold"}
"""Of a line that is shown of a file, by what it begins with."""


def _preview_lines(preview: TrustPreview, screen: Screen) -> Iterator[str]:
    yield f"At commit {preview.commit[:12]}, digest {preview.digest}:"
    yield from _remote(preview.remote)
    for file in preview.files:
        yield ""
        for line in file.shown:
            style = _STYLES.get(line[:1])
            yield screen.paint(line, style) if style is not None else line
    if preview.approvers:
        yield from ("", *preview.approvers)
    yield ""
    if preview.unseen:
        yield from preview.unseen
        yield 'What they start is not pinned, and may change unseen. `[trust] also = ["deploy/**"]` pins whole folders.'
    yield from (f"Warning: {warning.message} {warning.fix}" for warning in preview.warnings)
    yield from (f"Note: {note}" for note in preview.notes)


def _remote(addresses: tuple[str, ...]) -> Iterator[str]:
    """Where releases are read from, and where their tags go if that is elsewhere."""
    if addresses:
        read, *pushed = map(printable, addresses)
        yield f"Remote: {read}"
        yield from (f"Tags are pushed to: {address}" for address in pushed if pushed != [read])
