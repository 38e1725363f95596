"""Whose certificates are trusted: the system's authorities, the daemon's environment's, and `ca` of daemon.toml."""

import ssl
from functools import cache
from pathlib import Path

import httpx

from sentinel.errors.daemon import AuthorityFileError


@cache
def trusted(ca: Path | None) -> ssl.SSLContext:
    """Read once: all authorities' certificates would stop the whole daemon for a moment at every health check.

    OpenSSL reads SSL_CERT_FILE and SSL_CERT_DIR of this process in place of its own folders, as for other programs;
    the authorities that come with Sentinel are for machines that have none. Raises AuthorityFileError.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except (OSError, ssl.SSLError) as error:
            reason = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
            raise AuthorityFileError(path=ca, reason=reason) from None
    return context
