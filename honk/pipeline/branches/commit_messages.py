"""Commit messages that a server's rules accept: what a refusal says is learned, and the message is written anew."""

import re
from collections.abc import Iterable

from honk.core.person import Person

_ABOUT_MESSAGES = re.compile(
    r"commit (message|subject|title)|(message|subject) (must|should|does|has to)|sign(ed)?-?[- ]?off|\bDCO\b",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(r"sign(ed)?-?[- ]?off|\bDCO\b", re.IGNORECASE)
_CONVENTIONAL = re.compile(r"conventional|\bfeat\b", re.IGNORECASE)
_TYPED = re.compile(r"\w+(\([^)]*\))?!?: ")
_TICKET = re.compile(r"#\d+|\b[A-Z][A-Z0-9]+-\d+\b")
_FIX = re.compile(r"\b(fix|bug|broken|wrong|crash)", re.IGNORECASE)


def about_message(refusal: str) -> bool:
    """Whether a refused push or merge was refused because of a commit's message."""
    return _ABOUT_MESSAGES.search(refusal) is not None


def rewritten(message: str, refusal: str, *, accepted: str, requests: Iterable[str], author: Person) -> str:
    """`message` as the rule that `refusal` speaks of may want it; unchanged where nothing can be learned.

    `accepted` is a subject that the server took before, or that the request gives. A ticket that `requests` name comes
    first in the subject; a type (`feat:`) and a sign-off by `author` are added where the refusal mentions them.
    """
    if not about_message(refusal):
        return message
    asked = "\n".join(requests)
    subject, _, rest = message.partition("\n")
    if _SIGN_OFF.search(refusal):
        line = f"Signed-off-by: {author.name} <{author.email}>"
        return message if line in message else f"{message.rstrip()}\n{line}\n"
    subject = accepted or subject
    ticket = _TICKET.search(asked)
    if _CONVENTIONAL.search(refusal):
        if not _TYPED.match(subject):
            start = subject[:1].lower() if subject[1:2].islower() else subject[:1]
            subject = f"{'fix' if _FIX.search(asked) else 'feat'}: {start}{subject[1:]}"
    elif ticket and not subject.startswith(ticket[0]):
        subject = f"{ticket[0]} {subject}"
    return f"{subject}\n{rest}"
