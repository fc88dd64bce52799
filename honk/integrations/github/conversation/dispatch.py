"""Leads each event of a webhook to the function that handles it."""

from honk.integrations.github.conversation import intake, pull_request_events, repo_status, reviews, webhook_events
from honk.integrations.github.conversation.dependencies import GitHubDependencies
from honk.integrations.github.conversation.thread_ref import GitHubThreadRef
from honk.integrations.github.conversation.webhook_events import GitHubEvent


def thread_of(event: GitHubEvent) -> str:
    """The thread that an event is about; events about repositories share one name."""
    match event:
        case webhook_events.RepositoryEvent() | webhook_events.CheckEvent():
            return "repositories"
        case webhook_events.ReviewEvent() | webhook_events.PullRequestEvent():
            return str(GitHubThreadRef(event.repository.id, event.number))
        case _:
            return str(GitHubThreadRef(event.repository.id, event.issue.number))


async def handle(deps: GitHubDependencies, event: GitHubEvent) -> None:
    """Handle an event. Raises the errors of `client.errors`; after Unavailable, polling has to find it again."""
    match event:
        case webhook_events.CommentEvent():
            await intake.on_comment(deps, event)
        case webhook_events.OpenedEvent():
            await intake.on_opened(deps, event)
        case webhook_events.LabelEvent():
            await intake.on_label(deps, event)
        case webhook_events.RepositoryEvent():
            for repo, number in await deps.repositories.all():
                if number in event.repositories:
                    await repo_status.refresh(deps, repo, number)
        case webhook_events.ReviewEvent() | webhook_events.PullRequestEvent():
            found = await deps.repositories.find(event.repository.id)
            thread = GitHubThreadRef(event.repository.id, event.number)
            if found is not None and isinstance(event, webhook_events.ReviewEvent):
                await reviews.take_review(deps, found, thread, event.review)
            elif found is not None:
                await pull_request_events.update_session(deps, found, thread)
