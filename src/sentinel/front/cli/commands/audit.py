"""`sentinel audit`: the history, the findings, and the proof that nobody has changed them."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sentinel.adapters.bundle_files import opened
from sentinel.core.audit.sarif import SIZE_LIMIT, read_sarif
from sentinel.core.proof.checkpoint import read_key
from sentinel.core.values.printable import printable
from sentinel.engine.proof import prove
from sentinel.errors.history import AnotherKeyError
from sentinel.errors.operation import MissingReasonError
from sentinel.errors.sarif import SarifFileError
from sentinel.front.cli.bundle import PAGE, HeldSignatures, all_entries, export, proven_text
from sentinel.front.cli.daemon_link import operator
from sentinel.front.cli.printing import print_json, say
from sentinel.front.cli.project_named import asked_status, project_line
from sentinel.front.cli.terminal import confirm, require_terminal
from sentinel.front.operator.client import OperatorClient
from sentinel.front.render import entry_line, finding_line, import_lines


def run(options: Namespace) -> int:
    if getattr(options, "bundle", None) is not None:
        return _verify_bundle(options)
    if options.action in ("import", "resolve"):
        require_terminal(f"audit {options.action}")
    return _ACTIONS[options.action](operator(options), options)


def _list(client: OperatorClient, options: Namespace) -> int:
    if options.findings:
        found = client.ask("findings", open_only=not options.all)
        return _print(found, [finding_line(finding) for finding in found], options, "No open finding.")
    entries = _newest(client, options.after, options.limit)
    return _print(entries, [entry_line(entry) for entry in entries], options, "No entry.")


def _print(documents: list[Any], lines: list[str], options: Namespace, nothing: str) -> int:
    if options.json:
        print_json(documents)
    else:
        say("\n".join(lines) or nothing)
    return 0


def _import(client: OperatorClient, options: Namespace) -> int:
    path = Path(options.file)
    try:
        with path.open("rb") as stream:
            raw = stream.read(SIZE_LIMIT + 1)
        document = raw.decode()
    except OSError as error:
        raise SarifFileError(file=path, reason=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise SarifFileError(file=path, reason="it is not UTF-8") from None
    count, shown = len(read_sarif(document).findings), printable(str(path), limit=200)
    closed = "open ones of the same scanner that it no longer has are closed"
    confirm(project_line(asked_status(client), f"imports {count} findings of {shown}; {closed}."))
    imported = client.ask("import_sarif", document=document)
    if options.json:
        print_json({"new_findings": len(imported["new"]), **imported})
    else:
        say("\n".join(import_lines(imported)))
    return 0


def _resolve(client: OperatorClient, options: Namespace) -> int:
    if not options.reason.strip():
        raise MissingReasonError
    open_ones = client.ask("findings", open_only=True)
    named = next((finding for finding in open_ones if finding["number"] == options.number), None)
    if named is not None:
        what = f"says that this finding is dealt with:\n{finding_line(named)}\nReason: {printable(options.reason)}"
        confirm(project_line(asked_status(client), what))
    found = client.ask("resolve_finding", number=options.number, reason=options.reason)
    return _print([found], [finding_line(found)], options, "")


def _verify(client: OperatorClient, options: Namespace) -> int:
    """1 where the chain does not hold."""
    if options.key is not None and (kept := read_key(options.key)) != read_key(client.ask("audit_keys")["verifier"]):
        raise AnotherKeyError(key=kept)
    found = client.ask("verify_audit")
    fault = found["fault"]
    if options.json:
        print_json(found)
    elif fault is None:
        tags = found["tags"]
        vouch = f" {tags} release tag{' says' if tags == 1 else 's say'} the same." if tags else ""
        say(f"The history is whole: {found['entries']} entries, each bound to the one before it.{vouch}")
    else:
        say(f"The history was tampered with: {fault['problem']}. This is recorded as a high finding.")
    return 0 if fault is None else 1


def _verify_bundle(options: Namespace) -> int:
    """Neither daemon nor store are asked. Raises UnprovenBundleError."""
    with opened(Path(options.bundle)) as bundle:
        proven = prove(bundle, HeldSignatures(), key=options.key)
    if options.json:
        print_json(proven.model_dump(mode="json"))
    else:
        say(proven_text(proven, kept=options.key is not None))
    return 0


def _export(client: OperatorClient, options: Namespace) -> int:
    if options.output is not None:
        target = Path(options.output).absolute()
        count = export(client, target)
        say(f"{count} entries are exported to {printable(str(target))}: `sentinel audit verify` proves them anywhere.")
        return 0
    for entry in all_entries(client):
        say(json.dumps(entry, sort_keys=True))
    return 0


def _newest(client: OperatorClient, after: int, limit: int) -> list[Any]:
    """Read from the end, so that a long history takes no longer than a short one."""
    newest: list[Any] = []
    while (left := limit - len(newest)) > 0:
        before = newest[0]["sequence"] if newest else None
        page = client.ask("newest_audit_entries", after=after, before=before, limit=min(PAGE, left))
        if not page:
            break
        newest = page + newest
    return newest


_ACTIONS: dict[str, Callable[[OperatorClient, Namespace], int]] = {
    "list": _list,
    "import": _import,
    "resolve": _resolve,
    "verify": _verify,
    "export": _export,
}
