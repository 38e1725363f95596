"""How a session begins and ends, and what is said instead of a page."""

import htpy as h

from sentinel.core.values.printable import printable
from sentinel.errors import SentinelError
from sentinel.front.console.elements import prose, said
from sentinel.front.console.page import Page, Part


def enter_page(person: str, secret: str, following: str) -> Page:
    """The script sends the form by itself; without it a person does."""
    form = h.form(method="post", action="/open", data_send=True)[
        h.p[f"This link signs you in as {printable(person, limit=60)}."],
        h.input(type="hidden", name="link", value=secret),
        h.input(type="hidden", name="next", value=following),
        h.button(type="submit")["Continue"],
    ]
    return Page("Sign in", (Part("session", form, live=False),))


def begun_page(form_token: str, following: str) -> Page:
    """The one page that has the token of the forms: the script keeps it where no other origin can read it."""
    node = h.div(data_form_token=form_token, data_following=following)[
        h.p["You are signed in."], h.p[h.a(href=following)["Continue"]]
    ]
    return Page("Signed in", (Part("session", node, live=False),))


def signed_out_page(error: SentinelError) -> Page:
    node = h.div[said(error.what), h.p(".fix")[prose(error.fix)], h.p[h.a(href="/sign-in")["Sign in with a passkey"]]]
    return Page("Sign in", (Part("session", node, live=False),))


def refused_page(what: str, fix: str) -> Page:
    node = h.div(".refusal", role="alert")[h.div[said(what)], h.div(".fix")[said(fix)]]
    back = h.p[h.a(href="/")["All projects"]]
    return Page("That did not work", (Part("refusal", [node, back], live=False),))
