"""What Wavelength plays: artists, tracks, playlists and audiobooks, read once from `data/`."""

import json
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Artist:
    id: str
    name: str
    genre: str
    about: str


@dataclass(frozen=True)
class Credits:
    """Who made a track, as the label delivered it."""

    written: str
    produced: str
    performed: str


@dataclass(frozen=True)
class Track:
    id: str
    title: str
    artist: Artist
    album: str
    year: int
    seconds: int
    bpm: int
    key: str
    moods: tuple[str, ...]
    lyric: tuple[str, ...]
    credits: Credits


@dataclass(frozen=True)
class Playlist:
    id: str
    title: str
    about: str
    owner: str
    tracks: tuple[Track, ...]

    @property
    def seconds(self) -> int:
        return sum(track.seconds for track in self.tracks)


@dataclass(frozen=True)
class Chapter:
    number: int
    title: str
    seconds: int
    start: int  # seconds from the beginning of the audiobook
    page: int  # where the chapter begins in the printed edition


@dataclass(frozen=True)
class Book:
    """An audiobook; `pages` is the last page of the printed edition, `heard` how far you are, in seconds."""

    id: str
    title: str
    author: str
    narrator: str
    about: str
    year: int
    pages: int
    heard: int
    chapters: tuple[Chapter, ...]

    @property
    def seconds(self) -> int:
        return sum(chapter.seconds for chapter in self.chapters)

    def chapter_at(self, second: int) -> Chapter:
        return next(chapter for chapter in reversed(self.chapters) if chapter.start <= second)


@dataclass(frozen=True)
class Catalogue:
    artists: dict[str, Artist]
    tracks: dict[str, Track]
    playlists: dict[str, Playlist]
    books: dict[str, Book]

    def by_artist(self, artist: Artist) -> list[Track]:
        return [track for track in self.tracks.values() if track.artist == artist]

    def moods(self) -> list[str]:
        """Every mood of the catalogue, the most common first."""
        named = [mood for track in self.tracks.values() for mood in track.moods]
        return sorted(set(named), key=lambda mood: (-named.count(mood), mood))


def load(data: Path = DATA) -> Catalogue:
    artists = {row["id"]: Artist(**row) for row in _rows(data, "artists")}
    credits = {track: Credits(**row) for track, row in _rows(data, "credits").items()}
    tracks = {row["id"]: _track(row, artists, credits) for row in _rows(data, "tracks")}
    playlists = {row["id"]: _playlist(row, tracks) for row in _rows(data, "playlists")}
    books = {row["id"]: _book(row) for row in _rows(data, "audiobooks")}
    return Catalogue(artists=artists, tracks=tracks, playlists=playlists, books=books)


def _rows(data: Path, name: str) -> Any:
    return json.loads((data / f"{name}.json").read_text(encoding="utf-8"))


def _track(row: dict[str, Any], artists: dict[str, Artist], credits: dict[str, Credits]) -> Track:
    listed = {"artist": artists[row["artist"]], "credits": credits[row["id"]]}
    return Track(**{**row, **listed, "moods": tuple(row["moods"]), "lyric": tuple(row["lyric"])})


def _playlist(row: dict[str, Any], tracks: dict[str, Track]) -> Playlist:
    return Playlist(**{**row, "tracks": tuple(tracks[track] for track in row["tracks"])})


def _book(row: dict[str, Any]) -> Book:
    starts = accumulate((chapter["seconds"] for chapter in row["chapters"]), initial=0)
    numbered = enumerate(zip(row["chapters"], starts, strict=False), start=1)
    chapters = tuple(Chapter(number=number, start=start, **chapter) for number, (chapter, start) in numbered)
    return Book(**{**row, "chapters": chapters})
