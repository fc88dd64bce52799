"""Every command that changes a session, by name. `HonkClient.command` and the API take these names."""

from honk.commands import approve, cancel, close, merge, merged_elsewhere, note, reopen, reply, rollback
from honk.commands.base import CommandFunction

COMMANDS: dict[str, CommandFunction] = {
    "reply": reply.run,
    "approve": approve.run,
    "merge": merge.run,
    "rollback": rollback.run,
    "cancel": cancel.run,
    "close": close.run,
    "reopen": reopen.run,
    "merged_elsewhere": merged_elsewhere.run,
    "note": note.run,
}
