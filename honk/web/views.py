"""Renders the console's pages, and passes what their forms send to `HonkClient`."""

import hashlib
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.responses import RedirectResponse, Response

from honk.client import Call, HonkClient
from honk.conversation import commands
from honk.core import evidence
from honk.core.errors import HonkError, UsageError
from honk.core.honk_toml import PolicySettings
from honk.core.session import Session
from honk.git import diff
from honk.pipeline import repo_config
from honk.web import diff_view, errors, presenters
from honk.web.errors import PageNotFound
from honk.web.templating import Templates
from honk.web.timelines import Timelines
from honk.web.web_context import WebContext

LISTED = 100
"""Sessions in the list."""

LINES = 300
"""Lines of the thread that a page begins with; the earlier ones are one tap away."""


@dataclass(frozen=True)
class SessionForm:
    """A form of the session's page. `head` is the commit that it was shown for, `looked` that the person says to have
    looked at what was flagged, `claim` names the page that was sent, so that a double tap is one message."""

    command: str
    text: str
    head: str
    looked: bool
    claim: str


@dataclass(frozen=True)
class Views:
    """See the module's text. Everybody who gets here speaks as `site.person`."""

    honk_client: HonkClient
    site: WebContext
    templates: Templates
    timelines: Timelines

    async def known(self, session: str) -> Session:
        """The session. Raises NotFound."""
        try:
            return await self.site.store.session(session)
        except UsageError as error:
            raise PageNotFound(str(error)) from error

    async def home(self, template: str = "home.html", *, error: HonkError | None = None, text: str = "") -> Response:
        """The list of sessions, and the form for a new one. `error` is why the last one did not start."""
        return self.templates.page(
            template,
            errors.status(error) if error else HTTPStatus.OK,
            groups=presenters.groups(await self.site.store.sessions(LISTED)),
            mood=presenters.mood,
            repos=await self.honk_client.repos(),
            person=self.site.person,
            claim=secrets.token_urlsafe(9),
            error=str(error) if error else "",
            text=text,
        )

    async def ask(self, text: str, repo: str, claim: str) -> Response:
        """Start a session, and go to it."""
        try:
            now = await self.honk_client.ask(text, self.site.person, repo=repo, claim=_claim(claim, text))
        except HonkError as error:
            return await self.home(error=error, text=text)
        return _go_to(now)

    async def page(
        self, session: Session, *, whole: bool = False, error: HonkError | None = None, text: str = ""
    ) -> Response:
        """The session's page. `error` is why the last command was refused, `text` the text of that form."""
        timeline = await self.timelines.read(session.id)
        found = (presenters.entry(item, event, timeline.began) for item, event in timeline.entries())
        entries = [entry for entry in found if entry is not None]
        shown = entries if whole else entries[-LINES:]
        return self.templates.page(
            "session.html",
            errors.status(error) if error else HTTPStatus.OK,
            **await self._state(session),
            **await self._changes(session),
            entries=shown,
            earlier=len(entries) - len(shown),
            last=timeline.seq,
            person=self.site.person,
            claim=secrets.token_urlsafe(9),
            error=str(error) if error else "",
            text=text,
        )

    async def parts(self, session: Session, head: str) -> Response:
        """What changes on a page that is open: all but the thread; the diff only when it is not that of `head`."""
        moved = session.change.head != head
        state = await self._state(session) | (await self._changes(session) if moved else {})
        return self.templates.page("parts.html", **state, moved=moved)

    async def say(self, session: Session, form: SessionForm) -> Response:
        """Run the form's command, and show the session after it."""
        try:
            await self._run(session.id, form)
        except HonkError as error:
            return await self.page(await self.known(session.id), error=error, text=form.text)
        return _go_to(session)

    async def _run(self, session: str, form: SessionForm) -> Session:
        person = self.site.person
        if form.command in ("merge", "approve") and not form.head:
            raise UsageError("This form does not say which commit it is about. Load the page again.")
        command = commands.BY_NAME.get(form.command)
        if command is None or not command.sends:
            raise UsageError(f"There is no command “{form.command[:40]}” for a session.")
        claim = _claim(form.claim, form.text) if form.text else None
        call = Call(session, person, form.text, form.head, form.looked, claim)
        return await command.run(self.honk_client, call)

    async def _state(self, session: Session) -> dict[str, Any]:
        addresses = self.site.addresses
        timeline = await self.timelines.read(session.id)
        card = evidence.card(session, await self._policy(session), seconds=timeline.busy_seconds)
        return {
            "session": session,
            "mood": presenters.mood(session),
            "stages": [name for name, _ in presenters.STAGES],
            "stage": presenters.stage(session),
            "actions": presenters.actions(session),
            "card": card,
            "has_evidence": presenters.has_content(card),
            "preview": addresses.preview(session.id) if session.preview.url else "",
            # a path of this very server: pictures must show under whatever name the person came by
            "file": lambda sha256: addresses.file(session.id, sha256).removeprefix(addresses.base),
        }

    async def _changes(self, session: Session) -> dict[str, Any]:
        """The diff; where git cannot give it, why."""
        change = session.change
        if not change.head:
            return {"files": (), "no_diff": ""}
        try:
            found = await diff.read(self._mirror(session), change.base, change.head)
        except HonkError as error:
            return {"files": (), "no_diff": str(error)}
        return {"files": diff_view.files(found), "no_diff": ""}

    async def _policy(self, session: Session) -> PolicySettings | None:
        """The policy that the change stands under; None where it cannot be known, so that nothing is claimed of it."""
        if not session.change.head:
            return None
        try:
            return (await repo_config.rules(self._mirror(session), session.change.base)).policy
        except HonkError:
            return None

    def _mirror(self, session: Session) -> Path:
        return self.site.mirrors / f"{session.repo}.git"


def _claim(page: str, text: str) -> str | None:
    """The name of a message: the same text from the same showing of a page is the same message."""
    return f"web:{page[:40]}:{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:16]}" if page else None


def _go_to(session: Session) -> Response:
    return RedirectResponse(f"/sessions/{session.id}#end", HTTPStatus.SEE_OTHER)
