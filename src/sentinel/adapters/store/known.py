"""Snapshots in memory: reading a project again costs nothing while it has not changed."""

from sentinel.core.snapshot import Snapshot

KEPT = 1000
"""Projects that are remembered, those asked for last; a document with its lineage is some 100 KB at most."""


class KnownSnapshots:
    """The newest snapshot seen of a project. The digest of its last audit entry tells it from every other one."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Snapshot]] = {}

    def newest(self, project_id: str) -> Snapshot | None:
        known = self._known.pop(project_id, None)
        if known is None:
            return None
        self._known[project_id] = known
        return known[1]

    def at(self, project_id: str, digest: str | None) -> Snapshot | None:
        """The snapshot with that digest: also after a database was restored, whose revisions begin again."""
        known = self._known.get(project_id)
        return known[1] if known and known[0] == digest else None

    def keep(self, digest: str, snapshot: Snapshot) -> None:
        """A reader that was overtaken by a writer must not put the older snapshot back."""
        project_id = snapshot.project.id
        known = self._known.get(project_id)
        if known is None or known[1].revision < snapshot.revision:
            self._known[project_id] = (digest, snapshot)
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]

    def forget(self, project_id: str) -> None:
        self._known.pop(project_id, None)
