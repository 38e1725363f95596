"""What can be wrong with the console for people."""

from sentinel.errors import RefusedError, SentinelError


class ConsoleAddressError(SentinelError):
    problem = "The console cannot listen on {address}: {reason}."
    remedy = 'Set a free one in {path}, such as `listen = "127.0.0.1:7468"` under [console], and restart the daemon.'


class UnprotectedConsoleError(SentinelError):
    problem = "{address} can be reached from other machines, and sessions would cross the network unencrypted."
    remedy = "Set certificate and key under [console] in {path}, or `behind_proxy = true` where a proxy encrypts."


class LinkUsedError(RefusedError):
    problem = "This link has expired or was used already: each works once, for five minutes."
    remedy = "Run `sentinel console` in a terminal for a new one."


class SignedOutError(RefusedError):
    problem = "You are not signed in."
    remedy = "Run `sentinel console` in a terminal: it opens this page with a link that signs you in."


class ForeignRequestError(RefusedError):
    problem = "This request did not come from a page of the console: {detail}."
    remedy = "Nothing was changed. Open the page again and repeat it there; JavaScript must be on."


class UnknownPageError(SentinelError):
    problem = "There is no such page."
    remedy = "The first page lists all projects."


class OversizedFormError(SentinelError):
    problem = "The form is larger than {limit} bytes."
    remedy = "Nothing was changed. Send a shorter text."
