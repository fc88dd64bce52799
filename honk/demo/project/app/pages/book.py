"""One audiobook: how far you are, and its chapters."""

from app import art, parts
from app.catalogue import Book, Catalogue, Chapter
from app.markup import Html, html, join
from app.web import Page, Request, find


def render(catalogue: Catalogue, request: Request) -> Page:
    book = find(catalogue.books, request.name)
    sections = [
        hero(book),
        chapters(book),
    ]
    return Page(book.title, join(sections), tint=art.tint(book.id))


def hero(book: Book) -> Html:
    return html(
        """
<section class="hero book"><div class="hero-art">{cover}</div><div class="hero-text">
<p class="eyebrow">Audiobook</p><h1>{book.title}</h1><p class="byline">{book.author} · {book.year}</p>
<p class="lead">{book.about}</p>{progress}<div class="actions">{listen}<span class="facts quiet">
<span>{length}</span><span>Read by {book.narrator}</span><span>{book.pages} pages in print</span></span></div>
</div></section>
""",
        cover=parts.book_cover(book),
        book=book,
        progress=progress(book) if book.heard else None,
        listen=parts.listen_button(book, book.heard, "Continue" if book.heard else "Start listening"),
        length=parts.duration(book.seconds),
    )


def progress(book: Book) -> Html:
    return html(
        '<p class="so-far"><span class="progress" style="--done: {done}%"></span><span class="quiet">Chapter '
        "{chapter.number} · {clock} of {length}</span></p>",
        chapter=book.chapter_at(book.heard),
        done=round(100 * book.heard / book.seconds),
        clock=parts.clock(book.heard),
        length=parts.clock(book.seconds),
    )


def chapters(book: Book) -> Html:
    now = book.chapter_at(book.heard) if book.heard else None
    return html(
        '<section class="block"><h2>Chapters</h2><ol class="rows chapters">{rows}</ol></section>',
        rows=[_chapter(chapter, chapter == now) for chapter in book.chapters],
    )


def _chapter(chapter: Chapter, current: bool) -> Html:
    return html(
        """
<li class="row" id="chapter-{chapter.number}"{now}><span class="row-number quiet">{chapter.number}</span>
<div class="row-text"><span class="row-title">{chapter.title}</span><span class="quiet">Page {chapter.page}</span></div>
<span class="row-album quiet">from {start}</span><span class="row-time quiet">{time}</span></li>
""",
        chapter=chapter,
        now=Html(' aria-current="true"') if current else None,
        start=parts.clock(chapter.start),
        time=parts.clock(chapter.seconds),
    )
