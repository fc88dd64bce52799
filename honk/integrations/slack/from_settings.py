"""The parts of the Slack integration, made from the settings and Honk's services."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from honk.client import Call, HonkClient
from honk.core import policy
from honk.core.errors import HonkError
from honk.core.person import AGENT, Person
from honk.core.session import Session
from honk.git import diff
from honk.integrations.slack.client.client import SlackClient
from honk.integrations.slack.client.team import SlackTeam
from honk.integrations.slack.intake.dependencies import SlackParts
from honk.integrations.slack.messages import diff_modal, mrkdwn
from honk.integrations.slack.messages.publisher import publishing
from honk.integrations.slack.messages.renderer import MessageRenderer
from honk.integrations.slack.messages.uploads import FileSource
from honk.pipeline import repo_config, repo_rules
from honk.pipeline.context import Services
from honk.previews import qr_code
from honk.settings import Settings

ABOUT_PEOPLE = ("rights", "who")
"""Rules of the policy that depend on the person alone."""


def parts(settings: Settings, services: Services, honk_client: HonkClient) -> SlackParts:
    """All parts. `honk_client` carries out what people ask."""
    own, model, github = settings.slack, settings.model, settings.github
    origins = frozenset({mrkdwn.origin(services.addresses.base)})
    ours = (own.bot_token, own.app_token, own.signing_secret, model.api_key, model.auth_token)
    secret = tuple(filter(None, (*ours, github.token, github.private_key, github.webhook_secret)))

    view = MessageRenderer(services.addresses.session, origins, secret)

    async def note(session: str, text: str, *, claim: str, bad: bool = False) -> None:
        await honk_client.command("note", Call(session, AGENT, text, claim=claim, bad=bad))

    def publish(slack: SlackClient, workspace: SlackTeam) -> AbstractAsyncContextManager[object]:
        source = FileSource(services.blobs.read, qr_code.png)
        return publishing(slack, services.store, note, team=workspace.id, view=view, source=source)

    async def changes(session: Session) -> dict[str, Any]:
        change = session.change
        await repo_rules.newest(services, await services.store.repo(session.repo))
        found = await diff.read(services.home / "mirrors" / f"{session.repo}.git", change.base, change.head)
        return diff_modal.modal(session, found, view)

    async def objection(session: Session, person: Person) -> str:
        if not session.change.head:
            return ""
        repo, mirror_path = await services.store.repo(session.repo), services.home / "mirrors" / f"{session.repo}.git"
        try:
            # the rules on the base branch as last fetched: they may have changed since the session began
            newest = await repo_rules.newest(services, repo)
            settings = (await repo_config.rules(mirror_path, newest)).policy
        except HonkError as error:
            return str(error)  # rules that cannot be read or understood allow nothing
        may_write = await services.forges[repo.forge].may_write(repo, person)
        ruling = policy.may_merge(policy.case(session, settings, person, may_write=may_write, verified=True))
        return " ".join(part.reason for part in ruling.parts if not part.ok and part.rule in ABOUT_PEOPLE)

    return SlackParts(
        honk_client=honk_client,
        store=services.store,
        blobs=services.blobs,
        access=own,
        settings=settings.file.slack,
        accounts=settings.file.people.accounts,
        publish=publish,
        changes=changes,
        objection=objection,
        page=services.addresses.session,
        origins=origins,
        hide=secret,
        proxy=settings.proxies.to(own.url),
    )
