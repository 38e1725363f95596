"""Sessions of people in the console: a file for each, so that they outlast the daemon and every replica knows them.

A file is named after the digest of the session's secret: whoever reads the folder cannot use what is in it.
"""

import hashlib
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from sentinel.adapters.files import SECRET, read_regular, write_whole
from sentinel.core.values.frozen import Frozen

LENGTH = timedelta(hours=12)
SIZE_LIMIT = 16 * 1024
_SECRET_CHARACTERS = 43
"""Of `token_urlsafe(32)`."""


class Session(Frozen):
    """Whose it is, and how it began: with an operator's link, whose `uid` is known, or with the passkey `public_key`.

    `form_digest` is that of the token which every form must carry: it is in no page and no cookie.
    """

    person: str
    uid: int | None
    public_key: str | None
    began: AwareDatetime
    expires: AwareDatetime
    form_digest: str


class BegunSession(Frozen):
    """A new session with its two secrets, which are stored nowhere."""

    session: Session
    secret: str
    form_token: str


class SessionFiles:
    """The sessions in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def used(self) -> bool:
        """Whether the console was ever opened here."""
        return self._folder.is_dir()

    def prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, person: str, now: datetime, *, uid: int | None = None, key: str | None = None) -> BegunSession:
        secret, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        session = Session(
            person=person,
            uid=uid,
            public_key=key,
            began=now,
            expires=now + LENGTH,
            form_digest=digest_of(form_token),
        )
        self.prepare()
        self._forget_expired(now)
        write_whole(self._path(secret), session.model_dump_json().encode(), mode=SECRET)
        return BegunSession(session=session, secret=secret, form_token=form_token)

    def find(self, secret: str, now: datetime) -> Session | None:
        """The session of that secret, if it is still open."""
        if len(secret) != _SECRET_CHARACTERS:
            return None
        session = _read(self._path(secret))
        return session if session is not None and session.began <= now < session.expires else None

    def end(self, secret: str) -> None:
        self._path(secret).unlink(missing_ok=True)

    def end_all(self, person: str | None = None) -> int:
        """How many were ended: those of `person`, or all."""
        ended = 0
        for path in self._folder.glob("*.json"):
            session = _read(path)
            if person is None or session is None or session.person == person:
                path.unlink(missing_ok=True)
                ended += 1
        return ended

    def _forget_expired(self, now: datetime) -> None:
        for path in self._folder.glob("*.json"):
            session = _read(path)
            if session is None or session.expires <= now:
                path.unlink(missing_ok=True)

    def _path(self, secret: str) -> Path:
        return self._folder / f"{digest_of(secret)}.json"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _read(path: Path) -> Session | None:
    """None also for what another version wrote: its person begins a new one."""
    content = read_regular(path, SIZE_LIMIT)
    with suppress(ValidationError):
        return Session.model_validate_json(content) if content is not None else None
    return None
