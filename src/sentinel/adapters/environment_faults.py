"""What keeps the commands of a policy from getting their environment: variables, files and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from anyio import to_thread

from sentinel.adapters.environment import read_environment_file
from sentinel.adapters.secrets.store import SecretStore
from sentinel.core.candidate.script_faults import ENVIRONMENT, Available, missing_variables
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import BlockedBy
from sentinel.errors import SentinelError


@dataclass(frozen=True, slots=True)
class EnvironmentFaults:
    """`environ` is the daemon's; outside of production commands are passed those `outside_production` alone."""

    environ: Mapping[str, str]
    outside_production: frozenset[str]
    sources: frozenset[str]
    secrets: SecretStore

    async def find(self, project: str, policy: Policy) -> tuple[BlockedBy, ...]:
        """Everything that is missing, also what production alone would need."""
        found: list[BlockedBy] = []
        common = {*self.outside_production, *policy.environment.secrets}
        own = {*self.environ, *policy.production.environment.secrets}
        for environment, given in ((policy.environment, common), (policy.production.environment, own)):
            if environment.env_file is not None:
                try:
                    given.update(await to_thread.run_sync(read_environment_file, Path(environment.env_file)))
                except SentinelError as error:
                    found.append(_fault(error))
        for name in policy.secrets(production=True):
            try:
                await self.secrets.values(project, (name,))
            except SentinelError as error:
                found.append(_fault(error))
        for name in policy.logins():
            try:
                self.secrets.require(project, (name,))
                await self.secrets.login(name)
            except SentinelError as error:
                found.append(_fault(error))
        available = Available(common, common | own, self.environ.keys(), self.sources)
        return (*missing_variables(policy, available), *found)


def _fault(error: SentinelError) -> BlockedBy:
    return BlockedBy(gate=ENVIRONMENT, message=error.what, fix=error.fix)
