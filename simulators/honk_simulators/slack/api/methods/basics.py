"""api.*, auth.*, apps.*, bots.*, team.*: who the app is and where."""

import secrets

from honk_simulators.slack.api.arguments import TEXT, SlackRefusal
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import Json, SlackWorkspace


def api_test(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """api.test: says back what was said."""
    if arguments.get("error"):
        raise SlackRefusal(arguments["error"])
    return {"args": dict(arguments)}


def auth_test(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """auth.test."""
    return {
        "url": f"{workspace.root}/",
        "team": workspace.name,
        "user": workspace.bot.handle,
        "team_id": workspace.id,
        "user_id": workspace.app.bot_user,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """apps.connections.open: an address for one connection of Socket Mode."""
    ticket = secrets.token_urlsafe(16)
    workspace.tickets.add(ticket)
    root = workspace.root.replace("http", "ws", 1)
    return {"url": f"{root}/link/?ticket={ticket}&app_id={workspace.app.id}"}


def bots_info(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """bots.info: the app itself, or another bot."""
    wanted = arguments.get("bot") or workspace.app.bot_id
    if wanted == workspace.app.bot_id:
        return {"bot": api_objects.bot_profile(workspace)}
    for user in workspace.users.values():
        if user.bot_id and user.bot_id == wanted:
            return {"bot": {"id": user.bot_id, "deleted": user.deleted, "name": user.real_name, "user_id": user.id}}
    raise SlackRefusal("bot_not_found")


def team_info(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """team.info: of the app's own workspace."""
    if arguments.get("team") not in (None, workspace.id):
        raise SlackRefusal("team_not_found")
    return {"team": api_objects.team(workspace)}


METHODS = {
    "api.test": Method(api_test, "4", {"error": TEXT, "foo": TEXT}, caller="anybody"),
    "auth.test": Method(auth_test, "free", {}),
    "apps.connections.open": Method(connections_open, "1", {}, ("connections:write",), caller="app"),
    "bots.info": Method(bots_info, "3", {"bot": TEXT}, ("users:read",), json=False),
    "team.info": Method(team_info, "3", {"team": TEXT, "domain": TEXT}, ("team:read",), json=False),
}
