"""Commands as the engine orders them: with the environment that the policy gives them, under supervisor processes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from anyio import to_thread

from sentinel.adapters.environment import BuiltEnvironment, build_environment, finds, read_environment_file
from sentinel.adapters.secrets import SecretStore
from sentinel.adapters.supervisor.launcher_client import LauncherClient
from sentinel.adapters.supervisor.run_folder import folder_of, logged_commands, read_piece, tail_of
from sentinel.adapters.supervisor.runs import cancel_under, run_script
from sentinel.core.candidate.script_faults import ENVIRONMENT, Available, missing_variables
from sentinel.core.policy.model import Policy
from sentinel.core.release.commands import LoggedCommand, LogPiece
from sentinel.core.release.model import BlockedBy
from sentinel.core.release.script import CommandUser, ScriptInput, ScriptOrder, ScriptResult
from sentinel.errors import SentinelError
from sentinel.ports.world import EnvironmentRequest


@dataclass(frozen=True, slots=True)
class SupervisedScripts:
    """Commands as the engine orders them, run under supervisor processes with the environment of the policy."""

    environ: Mapping[str, str]
    secrets: SecretStore
    sources: frozenset[str]
    launchers: Mapping[CommandUser, LauncherClient] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()

    async def run(self, directory: Path, order: ScriptOrder, environment: EnvironmentRequest) -> ScriptResult:
        return await run_script(directory, order, partial(self._told, order, environment), launchers=self.launchers)

    async def cancel_under(self, directory: Path) -> None:
        await cancel_under(directory, launchers=self.launchers)

    async def logged(self, project: Path) -> tuple[LoggedCommand, ...]:
        return await to_thread.run_sync(logged_commands, project)

    async def log(self, project: Path, command: LoggedCommand, offset: int) -> LogPiece:
        return await to_thread.run_sync(read_piece, folder_of(project, command), offset)

    async def last_lines(self, project: Path, command: LoggedCommand, count: int) -> tuple[str, ...]:
        return await to_thread.run_sync(tail_of, folder_of(project, command), count)

    def finds(self, policy: Policy, program: str, *, production: bool) -> bool:
        own = (policy.production.environment,) if production else ()
        return finds((policy.environment, *own), program)

    async def faults(self, project: str, policy: Policy) -> tuple[BlockedBy, ...]:
        """Everything that is missing, also what production alone would need."""
        passed = set(self.environ)
        if self.launchers:
            passed = (passed & self.passed) | self.launchers["build"].environment(Path("checkout")).keys()
        found: list[BlockedBy] = []
        common = {*passed, *policy.environment.secrets}
        own = {*self.environ, *policy.production.environment.secrets}
        for environment, given in ((policy.environment, common), (policy.production.environment, own)):
            if environment.env_file is not None:
                try:
                    given.update(await to_thread.run_sync(read_environment_file, Path(environment.env_file)))
                except SentinelError as error:
                    found.append(_missing(error))
        available = Available(common, common | own, self.environ.keys(), self.sources)
        return (*missing_variables(policy, available), *found, *await self._missing_secrets(project, policy))

    async def _missing_secrets(self, project: str, policy: Policy) -> tuple[BlockedBy, ...]:
        found: list[BlockedBy] = []
        for name in policy.secrets(production=True):
            try:
                await self.secrets.values(project, (name,))
            except SentinelError as error:
                found.append(_missing(error))
        for name in policy.logins():
            try:
                self.secrets.require(project, (name,))
                await self.secrets.login(name)
            except SentinelError as error:
                found.append(_missing(error))
        return tuple(found)

    async def _told(self, order: ScriptOrder, environment: EnvironmentRequest) -> ScriptInput:
        """All variables of a command; from here on every value that is a secret is hidden."""
        built = await self._built(order, environment)
        await self.secrets.learn_files(environment.policy)
        await self.secrets.hide_files(environment.policy, built.filed)
        return ScriptInput(built.variables, self.secrets.seen)

    async def _built(self, order: ScriptOrder, environment: EnvironmentRequest) -> BuiltEnvironment:
        """The production environment is for production scripts alone.

        Its secrets must be there for the other commands too, so that a missing one is not found out in production. In
        separated mode the other commands get of the daemon's own environment no more than `passed`.
        """
        policy, project, production = environment.policy, environment.project, environment.production
        self.secrets.require(project, (*policy.secrets(production=True), *policy.logins()))
        values = await self.secrets.values(project, policy.secrets(production=production))
        variables = {**values, **environment.variables}
        if order.user is None:
            own = (policy.production.environment,) if production else ()
            return build_environment((policy.environment, *own), variables, self.environ)
        allowed = {name: value for name, value in self.environ.items() if name in self.passed}
        of_user = self.launchers[order.user].environment(Path(order.cwd))
        return build_environment((policy.environment,), {**of_user, **variables}, allowed)


def _missing(error: SentinelError) -> BlockedBy:
    return BlockedBy(gate=ENVIRONMENT, message=error.what, fix=error.fix)
