"""Every method that there is here."""

from collections.abc import Mapping

from honk_simulators.slack.api.methods import basics, chat, conversations, files, reactions, users, views
from honk_simulators.slack.api.methods.base import Method

METHODS: Mapping[str, Method] = {
    **basics.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **reactions.METHODS,
    **users.METHODS,
    **views.METHODS,
}
