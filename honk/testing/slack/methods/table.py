"""Every method that there is here."""

from collections.abc import Mapping

from honk.testing.slack.methods import basics, chat, conversations, files, reactions, users, views
from honk.testing.slack.methods.base import Method

METHODS: Mapping[str, Method] = {
    **basics.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **reactions.METHODS,
    **users.METHODS,
    **views.METHODS,
}
