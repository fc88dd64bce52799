"""The table of commands: which words give which command, and that each calls one method of the client."""

import inspect

import pytest

from honk.client import HonkClient
from honk.conversation import commands


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Merge", "merge"),
        ("merge!", "merge"),
        ("*MERGE*.", "merge"),
        ("`merge`", "merge"),
        ("please merge it", "merge"),
        ("merge it, please.", "merge"),
        ("merge looked", "merge looked"),
        ("Merge, looked!", "merge looked"),
        ("Roll  back", "rollback"),
        ("**rollback**…", "rollback"),
        ("Stop!!", "cancel"),
        ("cancel", "cancel"),
        ("go  on", "go on"),
        ("approve", "approve"),
        ("status?", "status"),
        ("help", "help"),
        ("merge the two tables", None),
        ("stop the flicker", None),
        ("don't merge", None),
        ("merge\n\nmerge", None),
        ("", None),
    ],
)
def test_words_by_themselves_are_a_command(text: str, name: str | None) -> None:
    found = commands.named(text)
    assert (found.name if found else None) == name


def test_every_method_that_changes_a_session_has_a_command() -> None:
    methods = {name for name, _ in inspect.getmembers(HonkClient, inspect.isfunction) if not name.startswith("_")}
    reading = {"session", "sessions", "events", "repos", "add_repo", "ask"}
    named = {command.name for command in (*commands.COMMANDS, *commands.REPORTS) if command.run is not None}
    assert methods - reading == named - {"go on", "try again", "merge looked"}
