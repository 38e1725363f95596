"""What can be typed after `sentinel`, as data: one row a command."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sentinel.launch.version import VERSION


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as argparse takes it."""

    names: tuple[str, ...]
    settings: Mapping[str, Any]


def _argument(*names: str, **settings: Any) -> Argument:
    return Argument(names, MappingProxyType(settings))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"found {text}, expected a number of at least 1")
    return int(text)


@dataclass(frozen=True, slots=True)
class Command:
    """A command, the module of `sentinel.front.cli.commands` that runs it, and what it takes."""

    name: str
    help: str
    module: str
    arguments: tuple[Argument, ...] = ()
    children: tuple["Command", ...] = field(default=())
    project: bool = True


_JSON = _argument("--json", action="store_true", help="print data for programs")
_PROJECT = _argument("--project", metavar="DIR", help="a folder of the governed repository (default: this one)")
_WHY = _argument("--reason", default="it is no longer wanted", help="why; agents are told")
_REASON = _argument("--reason", required=True, help="why; it is recorded")
_LISTEN = _argument("--listen", metavar="HOST:PORT", help="serve remote agents too, who need a token")

COMMANDS: tuple[Command, ...] = (
    Command(
        "init",
        "look at the repository and write a commented sentinel.toml",
        "init",
        (_argument("--print", action="store_true", dest="print_only", help="only print it"),),
    ),
    Command(
        "trust",
        "read and pin the policy and its scripts; nothing of the repository runs before",
        "trust",
    ),
    Command(
        "mcp",
        "serve an AI client on stdin and stdout",
        "mcp",
        (
            _argument(
                "--locked-tools",
                choices=("hide", "reject"),
                help="hide locked tools (default), or list every tool and reject the call",
            ),
            _argument("--longest-wait", metavar="SECONDS", help="how long release_status may wait (1-3600; 50)"),
        ),
    ),
    Command(
        "daemon",
        "the process that owns state, timers and deployments",
        "daemon",
        children=(
            Command("run", "serve in this terminal", "daemon", (_LISTEN,), project=False),
            Command("start", "serve in the background, if none does", "daemon", (_LISTEN,), project=False),
            Command("stop", "stop serving; running scripts go on and are adopted", "daemon", project=False),
        ),
        project=False,
    ),
    Command("status", "the state, what runs or blocks the release, and what to do next", "status", (_JSON,)),
    Command(
        "sprint",
        "open or close a sprint",
        "sprint",
        children=(
            Command("start", "open a sprint", "sprint", (_argument("name"), _JSON)),
            Command("close", "close it without a release", "sprint", (_JSON,)),
        ),
    ),
    Command(
        "approve",
        "read what waits for approval and confirm it with the exact phrase",
        "approve",
        (_argument("--key", metavar="PATH", help="the SSH key to sign with, where the policy names approvers"),),
    ),
    Command(
        "reject",
        "refuse what waits for approval",
        "reject",
        (_argument("--reason", help="why; the agent that asked is told"), _JSON),
    ),
    Command("abandon", "give the release candidate up; the sprint stays open", "abandon", (_WHY, _JSON)),
    Command(
        "cancel",
        "end the running command, with all that it started",
        "cancel",
        (_WHY, _JSON),
    ),
    Command("rollback", "take production back to the release before", "rollback", (_REASON, _JSON)),
    Command(
        "adopt",
        "record what production runs today, and keep its files: built from its tag by the trusted policy",
        "adopt",
        (
            _argument("version"),
            _argument("--artifacts", metavar="DIR", help="keep every file in this folder instead of building"),
            _argument(
                "--without-artifacts", action="store_true", help="keep none; then there is nothing to go back to"
            ),
            _JSON,
        ),
    ),
    Command(
        "resolve",
        "leave HALTED by saying what production runs",
        "resolve",
        (_argument("--production", required=True, metavar="VERSION|none"), _JSON),
    ),
    Command(
        "audit",
        "what happened, what was found, and the proof of it",
        "audit",
        children=(
            Command(
                "list",
                "the history, or the findings",
                "audit",
                (
                    _argument("--findings", action="store_true", help="list findings instead"),
                    _argument("--all", action="store_true", help="resolved findings too"),
                    _argument("--after", type=int, default=0, metavar="N", help="only entries after number N"),
                    _argument(
                        "--limit",
                        type=_count,
                        default=50,
                        metavar="N",
                        help="at most N entries, the newest (default: 50)",
                    ),
                    _JSON,
                ),
            ),
            Command(
                "import", "record the findings of a scanner", "audit", (_argument("file", metavar="FILE.sarif"), _JSON)
            ),
            Command(
                "resolve", "say that a finding is dealt with", "audit", (_argument("number", type=int), _REASON, _JSON)
            ),
            Command(
                "verify",
                "prove that the history is whole, or an exported bundle without the daemon",
                "audit",
                (
                    _argument("bundle", nargs="?", metavar="BUNDLE", help="what `audit export --output` wrote"),
                    _argument("--key", metavar="KEY", help="the history's public key, as you have kept it"),
                    _JSON,
                ),
            ),
            Command(
                "export",
                "print the whole history as JSON lines, or write it as a bundle that others can verify",
                "audit",
                (_argument("--output", metavar="PATH", help="write a bundle: a .tar file, or a new folder"),),
            ),
        ),
    ),
    Command(
        "token",
        "let agents on other machines in, each with a token of its own",
        "token",
        children=(
            Command(
                "create",
                "make a token for this project, and print it once",
                "token",
                (
                    _argument("--name", required=True, help="whom it is for"),
                    _argument("--role", required=True, choices=("agent", "operator"), help="what its bearer is"),
                    _argument("--expires", metavar="DURATION", help="such as 8h, at most 720h (default: never)"),
                    _JSON,
                ),
            ),
            Command("list", "the tokens of this project", "token", (_JSON,)),
            Command("revoke", "end a token, and what is open with it", "token", (_argument("id"), _JSON)),
        ),
    ),
    Command(
        "console",
        "open the console in a browser, signed in",
        "console",
        (
            _argument(
                "action",
                nargs="?",
                choices=("open", "sign-out"),
                default="open",
                help="open (default), or end every session of the console",
            ),
            _argument("--print", action="store_true", dest="print_only", help="only print the link"),
        ),
        project=False,
    ),
    Command(
        "setup",
        "set this machine up",
        "setup",
        children=(
            Command(
                "separated",
                "give the daemon, its commands and the agents users of their own (as root)",
                "setup",
                (
                    _argument("--agent-user", action="append", default=[], metavar="USER", help="whose agents may ask"),
                    _argument("--operator", action="append", default=[], metavar="USER", help="who may approve"),
                    _argument(
                        "--name", default="sentinel", help="what users and groups begin with (default: sentinel)"
                    ),
                    _argument("--prefix", default="/", metavar="DIR", help="put every file below DIR (default: /)"),
                    _argument("--print", action="store_true", dest="print_only", help="only print what would be done"),
                ),
                project=False,
            ),
        ),
        project=False,
    ),
    Command(
        "project",
        "the projects of this machine's daemon (separated mode)",
        "project",
        children=(
            Command(
                "add",
                "register a project by the remote that it is released from",
                "project",
                (
                    _argument(
                        "--remote", required=True, metavar="URL", help="what the daemon fetches from and pushes to"
                    ),
                    _argument("--branch", default="main", help="what releases are cut from (default: main)"),
                ),
                project=False,
            ),
        ),
        project=False,
    ),
    Command(
        "install",
        "enter Sentinel into an AI client's configuration",
        "install",
        (
            _argument(
                "client",
                metavar="CLIENT",
                help="claude-desktop, claude-code, cursor, vscode, codex, gemini or opencode",
            ),
            _argument("--unattended", action="store_true", help="let it run Sentinel's tools without asking"),
            _argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
        ),
    ),
    Command(
        "guard",
        "keep agents from deploying past Sentinel",
        "guard",
        children=(
            Command(
                "install",
                "put the guard before an AI client's commands, or before git's pushes",
                "guard",
                (
                    _argument("client", metavar="CLIENT", help="claude-code, codex or git"),
                    _argument("--print", action="store_true", dest="print_only", help="only print what to enter"),
                ),
            ),
            Command("check", "answer an AI client's PreToolUse hook, whose event is on stdin", "guard"),
            Command("pre-push", "answer git's pre-push hook, whose refs are on stdin", "guard"),
        ),
    ),
    Command(
        "try",
        "rehearse a step of a release; it counts for nothing",
        "rehearse",
        children=(Command("staging", "run the working copy's staging script, health and smoke", "rehearse"),),
    ),
    Command("doctor", "look for what keeps Sentinel from working here", "doctor", (_JSON,)),
    Command(
        "demo",
        "watch two releases of a sample service, from a blocked one to an automatic rollback",
        "demo",
        (_argument("--keep", action="store_true", help="keep the demo's folder"),),
        project=False,
    ),
)


def build_parser() -> ArgumentParser:
    """The parser of the whole command line; `module` of what it returns names who runs the command."""
    parser = ArgumentParser(
        prog="sentinel",
        description="Releases that AI agents may ask for and only the protocol, and people, let through.",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"sentinel {VERSION}")
    _add(parser.add_subparsers(dest="command", required=True, metavar="COMMAND"), COMMANDS)
    return parser


def _add(parent: "_SubParsersAction[ArgumentParser]", commands: tuple[Command, ...]) -> None:
    for command in commands:
        parser = parent.add_parser(
            command.name, help=command.help, description=_sentence(command.help), allow_abbrev=False
        )
        if command.children:
            _add(parser.add_subparsers(dest="action", required=True, metavar="ACTION"), command.children)
            continue
        for argument in (*command.arguments, *((_PROJECT,) if command.project else ())):
            parser.add_argument(*argument.names, **argument.settings)
        parser.set_defaults(module=command.module)


def _sentence(help_text: str) -> str:
    return f"{help_text[:1].upper()}{help_text[1:]}."
