"""Claude Code, controlled from outside its sandbox by Anthropic's SDK.

This module finds and starts the program; `claude_turn` runs one turn with it over `claude_transport`, and
`claude_messages` describes for people what it does. Importing the SDK takes about a second of processor time and 50 MB,
so it is imported with the first turn (or by `warm`), never by a command that only lists sessions.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import uuid
from dataclasses import replace
from pathlib import Path

from honk.agents.base import AgentOutcome, AgentTask
from honk.core.events import NoteAdded
from honk.core.job import Job

PROGRAM = "/opt/honk/claude"
"""The program's path inside the sandbox."""

TOOLS = ("Agent", "Bash", "Edit", "Glob", "Grep", "NotebookEdit", "Read", "Write")
"""The program's tools that work without a network and without a person to ask."""

ENVIRONMENT = {
    "ANTHROPIC_API_KEY": "honk-placeholder",  # the gateway puts the real one in its place
    # what the SDK would set for a program that it starts itself
    "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
    "CLAUDE_CODE_SDK_READS_SESSION_STATE": "1",
    # there is no network: no updates, telemetry, feature flags or notices
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "IS_SANDBOX": "1",  # as root it refuses to skip its permission prompts otherwise
    "ENABLE_TOOL_SEARCH": "false",  # `verify` is listed with the other tools, not hidden behind a search
    "CLAUDE_CODE_MAX_RETRIES": "2",  # 2 s, not minutes; overload is waited out by the gateway
    "API_TIMEOUT_MS": "600000",
    "CLAUDE_CODE_STOP_HOOK_BLOCK_CAP": "0",  # how often the gate sends it back is for the gate to say (default: 8)
    # commits and pull requests are ours; and no `git status` over all files before it begins
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",  # nothing is left to wake it once it has ended its turn
    "CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS": "1",  # committing is ours
    "CLAUDE_CODE_DISABLE_CRON": "1",
    "CLAUDE_CODE_DISABLE_WORKFLOWS": "1",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    "CLAUDE_CODE_DISABLE_FILE_CHECKPOINTING": "1",
    "CLAUDE_CODE_STARTUP_FAILURE_RESULTS": "1",  # a refused start says why
}
"""The environment that Honk sets for the program."""


class ClaudeAgent:
    """The agent that `kind = "claude"` names.

    `program` is the executable (default: the one in the SDK's wheel). It may take `start` seconds to start, and may
    then print nothing for `silence` seconds; the time that verifiers take does not count.
    """

    name = "claude"
    needs_model = True

    def __init__(self, program: Path | None = None, *, start: float = 60.0, silence: float = 900.0) -> None:
        self._program = program
        self._start = start
        self._silence = silence

    @property
    def label(self) -> str:
        """Name and version."""
        program = self._program or bundled()
        note = program.with_name("claude.version") if program else None
        version = note.read_text().split()[0] if note and note.is_file() else ""
        return f"Claude Code {version}".rstrip()

    def problem(self) -> str:
        """Why the program cannot be started here, empty when it can."""
        program = self._program or bundled()
        if program is None:
            return (
                "Claude Code is missing: this machine's claude-agent-sdk came without the program; "
                "install the SDK's wheel for this platform (Linux on x86-64 or ARM64)."
            )
        if not os.access(program, os.X_OK):
            return f"Claude Code at {program} cannot be executed; run: chmod +x {program}"
        return ""

    async def warm(self) -> None:
        """Import the SDK in a thread, so that the first turn does not wait for it."""
        await asyncio.to_thread(importlib.import_module, "honk.agents.claude_turn")

    async def work(self, task: AgentTask) -> AgentOutcome:
        """Do one turn. Resumes `task.conversation` if its transcript is still in the home; otherwise records a note and
        starts a new conversation. Raises what the task's functions raise, and Unavailable if the sandbox does not
        start."""
        if trouble := self.problem():
            return AgentOutcome("failed", task.conversation, error=trouble)
        await self.warm()
        from honk.agents import claude_turn  # noqa: PLC0415 - it imports the SDK

        program = self._program or bundled()
        assert program is not None
        task = replace(task, job=job(task.job, program))
        timeouts = claude_turn.Timeouts(self._start, self._silence)

        async def turn(conversation: str, *, resume: bool) -> AgentOutcome:
            flags = arguments(task, conversation, resume=resume)
            return await claude_turn.work(task, conversation, flags, timeouts, resume=resume)

        if task.conversation:
            if _transcript_kept(task.job.home, task.conversation):
                with contextlib.suppress(claude_turn.ConversationLost):
                    return await turn(task.conversation, resume=True)
            await task.tell(
                NoteAdded("The agent's conversation of this session is lost; it continues from the code and a summary.")
            )
            task = replace(task, prompt=f"{task.recap}\n\n{task.prompt}".strip())
        return await turn(str(uuid.uuid4()), resume=False)


def job(wanted: Job, program: Path) -> Job:
    """The sandbox job that runs `program` as Claude Code; the launcher appends `arguments`."""
    return replace(
        wanted,
        argv=(PROGRAM,),
        env={**wanted.env, **ENVIRONMENT, "MCP_TOOL_TIMEOUT": f"{wanted.limits.seconds * 1000:.0f}"},
        readonly={**wanted.readonly, PROGRAM: program},
    )


def arguments(task: AgentTask, conversation: str, *, resume: bool) -> tuple[str, ...]:
    """The program's command line; the tree and the home add nothing to it."""
    server = {"mcpServers": {"honk": {"type": "sdk", "name": "honk"}}}
    return (
        *("--input-format", "stream-json", "--output-format", "stream-json", "--verbose"),
        "--include-partial-messages",  # a model that thinks aloud for long is not silent
        f"--resume={conversation}" if resume else f"--session-id={conversation}",
        *((f"--model={task.model}",) if task.model else ()),
        f"--append-system-prompt={task.instructions}",
        *("--permission-mode", "bypassPermissions", "--tools", ",".join(TOOLS)),
        # no settings, hooks, servers or commands of the tree's or the home's
        *("--setting-sources=", "--disable-slash-commands", "--strict-mcp-config"),
        *("--mcp-config", json.dumps(server)),
    )


def _transcript_kept(home: Path, conversation: str) -> bool:
    """Whether the home still holds the conversation's file. It is never read: the agent wrote it."""
    return any(path.name == f"{conversation}.jsonl" for path in home.glob(".claude/projects/*/*.jsonl"))


def bundled() -> Path | None:
    """The program in the SDK's wheel, found without importing the SDK."""
    spec = importlib.util.find_spec("claude_agent_sdk")
    if spec is None or spec.origin is None:
        return None
    program = Path(spec.origin).parent / "_bundled" / "claude"
    return program if program.is_file() else None
