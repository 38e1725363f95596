"""Snapshots in memory: reading a project again costs nothing while it has not changed."""

from sentinel.core.release.snapshot import Snapshot

KEPT = 1000
"""Projects that are remembered, those asked for last; a document with its lineage is some 100 KB at most."""


class KnownSnapshots:
    """The newest snapshot seen of a project. The digest of its last audit entry tells it from every other one."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, Snapshot]] = {}
        self.turn = 0
        """Grows whenever a writer has said something, so that a reader knows that it was overtaken."""

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

    def written(self, digest: str, snapshot: Snapshot) -> None:
        """What has just been committed is the newest, whatever was known."""
        self.turn += 1
        self._keep(digest, snapshot)

    def read(self, digest: str, snapshot: Snapshot, *, turn: int) -> None:
        """What a reader found that began in that turn: no writer since then may be put back by it."""
        if turn == self.turn:
            self._keep(digest, snapshot)

    def forget(self, project_id: str) -> None:
        """A writer does not know what has become of its commit."""
        self.turn += 1
        self._known.pop(project_id, None)

    def _keep(self, digest: str, snapshot: Snapshot) -> None:
        self._known[snapshot.project.id] = (digest, snapshot)
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
