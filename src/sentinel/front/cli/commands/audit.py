"""`sentinel audit`: the history, the findings, and the proof that nobody has changed them."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from sentinel.core.values.limits import AUDIT_PAGE
from sentinel.core.values.printable import printable
from sentinel.errors.history import SarifFileError
from sentinel.errors.release import MissingReasonError
from sentinel.front.cli.daemon_link import operator, project_line
from sentinel.front.cli.parser import JSON, REASON, Action, Command, argument, count, number
from sentinel.front.cli.printing import print_reply, say, screen
from sentinel.front.cli.terminal import confirm, require_terminal
from sentinel.front.operator.client import OperatorClient, Reply


def _list(options: Namespace) -> int:
    client = operator(options)
    if options.findings:
        return print_reply(client.ask_for(screen(), "findings", open_only=not options.all), options, "findings")
    return print_reply(_newest(client, options), options, "entries")


def _newest(client: OperatorClient, options: Namespace) -> Reply:
    """Read from the end, so that a long history takes no longer than a short one."""
    entries: list[Any] = []
    texts: list[str] = []
    while (left := options.limit - len(entries)) > 0:
        before = entries[0]["sequence"] if entries else None
        page_of = {"before": before, "limit": min(AUDIT_PAGE, left)}
        window = {"after": options.after, "internal": options.all, **page_of}
        page = client.ask_for(screen(), "newest_audit_entries", **window)
        if not page.result:
            break
        entries, texts = page.result + entries, [page.text, *texts]
    return Reply(entries, "\n".join(texts) or "No entry.")


def _import(options: Namespace) -> int:
    from sentinel.core.audit.sarif import SIZE_LIMIT, read_sarif

    require_terminal("audit import")
    client = operator(options)
    document = _read(Path(options.file), SIZE_LIMIT)
    number, shown = len(read_sarif(document).findings), printable(options.file, limit=200)
    closed = "open ones of the same scanner that it no longer has are closed"
    confirm(project_line(client.ask("status"), f"imports {number} findings of {shown}; {closed}."))
    imported = client.ask_for(screen(), "import_sarif", document=document)
    return print_reply(imported, options, "imported")


def _read(path: Path, limit: int) -> str:
    """Raises SarifFileError."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit + 1).decode()
    except OSError as error:
        raise SarifFileError(file=path, reason=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise SarifFileError(file=path, reason="it is not UTF-8") from None


def _resolve(options: Namespace) -> int:
    require_terminal("audit resolve")
    if not options.reason.strip():
        raise MissingReasonError
    client = operator(options)
    named = client.ask_for(screen(), "finding", number=options.number)
    if named.result is not None:
        what = f"says that this finding is dealt with:\n{named.text}\nReason: {printable(options.reason)}"
        confirm(project_line(client.ask("status"), what))
    found = client.ask_for(screen(), "resolve_finding", number=options.number, reason=options.reason)
    return print_reply(found, options, "finding")


def _verify(options: Namespace) -> int:
    """1 where the chain does not hold. Raises AnotherKeyError."""
    if options.bundle is not None:
        return _verify_bundle(options)
    client = operator(options)
    if options.key is not None:
        from sentinel.front.cli.bundle import require_key

        require_key(client, options.key)
    found = client.ask_for(screen(), "verify_audit")
    return print_reply(found, options, "proof", code=0 if found.result["fault"] is None else 1)


def _verify_bundle(options: Namespace) -> int:
    """Raises UnprovenBundleError."""
    from sentinel.front.cli.bundle import proven_text, verify

    proven = verify(Path(options.bundle), options.key)
    text = proven_text(proven, kept=options.key is not None)
    return print_reply(Reply(proven.model_dump(mode="json"), text), options, "proof")


def _export(options: Namespace) -> int:
    from sentinel.front.cli import bundle

    client = operator(options)
    if options.output is not None:
        target = Path(options.output).absolute()
        number = bundle.export(client, target)
        shown = printable(str(target), limit=4096)
        text = f"{number} entries are exported to {shown}: `sentinel audit verify` proves them anywhere."
        return print_reply(Reply({"path": str(target), "entries": number}, text), options, "exported")
    for entry in bundle.all_entries(client):
        say(json.dumps(entry, sort_keys=True))
    return 0


AUDIT = Command(
    "the history, the findings, and the proof that nobody changed them",
    actions={
        "list": Action(
            "the history, or the findings",
            _list,
            (
                argument("--findings", action="store_true", help="list findings instead"),
                argument("--all", action="store_true", help="internal steps too; with --findings, resolved ones"),
                argument("--after", type=number, default=0, metavar="N", help="only entries after number N"),
                argument(
                    "--limit",
                    type=count,
                    default=50,
                    metavar="N",
                    help="at most N entries, the newest (default: 50)",
                ),
                JSON,
            ),
        ),
        "import": Action("record the findings of a scanner", _import, (argument("file", metavar="FILE.sarif"), JSON)),
        "resolve": Action(
            "record that a finding is dealt with",
            _resolve,
            (
                argument("number", type=number, metavar="N", help="as `sentinel audit list --findings` shows it"),
                REASON,
                JSON,
            ),
        ),
        "verify": Action(
            "prove that the history is whole, or an exported bundle without the daemon",
            _verify,
            (
                argument("bundle", nargs="?", metavar="BUNDLE", help="what `audit export --output` wrote"),
                argument("--key", metavar="KEY", help="the history's public key, as you have kept it"),
                JSON,
            ),
        ),
        "export": Action(
            "print the whole history as JSON lines, or write it as a bundle that others can verify",
            _export,
            (argument("--output", metavar="PATH", help="write a bundle: a .tar file, or a new folder"), JSON),
        ),
    },
)
