"""Task groups wrap whatever ends them; whoever catches our errors by their class wants them as they were raised."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unwrapped() -> Iterator[None]:
    """Raises the one exception of a group by itself; a group of several is raised as it is."""
    fault: BaseException
    try:
        yield
    except BaseExceptionGroup as group:
        fault = group
    else:
        return
    while isinstance(fault, BaseExceptionGroup) and len(fault.exceptions) == 1:
        fault = fault.exceptions[0]
    raise fault
