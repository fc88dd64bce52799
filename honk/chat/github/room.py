"""What hearing and answering need: the house, its memory, and a desk to write at."""

from dataclasses import dataclass, replace

from honk.chat.base import House
from honk.chat.github.base import Talk
from honk.chat.github.card import Comment, Frame
from honk.chat.github.desk import Desk
from honk.chat.github.message import Message
from honk.chat.github.place import Place
from honk.chat.github.repositories import Repositories
from honk.core.session import Session
from honk.store.store import Store


@dataclass(frozen=True)
class Room:
    """`name` is what Honk is called, `label` the label that asks it; empty for none."""

    house: House
    store: Store
    desk: Desk
    name: str
    label: str

    @property
    def talk(self) -> Talk:
        """GitHub."""
        return self.desk.talk

    @property
    def repositories(self) -> Repositories:
        """Which of Honk's are there."""
        return self.desk.repositories

    def frame(self, session: Session) -> Frame:
        """Where a session is shown. GitHub's own address of its pull request has the repository's present name."""
        found = self.repositories.of(session)
        home = session.change.url.rpartition("/pull/")[0] or (found[0].url if found else "")
        return Frame(str(self.repositories.pull(session) or ""), self.name, home)

    def last(self, place: Place) -> tuple[Place, str]:
        """Where the last session of an issue or a pull request is told, and the session; empty where there is none."""
        at, session = place, self.store.threads.session(str(place))
        while session and (then := self.store.threads.session(str(after := replace(at, serial=at.serial + 1)))):
            at, session = after, then
        return at, session

    async def say(self, message: Message, text: str, key: str = "") -> None:
        """Answer a message; with a `key`, once at its place."""
        await self.desk.show(Comment(str(message.place), key or message.answer, text, final=True))

    def answered(self, message: Message) -> bool:
        """It has an answer already."""
        return self.desk.shows(str(message.place), message.answer)
