"""Verification of webhook deliveries: on the raw bytes, before anything in them is read. Pure.

GitHub signs the body only, without a time, so a delivery that is sent again stays valid for ever. What a delivery asks
for is therefore claimed by the comment or review that it is about, never by the delivery's id.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from githubkit import webhooks

SIGNATURE, EVENT, DELIVERY, KIND = "x-hub-signature-256", "x-github-event", "x-github-delivery", "content-type"
JSON = "application/json"
LONGEST_NAME = 100


class InvalidGitHubSignature(Exception):  # noqa: N818 - what it is, not a mistake of ours
    """A delivery is not from GitHub. The text gives the reason and nothing of the delivery."""


@dataclass(frozen=True)
class Delivery:
    """A verified delivery: its id, the name of its event, and the signed body."""

    id: str
    event: str
    body: bytes


def verified(secret: str, headers: Iterable[tuple[str, str]], body: bytes) -> Delivery:
    """The delivery with these headers (names in any case) and this raw body. Raises Forged.

    An empty secret accepts no delivery. Each header that is used must be there exactly once.
    """
    if not secret.strip():
        raise InvalidGitHubSignature("No webhook secret is set (GITHUB_WEBHOOK_SECRET), so no delivery is accepted.")
    given = [(name.lower(), value) for name, value in headers]
    signature = _one(given, SIGNATURE)
    # githubkit also accepts SHA-1, and raises TypeError for a signature that is not ASCII
    if not (signature.startswith("sha256=") and signature.isascii() and webhooks.verify(secret, body, signature)):
        raise InvalidGitHubSignature("The signature does not match the webhook secret.")
    if _one(given, KIND).partition(";")[0].strip().lower() != JSON:
        raise InvalidGitHubSignature("Set the webhook's content type to application/json.")
    return Delivery(_name(given, DELIVERY), _name(given, EVENT), body)


def _one(headers: list[tuple[str, str]], wanted: str) -> str:
    found = [value for name, value in headers if name == wanted]
    if len(found) != 1:
        raise InvalidGitHubSignature(f"A delivery needs exactly one header {wanted}.")
    return found[0]


def _name(headers: list[tuple[str, str]], wanted: str) -> str:
    name = _one(headers, wanted).strip()
    if not name or len(name) > LONGEST_NAME or not name.isascii() or not name.isprintable():
        raise InvalidGitHubSignature(f"The header {wanted} holds no valid name.")
    return name
