"""An assertion as a line of text."""

import re

from honk.verify.syntax.grammars import Tokens


def shortened(part: Tokens) -> str:
    """The tokens as one line of at most 90 characters."""
    joined = re.sub(r"\s*([().,:\[\]{}!;])\s*", r"\1", " ".join(part)).replace(",", ", ")
    return (joined if len(joined) <= 90 else joined[:87] + "…").replace("`", "'")
