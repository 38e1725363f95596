"""Every refusal of Sentinel: one class per broken rule, with its sentence and its way out.

`problem` says in one sentence what is wrong and `remedy` in one what to do; both are formatted with the
keyword arguments the error is raised with. Exit codes and MCP texts are taken from here and nowhere else:
1 means that a rule of the protocol refused, 2 that the request or the installation is at fault.
"""

from typing import ClassVar

SEE_STATUS = "`sentinel status` shows the state and the next step."
"""What a person does who asked for what the state does not allow."""


class SentinelError(Exception):
    """Base of everything a user or an agent may be told; it never carries a traceback or a secret."""

    problem: ClassVar[str] = "{problem}"
    remedy: ClassVar[str] = "{remedy}"
    exit_code: ClassVar[int] = 2

    def __init__(self, **values: object) -> None:
        self.what = self.problem.format_map(values)
        self.fix = self.remedy.format_map(values)
        super().__init__(f"{self.what} {self.fix}".strip())

    @classmethod
    def rule(cls) -> str:
        """The rule's name as machines read it: the class name without `Error`."""
        return cls.__name__.removesuffix("Error")


class RefusedError(SentinelError):
    """A rule of the protocol says no; the request itself was well formed."""

    exit_code = 1


class TamperingError(RefusedError):
    """A tag, an artifact or a history that is not what was recorded."""
