"""Names that Honk makes up."""

import re
import secrets
import unicodedata

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def session_id() -> str:
    """A new session id: seven characters without look-alikes, easy to read aloud and to type on a phone."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(7))


def slug(text: str, longest: int = 40) -> str:
    """`text` as a few lower-case ASCII words joined by hyphens, safe in a branch name. `change` when none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    out = ""
    for word in re.findall(r"[a-z0-9]+", plain):
        longer = f"{out}-{word}" if out else word[:longest]
        if len(longer) > longest:
            break
        out = longer
    return out or "change"


def branch(session: str, request: str) -> str:
    """The branch of a session: `honk/<session>-<slug of its first message>`."""
    return f"honk/{session}-{slug(request)}"
