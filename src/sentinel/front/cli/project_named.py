"""The project's status as a person is shown it before they confirm something. Standard library only."""

from typing import Any

from sentinel.front.operator.client import OperatorClient


def asked_status(client: OperatorClient) -> Any:
    """An OperatorStatus as the daemon tells it."""
    return client.ask("status")


def project_line(found: Any, what: str) -> str:
    """`what` would be done, and in which project."""
    return f"{found['name']} ({found['project']}): {what}"
