"""`sentinel trust`: a person reads what the repository would have executed, and pins it."""

from argparse import Namespace
from collections.abc import Iterator

from sentinel.core.values.printable import printable
from sentinel.engine.pinning import TrustPreview
from sentinel.errors.approval import NoTrustTerminalError, NotTrustedError
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.paging import page
from sentinel.front.cli.printing import say
from sentinel.front.cli.terminal import is_terminal, read_line

YES = "yes"


def run(options: Namespace) -> int:
    if not is_terminal():
        raise NoTrustTerminalError
    client = operator(options)
    preview = TrustPreview.model_validate(client.ask("trust_preview"))
    page(tuple(_shown(preview)))
    if preview.already_trusted:
        say("All of this is trusted already.")
        return 0
    _confirm()
    say(client.ask("trust", digest=preview.digest)["status"]["message"])
    return 0


def _confirm() -> None:
    """Raises NotTrustedError unless a person says yes."""
    if read_line(f"Sentinel will execute these commands and files. Trust them? (Type '{YES}' to trust):") != YES:
        raise NotTrustedError


def _shown(preview: TrustPreview) -> Iterator[str]:
    yield f"At commit {preview.commit[:12]}, digest {preview.digest}:"
    yield from _remote(preview.remote)
    for file in preview.files:
        yield from ("", *file.shown)
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
