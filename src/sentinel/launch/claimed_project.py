"""Which project a client of this machine's daemon means, which cannot look into its folders. Standard library only.

The daemon takes it as a claim, which only chooses among the projects that operators have registered.
"""

from sentinel.launch.nearest_policy import nearest_policy, tables_of

ID_LIMIT = 100


def claimed_project(directory: str) -> str | None:
    """The project id in the sentinel.toml of `directory` or of the nearest folder around it; else no claim."""
    project = tables_of(nearest_policy(directory)).get("project")
    named = project.get("id") if isinstance(project, dict) else None
    return named if isinstance(named, str) and len(named) <= ID_LIMIT else None
