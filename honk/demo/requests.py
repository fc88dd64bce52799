"""The backlog of the sample project: five requests, as a person would write them on a phone."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from honk.demo import script

SCREENPLAYS = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Request:
    """One request; `page` is the address in the app where its outcome is seen best."""

    name: str
    title: str
    text: str
    page: str

    @property
    def script(self) -> script.Script:
        """What the scripted model says and does about it, when there is no real model."""
        return _script(self.name)


REQUESTS = (
    Request(
        name="about-this-song",
        title="The story behind a song",
        text="When I open a song I want to know where it came from. Can the track page get an “About this song” "
        "with a few short story cards, for the songs that have a story?",
        page="/track/night-ferry",
    ),
    Request(
        name="prompted-playlists",
        title="A playlist from a sentence",
        text="I'd love to just write what I feel like, “something calm for a rainy evening, half an hour”, "
        "and get a playlist. Put it on the home page.",
        page="/prompted?q=something+calm+for+a+rainy+evening,+half+an+hour",
    ),
    Request(
        name="page-match",
        title="From the printed page to the audiobook",
        text="I read the paper book at home and listen on the train. Let me type in the page I'm on and continue "
        "the audiobook right there.",
        page="/book/lighthouse-ledger?page=101",
    ),
    Request(
        name="ai-credits",
        title="Say where AI was used",
        text="People keep asking us which songs are made with AI. Show on the track page if and how it was used, "
        "and let me filter the library by it.",
        page="/track/electric-arcade",
    ),
    Request(
        name="empty-playlist",
        title="The empty playlist crashes",
        text="The playlist page crashes when the playlist is empty, see Letters to Sunday. Please fix.",
        page="/playlist/letters-to-sunday",
    ),
)


def find(name: str) -> Request:
    """The request of this name. Raises KeyError."""
    return {request.name: request for request in REQUESTS}[name]


@cache
def _script(name: str) -> script.Script:
    return script.load(SCREENPLAYS / f"{name}.md")
