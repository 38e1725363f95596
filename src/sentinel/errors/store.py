"""What can be wrong with the store."""

from sentinel.errors import SentinelError


class UnknownProjectError(SentinelError):
    problem = "The store has no project {project}."
    remedy = "Ask a person to run `sentinel trust` in its repository, which registers it."


class FencedError(SentinelError):
    problem = "Another runner has taken over the operation."
    remedy = "No action needed: the newer runner continues."


class StepTwiceError(FencedError):
    """Whoever finished the step first is the one that goes on."""

    problem = "The step {step} of operation {operation} is in the journal already: another runner did it."


class StoreAddressError(SentinelError):
    problem = "SENTINEL_DATABASE_URL is not the address of a PostgreSQL database or of a SQLite file."
    remedy = "Set it to postgresql://USER@HOST/DATABASE, or leave it unset: the store is then a SQLite file."


class NewerStoreError(SentinelError):
    problem = "The store was written by a newer Sentinel (schema {found}, this one knows {known})."
    remedy = "Upgrade Sentinel to at least the version that wrote it."


class DamagedStoreError(SentinelError):
    problem = "The store cannot be read: {detail}."
    remedy = "Restore it from a backup. Nothing was changed in {place}."


class StoreUnavailableError(SentinelError):
    problem = "The store cannot be reached: {detail}."
    remedy = "Nothing was lost and Sentinel retries; make room on the disk, or bring the database back."


class TransactionPoolerError(SentinelError):
    problem = "The database is reached through a pooler that shares connections between transactions."
    remedy = "Let the pooler pool by session (pgbouncer: `pool_mode = session`), or connect to PostgreSQL directly."


class StoreInUseError(SentinelError):
    problem = "Another daemon (process {pid}) uses this store."
    remedy = "Use that one, or stop it with `sentinel daemon stop`."
