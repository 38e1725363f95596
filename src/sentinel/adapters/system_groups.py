"""The groups of a user of this system, as it has them now."""

import grp
import os
import pwd
from contextlib import suppress


def groups_of(user: str) -> frozenset[str]:
    """Their names, the user's own group among them; one without a name is left out. Raises KeyError for no user."""
    names = set()
    for gid in os.getgrouplist(user, pwd.getpwnam(user).pw_gid):
        with suppress(KeyError):
            names.add(grp.getgrgid(gid).gr_name)
    return frozenset(names)
