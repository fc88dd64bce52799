"""Answers that were asked for before, with GitHub's tags of them: what has not changed does not count as a request.

Facts: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api ("Use conditional requests")
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

MOST = 500
"""So many answers are kept; those asked for longest ago go first."""


@dataclass(frozen=True)
class Answer:
    """`data` is the JSON, not to be changed; `tag` GitHub's name for this state of it."""

    tag: str
    data: Any


class Kept:
    """By what was asked. An answer is used only after GitHub has said, of this very credential, that it still holds."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[object, ...], Answer] = OrderedDict()

    def tag(self, asked: tuple[object, ...]) -> str:
        """The tag to ask with; empty where nothing is kept."""
        known = self._answers.get(asked)
        return known.tag if known else ""

    def keep(self, asked: tuple[object, ...], answer: Answer) -> None:
        """Remember it, if it can be asked for by a tag."""
        if answer.tag:
            self._answers[asked] = answer
            self._answers.move_to_end(asked)
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)

    def again(self, asked: tuple[object, ...]) -> Any:
        """The data of an answer that still holds. Raises KeyError where it is not kept."""
        self._answers.move_to_end(asked)
        return self._answers[asked].data
