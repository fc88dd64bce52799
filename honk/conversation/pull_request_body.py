"""The body of a pull request in Markdown, from the evidence. Text of agents and tools is escaped. Pure."""

from honk.conversation import markdown, texts
from honk.core import evidence
from honk.core.delivery import Screenshot
from honk.core.session import Session, Turn

LONGEST_ASKED = 2_000
"""Characters of what was asked."""

LONGEST_SAID = 200
"""Lines of what the agent says of its work."""


def pull_request(session: Session, page: str = "") -> str:
    """Request, what changed, checks, findings, links and cost.

    `page` is the session's own page, where those who read the pull request can reach it; so are its previews then.
    """
    askers = {asker.id for asker in session.askers}
    turns = [turn for turn in session.turns if turn.person.id in askers]
    asked = "\n".join(f"- {markdown.line(turn.person.name)}: {_asked(turn)}" for turn in turns)
    parts = [f"### Request\n\n{asked}"]
    if session.said:
        parts.append(f"### What changed\n\n{markdown.quoted(session.said, LONGEST_SAID)}")
    checks = markdown.verdict_table(session.verdicts) if session.verdicts else texts.NOT_VERIFIED
    tests = [f"- {markdown.line(note)}" for note in session.tests.notes]
    parts.append("\n\n".join([f"### Checks\n\n{checks}", *(["\n".join(tests)] if tests else [])]))
    if session.guard:
        found = "\n".join(map(markdown.finding, session.guard))
        parts.append(f"### Please look at\n\n{found}")
    card = evidence.card(session)
    if card.untouched:
        parts.append(f"### Unchanged\n\n{', '.join(card.untouched)}")
    if card.unmatched:
        parts.append(markdown.line(texts.unmatched(card.unmatched)))
    if _embeds(page) and (pictures := _pictures(session)):
        parts.append(pictures)
    if links := _links(session, page):
        parts.append("\n".join(f"- {link}" for link in links))
    parts.append(_foot(session))
    return "\n\n".join(parts) + "\n"


def _foot(session: Session) -> str:
    cost = session.cost
    spent = f"{texts.money(cost.usd)}, {cost.input_tokens:,} tokens in and {cost.output_tokens:,} out"
    return f"<sub>{' · '.join(filter(None, [f'Session {session.id}', session.agent, spent]))}</sub>"


def _links(session: Session, page: str) -> list[str]:
    """Links to the conversations that are not private and, where `page` can be reached, to the session and its files.
    Pictures are linked here where they cannot be embedded (`_pictures`)."""
    talks = dict.fromkeys(turn.link for turn in session.turns if turn.link and not turn.private)
    links = [f"[{texts.where_it_was_asked()}]({link})" for link in talks]
    if not page:
        return links
    links.append(f"[{texts.session_page()}]({page})")
    shown = session.preview
    if shown.url:
        links.append(f"[{texts.try_it()}]({shown.url})")
    if not _embeds(page):
        links += [f"[{texts.picture(shot.path, shot.when)}]({shot.url})" for shot in shown.screenshots if shot.url]
    return links + [f"[{texts.download(each.name)}]({each.url})" for each in shown.artifacts if each.url]


def _embeds(page: str) -> bool:
    """Whether a forge can show our pictures: it fetches them itself, from https addresses only."""
    return page.startswith("https://")


def _pictures(session: Session) -> str:
    """A table of the pages that changed, before and after; unchanged pages are listed by name."""
    pages = evidence.card(session).pages
    rows = [f"| {_picture(pair.before)} | {_picture(pair.after)} |" for pair in pages if not pair.same]
    table = "\n".join(["| before | after |", "|-|-|", *rows]) if rows else ""
    alike = texts.look_the_same([pair.path for pair in pages if pair.same])
    return "\n\n".join(part for part in (table, alike) if part)


def _picture(shot: Screenshot | None) -> str:
    return f"![{texts.picture(shot.path, shot.when)}]({shot.url})" if shot and shot.url else ""


def _asked(turn: Turn) -> str:
    return texts.asked_in_private() if turn.private else markdown.asked(turn.text, LONGEST_ASKED)
