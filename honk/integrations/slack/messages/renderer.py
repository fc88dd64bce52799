"""How untrusted texts and links are rendered in every message. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from honk.conversation import event_lines
from honk.integrations.slack.messages import markdown, message_texts, mrkdwn, truncation

LINE = 400
"""Characters of a text on one line."""


@dataclass(frozen=True)
class MessageRenderer:
    """Turns texts into markup. `session` gives the address of a session's page, `origins` are those of our links
    (`https://host`), `hide` are secrets that must not be shown."""

    session: Callable[[str], str]
    origins: frozenset[str]
    hide: Collection[str] = field(repr=False, default=())

    def prose(self, text: str, longest: int) -> str:
        """Untrusted text, shown literally."""
        return truncation.cut(mrkdwn.prose(begin(text, longest), self.hide), longest)

    def markdown(self, text: str, longest: int) -> str:
        """Untrusted Markdown."""
        return truncation.cut(markdown.to_mrkdwn(begin(text, longest), self.hide), longest)

    def line(self, text: str, longest: int = LINE) -> str:
        """Untrusted text on one line."""
        return truncation.cut(mrkdwn.line(begin(text, longest), self.hide), longest)

    def code(self, text: str, longest: int = LINE) -> str:
        """Untrusted text as inline code."""
        return mrkdwn.code(event_lines.clip(text, longest), self.hide)

    def plain_line(self, text: str, longest: int) -> str:
        """Untrusted Markdown on one line, without its format."""
        return self.line(markdown.to_plain(begin(text, longest)), longest)

    def link(self, url: str, label: str) -> str:
        """A link of ours."""
        return mrkdwn.link(url, label, self.origins)

    def forge_link(self, url: str, label: str) -> str:
        """A link to an address from the forge; the label alone unless the forge is trusted (`trusting`)."""
        return self.link(url, label) if mrkdwn.is_ours(url, self.origins) else self.line(label, 120)

    def console(self, session: str, label: str = message_texts.FULL_SESSION) -> str:
        """A link to the session's page."""
        return self.link(self.session(session), label)

    def trusting(self, url: str) -> "MessageRenderer":
        """The same, which also links to the origin of `url`, an address from the forge."""
        found = mrkdwn.origin(url)
        return replace(self, origins=self.origins | {found}) if found else self


def begin(text: str, longest: int) -> str:
    """The beginning of a raw text, enough for `longest` characters of markup."""
    text = text.strip()
    return text if len(text) <= 2 * longest else text[: 2 * longest] + mrkdwn.ELLIPSIS
