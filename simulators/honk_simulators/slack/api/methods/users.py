"""users.*: who there is."""

from honk_simulators.slack.api.arguments import FLAG, INTEGER, NEEDED, TEXT, SlackRefusal
from honk_simulators.slack.api.methods import base
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import Json, SlackWorkspace, User


def info(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """users.info: anybody of the workspace, and those of others whom a channel brings together with it."""
    user = base.user(workspace, arguments["user"])
    return {"user": _shown(workspace, user)}


def lookup_by_email(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """users.lookupByEmail: people of this workspace only, who are still there."""
    wanted = arguments["email"].strip().lower()
    for user in workspace.users.values():
        if user.email.lower() == wanted and user.team_id == workspace.id and not user.deleted:
            return {"user": _shown(workspace, user)}
    raise SlackRefusal("users_not_found")


def listing(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """users.list: those who left are listed too."""
    found, cursor = base.page(list(workspace.users.values()), lambda each: each.id, arguments, 200, 1000)
    return {
        "members": [_shown(workspace, each) for each in found],
        "cache_ts": int(workspace.clock()),
        "response_metadata": {"next_cursor": cursor},
    }


def _shown(workspace: SlackWorkspace, user: User) -> Json:
    return api_objects.user(workspace, user, email="users:read.email" in workspace.app.scopes)


METHODS = {
    "users.info": Method(info, "4", {"user": NEEDED, "include_locale": FLAG}, ("users:read",), json=False),
    "users.lookupByEmail": Method(lookup_by_email, "3", {"email": NEEDED}, ("users:read.email",), json=False),
    "users.list": Method(
        listing,
        "2",
        {"cursor": TEXT, "limit": INTEGER, "include_locale": FLAG},
        ("users:read",),
        json=False,
    ),
}
