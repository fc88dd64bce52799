"""The words of commands: which words give which command, and that each runs a command that exists."""

import pytest

from honk.cli import session_commands
from honk.commands import table
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
        ("Yes, merge.", "merge looked"),
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


def test_each_word_and_each_verb_of_the_command_line_runs_a_command_that_exists() -> None:
    sent = {command.sends for command in commands.COMMANDS if command.sends}
    assert sent <= set(table.COMMANDS) and set(session_commands.VERBS) == sent
