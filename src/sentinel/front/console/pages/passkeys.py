"""A person's own passkey: made in the browser, and added by an operator at a terminal, never here."""

import htpy as h

from sentinel.core.approval.passkeys import RelyingParty
from sentinel.core.values.printable import printable
from sentinel.engine.people.passkeys import PasskeyUse
from sentinel.front.console.elements import prose
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.passkey_forms import asking_passkey, making_passkey

NAMES = "[A-Za-z0-9@._+\\-]+"
_WHERE = (("/", "Projects"),)


def passkey_page(rp: RelyingParty, person: str) -> Page:
    node = h.div[
        h.p[
            prose(
                "A passkey signs your approvals so that everybody can verify them, with `ssh-keygen` alone. "
                "Your device asks for a PIN, a fingerprint or a face each time."
            )
        ],
        h.p["Making one here changes nothing yet: an operator adds its line at a terminal."],
        h.form(method="post", action="/passkey", **making_passkey(rp, person))[
            form_token(),
            h.label(for_="name")["The name that approvals are signed with"],
            h.input(
                id="name",
                name="name",
                type="text",
                required=True,
                value=person,
                maxlength="60",
                pattern=NAMES,
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
