"""views.*: modals and the home tab."""

from honk_simulators.slack.api import modals
from honk_simulators.slack.api.arguments import TEXT, Argument, SlackRefusal
from honk_simulators.slack.api.methods import base
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.state import api_objects
from honk_simulators.slack.state.workspace import Json, SlackWorkspace, View


def opening(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """views.open."""
    data = modals.checked(workspace, arguments["view"])
    trigger = modals.exchange(workspace, _trigger(arguments))
    return {"view": api_objects.view(workspace, modals.show(workspace, trigger.user, data))}


def push(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """views.push: over the view that the trigger comes from."""
    data = modals.checked(workspace, arguments["view"])
    trigger = modals.exchange(workspace, _trigger(arguments))
    below = workspace.views.get(trigger.view)
    if below is None or not below.open:
        raise SlackRefusal("not_found")
    return {"view": api_objects.view(workspace, modals.show(workspace, trigger.user, data, below))}


def update(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """views.update: by `view_id` or `external_id`."""
    view = _view(workspace, arguments)
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise SlackRefusal("hash_conflict")
    data = modals.checked(workspace, arguments["view"], kind=view.kind, but=view.id)
    return {"view": api_objects.view(workspace, modals.replace(workspace, view, data))}


def publish(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """views.publish: a person's home tab of the app."""
    user = base.user(workspace, arguments["user_id"])
    if not workspace.app.manifest.home_tab:
        raise SlackRefusal("not_enabled")
    data = modals.checked(workspace, arguments["view"], kind="home")
    known = next((each for each in workspace.views.values() if each.kind == "home" and each.user == user.id), None)
    if known is None:
        return {"view": api_objects.view(workspace, modals.show(workspace, user.id, data))}
    if arguments.get("hash") and arguments["hash"] != known.hash:
        raise SlackRefusal("hash_conflict")
    return {"view": api_objects.view(workspace, modals.replace(workspace, known, data))}


def _trigger(arguments: Arguments) -> str:
    given = arguments.get("trigger_id") or arguments.get("interactivity_pointer")
    if not given:
        raise SlackRefusal("invalid_arguments", "[ERROR] missing required field: trigger_id")
    return str(given)


def _view(workspace: SlackWorkspace, arguments: Arguments) -> View:
    for view in workspace.views.values():
        if view.open and (
            view.id == arguments.get("view_id")
            or (view.external_id and view.external_id == arguments.get("external_id"))
        ):
            return view
    raise SlackRefusal("not_found")


_OPENING = {"trigger_id": TEXT, "interactivity_pointer": TEXT, "view": Argument("object", required=True)}

METHODS = {
    "views.open": Method(opening, "4", _OPENING),
    "views.push": Method(push, "4", _OPENING),
    "views.update": Method(
        update,
        "4",
        {"view": Argument("object", required=True), "view_id": TEXT, "external_id": TEXT, "hash": TEXT},
    ),
    "views.publish": Method(
        publish,
        "4",
        {"view": Argument("object", required=True), "user_id": Argument(required=True), "hash": TEXT},
    ),
}
