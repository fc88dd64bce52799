"""Views: opening them with a trigger, putting one over another, replacing them."""

import hashlib
from typing import Any

from honk_simulators.slack.api.arguments import SlackRefusal
from honk_simulators.slack.block_kit import blocks
from honk_simulators.slack.state.workspace import Json, SlackWorkspace, Trigger, View

DEEPEST = 3
LARGEST = 250_000


def exchange(workspace: SlackWorkspace, trigger_id: str) -> Trigger:
    """Use a trigger up. Raises Refused when it is unknown, too old or was used before."""
    trigger = workspace.triggers.get(trigger_id)
    if trigger is None:
        raise SlackRefusal("invalid_trigger_id")
    if trigger.used:
        raise SlackRefusal("exchanged_trigger_id")
    if workspace.clock() > trigger.expires:
        raise SlackRefusal("expired_trigger_id")
    trigger.used = True
    return trigger


def checked(workspace: SlackWorkspace, data: Any, *, kind: str = "modal", but: str = "") -> Json:
    """A view as Slack keeps it. Raises Refused. `but` is the view that it replaces."""
    wrong = blocks.of_view(data)
    if not wrong and data["type"] != kind:
        wrong = [f"must be a {kind} [json-pointer:/view/type]"]
    if wrong:
        raise SlackRefusal("invalid_arguments", *(f"[ERROR] {each}" for each in wrong))
    if len(str(data)) > LARGEST:
        raise SlackRefusal("view_too_large")
    external = data.get("external_id")
    if external and any(each.external_id == external and each.open and each.id != but for each in _all(workspace)):
        raise SlackRefusal("duplicate_external_id")
    kept: Json = data
    return kept | {"blocks": blocks.numbered(data["blocks"], workspace.new_id("")[2:8].lower())}


def show(workspace: SlackWorkspace, user: str, data: Json, previous: View | None = None) -> View:
    """A new view before `user`'s eyes, over `previous`. Raises Refused with `push_limit_reached`."""
    if previous is not None and len(stack(workspace, previous)) >= DEEPEST:
        raise SlackRefusal("push_limit_reached")
    new = workspace.new_id("V")
    root, under = (previous.root, previous.id) if previous else (new, "")
    view = View(new, user, data, _hash(workspace, data), root, under, data.get("external_id", ""))
    view.state = initial(data)
    workspace.views[view.id] = view
    workspace.changed()
    return view


def replace(workspace: SlackWorkspace, view: View, data: Json) -> View:
    """Other content in the same place. What was filled in stays where block and action are the same."""
    kept = initial(data)
    for block_id, actions in kept.items():
        for action_id in actions:
            if (before := view.state.get(block_id, {}).get(action_id)) is not None:
                actions[action_id] = before
    view.data, view.hash, view.state = data, _hash(workspace, data), kept
    view.external_id = data.get("external_id", "")
    workspace.changed()
    return view


def stack(workspace: SlackWorkspace, view: View) -> list[View]:
    """The views that lie over each other, the lowest first."""
    return [each for each in _all(workspace) if each.root == view.root and each.open]


def close(workspace: SlackWorkspace, view: View, *, everything: bool = False) -> None:
    """Take a view away, or all of its stack."""
    for each in stack(workspace, view) if everything else [view]:
        each.open = False
    workspace.changed()


def initial(data: Json) -> dict[str, dict[str, Json]]:
    """What a view's fields hold before anybody touched them."""
    found: dict[str, dict[str, Json]] = {}
    for block_id, element in blocks.interactive(data["blocks"]):
        if blocks.has_state(element):
            found.setdefault(block_id, {})[element["action_id"]] = _initial(element)
    return found


def _initial(element: Json) -> Json:
    value: Json = {"type": element["type"]}
    for name, content in element.items():
        if name.startswith("initial_"):
            kept = name.replace("initial_", "" if name == "initial_value" else "selected_")
            value[kept] = content
    defaults = {
        "plain_text_input": "value",
        "email_text_input": "value",
        "url_text_input": "value",
        "number_input": "value",
        "static_select": "selected_option",
        "external_select": "selected_option",
        "radio_buttons": "selected_option",
        "checkboxes": "selected_options",
        "multi_static_select": "selected_options",
        "multi_external_select": "selected_options",
        "users_select": "selected_user",
        "channels_select": "selected_channel",
        "conversations_select": "selected_conversation",
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "datetimepicker": "selected_date_time",
    }
    if (key := defaults.get(element["type"])) is not None:
        value.setdefault(key, [] if key == "selected_options" else None)
    return value


def _all(workspace: SlackWorkspace) -> list[View]:
    return list(workspace.views.values())


def _hash(workspace: SlackWorkspace, data: Json) -> str:
    return f"{int(workspace.clock())}.{hashlib.sha256(f'{workspace.new_ts()}{data}'.encode()).hexdigest()[:8]}"
