"""Connects the engine to the world: which adapter implements which interface."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

import anyio

from sentinel.adapters.artifacts.store import ArtifactStore
from sentinel.adapters.calendar_process import Calendars
from sentinel.adapters.clock import SystemClock
from sentinel.adapters.disk_reserve import DiskReserve
from sentinel.adapters.git.command import GitSettings
from sentinel.adapters.git.location import enclosing_root
from sentinel.adapters.git.repository import Locks, ProjectRepository, RemotePolicies, RemoteRepository
from sentinel.adapters.git.worktree import working_policy
from sentinel.adapters.http.services import HttpServices
from sentinel.adapters.keys.approvers import ApproverFiles
from sentinel.adapters.keys.history_key import HistoryKeys
from sentinel.adapters.notify import AppriseNotifier
from sentinel.adapters.scripts import SupervisedScripts
from sentinel.adapters.secrets import SecretStore
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.supervisor.launcher_client import LauncherClient
from sentinel.adapters.workspace import NO_LAUNCHERS, Workspace
from sentinel.core.access.tokens import OAuth
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import Project
from sentinel.core.release.script import CommandUser
from sentinel.daemon_file import Console, DaemonFile
from sentinel.engine.agents import Agents
from sentinel.engine.api import Api
from sentinel.engine.notifications import NotificationSender
from sentinel.engine.projects import Projects, RegisteredProjects
from sentinel.engine.runtime.reconciler import Reconciler
from sentinel.engine.runtime.runner import Runner, learn_all_files
from sentinel.engine.runtime.watch import Hub
from sentinel.engine.tokens import Issuer, Tokens
from sentinel.ports.world import World


@dataclass(frozen=True, slots=True)
class Repositories:
    """Makes the repository of a project; all repositories of one project share its locks while they are in use."""

    home: Path
    settings: GitSettings
    _locks: WeakValueDictionary[str, Locks] = field(default_factory=WeakValueDictionary)

    def __call__(self, project: Project, policy: Policy) -> ProjectRepository:
        home, root = self.home / project.id, Path(project.root)
        locks = self._locks.setdefault(project.id, Locks())
        if project.origin is not None:
            return RemoteRepository(home, root, policy, self.settings, locks, origin=project.origin)
        trusted = project.pin.remote if project.pin is not None else None
        return ProjectRepository(home, root, policy, self.settings, locks, trusted)


@dataclass(frozen=True, slots=True)
class Engine:
    """The running parts: what the front ends ask, and what `run` keeps running."""

    agents: Agents
    api: Api
    hub: Hub
    reconciler: Reconciler
    notifier: AppriseNotifier
    notifications: NotificationSender
    world: World
    secrets: SecretStore

    def tokens(self, rules: OAuth | None) -> Tokens:
        """What lets remote agents in: stored tokens, and those of an authorization server if there is one."""
        if rules is None:
            return Tokens(self.world, self.hub)
        from sentinel.adapters.oauth import JwtVerifier  # noqa: PLC0415 - it takes time and memory

        return Tokens(self.world, self.hub, Issuer(rules, JwtVerifier(rules)))

    async def run(self) -> None:
        """Works until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.secrets.learn)
            tasks.start_soon(learn_all_files, self.world)
            tasks.start_soon(self.hub.run)
            tasks.start_soon(self.notifier.run)
            tasks.start_soon(self.notifications.run)
            tasks.start_soon(self.reconciler.run)


def build_engine(
    store: SqlStore,
    clock: SystemClock,
    *,
    home: Path,
    environ: Mapping[str, str],
    own: DaemonFile,
    known: SecretStore,
    launchers: Mapping[CommandUser, LauncherClient] = NO_LAUNCHERS,
) -> Engine:
    """An engine on `store` that keeps its files in `home`.

    Commands may get variables of `environ` and `known` secrets. In separated mode, `launchers` start those of other
    users.
    """
    hub = Hub(store, clock)
    reserve = DiskReserve(home / "reserve")
    reserve.restore()
    notifier = AppriseNotifier(own.notifications.addresses)
    # A secret's list of projects decides who gets it, not the name of the variable that it comes from.
    sources = frozenset(source.environment for source in own.secrets.values() if source.environment is not None)
    passable = {name: value for name, value in environ.items() if name not in sources}
    git = GitSettings(environ)
    scripts, workspace = _commands(home, passable, own, known, sources, launchers)
    world = World(
        store=store,
        clock=clock,
        repository=Repositories(home / "projects", git),
        scripts=scripts,
        secrets=known,
        artifacts=ArtifactStore(home / "artifacts"),
        services=HttpServices(known.mask, known.login, own.ca),
        approvers=ApproverFiles(home, (own.console or Console()).relying_party),
        progress=hub,
        workspace=workspace,
        reserve=reserve,
        retention=own.retention,
        new_id=partial(secrets.token_hex, 8),
        trust=own.mode,
        calendars=Calendars(),
        policies=RemotePolicies(home / "projects", git),
        working_policy=working_policy,
        console=own.console.address if own.console else None,
        history_keys=HistoryKeys(home / "projects"),
    )
    projects = Projects(world, enclosing_root) if own.separated is None else RegisteredProjects(world)
    return Engine(
        agents=Agents(world, projects, hub),
        api=Api(world, projects, hub),
        hub=hub,
        reconciler=Reconciler(world, Runner(world, hub)),
        notifier=notifier,
        notifications=NotificationSender(store, notifier, world.console),
        world=world,
        secrets=known,
    )


def _commands(
    home: Path,
    environ: Mapping[str, str],
    own: DaemonFile,
    known: SecretStore,
    sources: frozenset[str],
    launchers: Mapping[CommandUser, LauncherClient],
) -> tuple[SupervisedScripts, Workspace]:
    """How commands run, and in which folder."""
    if own.separated is None:
        return SupervisedScripts(environ, known, sources), Workspace(home / "operations")
    passed = frozenset(own.separated.passed)
    return SupervisedScripts(environ, known, sources, launchers, passed), Workspace(own.separated.work, launchers)
