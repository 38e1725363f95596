"""How a session begins and ends, by a link or by a passkey; how a person makes one; what is said instead of a page."""

from collections.abc import Mapping

import htpy as h

from sentinel.core.approval.passkeys import Assertion, RelyingParty
from sentinel.core.values.printable import printable
from sentinel.engine.people.passkeys import PasskeyUse
from sentinel.errors import SentinelError
from sentinel.front.console.elements import prose, said
from sentinel.front.console.page import Page, Part, form_token

_NAMES = "[A-Za-z0-9@._+\\-]+"
_WHERE = (("/", "Projects"),)


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


def asking_passkey(use: PasskeyUse) -> dict[str, h.Attribute]:
    """The attributes of a form that is sent once a passkey has signed; its fields are added by the script."""
    return {
        "data_passkey": use.challenge,
        "data_relying_party": use.relying_party,
        "data_credentials": " ".join(use.credentials),
    }


def assertion_in(form: Mapping[str, str]) -> dict[str, str]:
    """What the script filled in when a passkey was used, for `Assertion`."""
    return {name: form.get(name, "") for name in Assertion.model_fields}


def passkey_page(rp: RelyingParty, person: str) -> Page:
    """Its form is sent once a passkey was made."""
    node = h.div[
        h.p[
            prose(
                "A passkey signs your approvals so that everybody can verify them, with `ssh-keygen` alone. "
                "Your device asks for a PIN, a fingerprint or a face each time."
            )
        ],
        h.p["Making one here changes nothing yet: an operator adds its line at a terminal."],
        h.form(method="post", action="/passkey", data_new_passkey=person, data_relying_party=rp.id)[
            form_token(),
            h.label(for_="name")["The name that approvals are signed with"],
            h.input(
                id="name",
                name="name",
                type="text",
                required=True,
                value=person,
                maxlength="60",
                pattern=_NAMES,
                autocomplete="off",
                spellcheck="false",
            ),
            h.button(type="submit")["Make a passkey"],
        ],
    ]
    return Page("Passkey", (Part("passkey", node, live=False),), where=_WHERE, path="/passkey")


def line_page(line: str) -> Page:
    node = h.div[
        h.p[
            "The passkey was made. It approves nothing before an operator adds this line, in the project's repository:"
        ],
        h.pre(".output", tabindex="0")[f"sentinel approver add '{printable(line, limit=4096)}'"],
        h.p[prose("The command shows the key and asks. Then `sentinel trust` pins who may approve.")],
    ]
    return Page("Passkey", (Part("passkey", node, live=False),), where=_WHERE, path="/passkey")


def sign_in_page(nonce: str, use: PasskeyUse, following: str) -> Page:
    node = h.form(method="post", action="/sign-in", **asking_passkey(use))[
        h.p["An approver's passkey opens the projects that it may approve for."],
        h.input(type="hidden", name="nonce", value=nonce),
        h.input(type="hidden", name="next", value=following),
        h.button(type="submit")["Use a passkey"],
        h.noscript[h.p["Passkeys require JavaScript."]],
    ]
    return Page("Sign in", (Part("session", node, live=False),))
