"""One turn of Claude Code through its SDK. Importing this module imports the SDK; see `claude`.

The SDK runs here, in the worker, and talks to the program in the sandbox over two pipes. So its in-process tool
`verify` and its Stop hook are executed by Honk. The program's output is untrusted: code in the sandbox could write to
the pipe, too. Therefore this module itself remembers whether the gate has passed.
"""

import asyncio
import base64
import logging
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from claude_agent_sdk import (
    AssistantMessage,
    ClaudeAgentOptions,
    ClaudeSDKClient,
    ClaudeSDKError,
    CLIConnectionError,
    HookContext,
    HookInput,
    HookJSONOutput,
    HookMatcher,
    Message,
    ProcessError,
    ResultMessage,
    SystemMessage,
    TextBlock,
    ToolUseBlock,
    create_sdk_mcp_server,
    tool,
)
from claude_agent_sdk import __version__ as sdk_version
from claude_agent_sdk.types import McpSdkServerConfig

from honk import process
from honk.agents import claude_messages as messages
from honk.agents.base import AgentOutcome, AgentTask, Ending, VerifyAnswer
from honk.agents.claude_transport import PipeTransport, StderrTail
from honk.core.events import AgentSaid, AgentStarted, AgentToolUsed

_VERIFY = (
    "Check the work: runs this project's own checks (format, lint, build, tests) on the workspace as it is now and "
    "returns 'green' or the relevant lines of what failed. Takes no arguments. The turn cannot end while it is red."
)
_LOOK = (
    "Look at a page of this project's app as the workspace is now: starts the app, opens the page in a browser and "
    "returns a screenshot, the console's errors and the requests that failed. Use it for changes that can be seen."
)
_LOOK_INPUT = {
    "type": "object",
    "properties": {
        "page": {"type": "string", "description": "the page's path, for example /settings?tab=2"},
        "device": {"type": "string", "enum": ["phone", "desktop"], "description": "the screen; phone by default"},
    },
    "required": ["page"],
}
_SYNTHETIC = "<synthetic>"

# The SDK logs errors that Honk returns as an AgentOutcome.
logging.getLogger("claude_agent_sdk").setLevel(logging.CRITICAL)


class ConversationLost(Exception):
    """The program cannot resume the conversation."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds in which the program must start, and for which it may then print nothing."""

    start: float = 60.0
    silence: float = 900.0


async def work(
    task: AgentTask, conversation: str, arguments: tuple[str, ...], timeouts: Timeouts, *, resume: bool
) -> AgentOutcome:
    """Do one turn under the id `conversation`, a new one unless `resume`; `arguments` say the same to the program.

    Raises ConversationLost when it cannot be resumed, and whatever `task.verify`, `task.gate` and `task.launch` raise.
    """
    return await _Turn(task, conversation, timeouts, resume).work(arguments)


class _Turn:
    """The state of one turn: its timeouts, its failure, and whether the gate has passed."""

    def __init__(self, task: AgentTask, conversation: str, timeouts: Timeouts, resume: bool) -> None:
        self._task = task
        self._conversation = conversation
        self._timeouts = timeouts
        self._resume = resume
        self._silence_timeout = asyncio.Timeout(None)
        self._timing = False
        self._working_lock = asyncio.Lock()
        self._failure: Exception | None = None
        self._connected = False
        self._started = False
        self._gate_passed = False
        self._stderr = StderrTail()

    async def work(self, arguments: tuple[str, ...]) -> AgentOutcome:
        job = replace(self._task.job, env={**self._task.job.env, "CLAUDE_AGENT_SDK_VERSION": sdk_version})
        async with (
            AsyncExitStack() as after,
            self._task.launch(job) as launched,
            process.spawn((str(launched.path), *arguments), cwd=job.home, stdin=subprocess.PIPE) as child,
            self._stderr.reading(child.stderr),
        ):
            pipe = PipeTransport(child)
            client = ClaudeSDKClient(self._options(), transport=pipe)
            # The SDK may wait for a verifier that it cancels, so the program is ended first.
            after.push_async_callback(client.disconnect)
            outcome = await self._bounded(client, pipe)
            # read before the block ends, because its end stops the sandbox, too
            stopped = launched.stopped
        if stopped and outcome.ending != "done":
            late = stopped == "time"  # the sandbox has the turn's time limit, too, and may be the first to end it
            error = messages.out_of_time(self._task.minutes) if late else messages.limit_reached(stopped)
            return self._ended("limit", error=error)
        return outcome

    async def _bounded(self, client: ClaudeSDKClient, pipe: PipeTransport) -> AgentOutcome:
        """The conversation within its time limits; every failure of the program as an AgentOutcome."""
        whole = asyncio.Timeout(asyncio.get_running_loop().time() + self._task.minutes * 60)
        try:
            async with whole, self._silence_timeout:
                self._timing = True
                return await self._converse(client, pipe)
        except TimeoutError:
            if self._failure:
                raise self._failure from None
            if whole.expired():
                return self._ended("limit", error=messages.out_of_time(self._task.minutes))
            if not self._connected:
                return self._ended("failed", error=messages.not_started(await self._stderr.text()))
            return self._ended("silent", error=messages.silent(self._timeouts.silence))
        except ProcessError as error:
            last = await self._stderr.text()
            why = messages.died(error.exit_code, last) if self._connected else messages.not_started(last)
            return self._ended("failed", error=why)
        except CLIConnectionError:
            return self._ended("failed", error=messages.died(None, await self._stderr.text()))
        except ClaudeSDKError:
            return self._ended("failed", error=messages.unreadable_output())
        finally:
            self._timing = False

    async def _converse(self, client: ClaudeSDKClient, pipe: PipeTransport) -> AgentOutcome:
        self._wait_until(asyncio.get_running_loop().time() + self._timeouts.start)
        await self._connect(client)
        self._seen_alive()
        await client.query(self._task.prompt, session_id=self._conversation)
        async for message in client.receive_response():
            self._seen_alive()
            await self._tell(message)
            if isinstance(message, ResultMessage):
                await pipe.finish()
                return self._result(message)
        raise CLIConnectionError("no more messages")

    async def _connect(self, client: ClaudeSDKClient) -> None:
        try:
            await client.connect()
        except ProcessError as error:
            if self._resume:
                raise ConversationLost from error
            raise
        except ClaudeSDKError:
            raise
        except Exception as error:
            # The SDK raises bare exceptions for a refused or unanswered first request; nothing of ours runs in there.
            raise ClaudeSDKError(str(error)) from error
        self._connected = True

    def _options(self) -> ClaudeAgentOptions:
        """The SDK's options; the program has its own on its command line (`claude.arguments`)."""
        return ClaudeAgentOptions(
            mcp_servers={"honk": self._server()},
            hooks={"Stop": [HookMatcher(hooks=[self._on_stop], timeout=self._task.minutes * 60)]},
            verbatim_prompts=True,  # `/command` and `@path` in a request are text
        )

    def _server(self) -> McpSdkServerConfig:
        async def verify(_: object) -> dict[str, object]:
            async with self._our_work():
                check: VerifyAnswer = await self._task.verify()
            return {"content": [{"type": "text", "text": check.text}], "is_error": not check.ok}

        look = self._task.look
        if look is None:
            return create_sdk_mcp_server("honk", tools=[tool("verify", _VERIFY, {})(verify)])

        async def show(given: dict[str, object]) -> dict[str, object]:
            async with self._our_work():
                seen = await look(str(given.get("page", "/")), str(given.get("device", "phone")))
            picture = {"type": "image", "data": base64.b64encode(seen.png).decode(), "mimeType": "image/png"}
            text = {"type": "text", "text": seen.text}
            return {"content": [text, picture] if seen.png else [text], "is_error": not seen.png}

        tools = [tool("verify", _VERIFY, {})(verify), tool("look", _LOOK, _LOOK_INPUT)(show)]
        return create_sdk_mcp_server("honk", tools=tools)

    async def _on_stop(self, _input: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        async with self._our_work():
            self._gate_passed = False
            text = await self._task.gate()
            self._gate_passed = not text
        return {"decision": "block", "reason": text} if text else {}

    @asynccontextmanager
    async def _our_work(self) -> AsyncIterator[None]:
        """Stop the silence timeout while Honk verifies. An exception in the block ends the turn: the SDK would only
        report it to the agent, and a Stop hook that fails lets the agent exit."""
        async with self._working_lock:
            self._wait_until(None)
            try:
                yield
            except Exception as error:
                self._failure = error
                self._wait_until(0)
                raise
        self._seen_alive()

    def _seen_alive(self) -> None:
        if not self._working_lock.locked() and not self._failure:
            self._wait_until(asyncio.get_running_loop().time() + self._timeouts.silence)

    def _wait_until(self, when: float | None) -> None:
        """Let the silence timeout expire at `when` (the loop's time), None for never."""
        if self._timing and not self._silence_timeout.expired():
            self._silence_timeout.reschedule(when)

    async def _tell(self, message: Message) -> None:
        match message:
            case SystemMessage(subtype="init", data=data) if not self._started:
                self._started = True
                model = str(data.get("model", self._task.model))
                await self._task.tell(AgentStarted("claude", model, self._conversation, self._resume))
            case AssistantMessage(model=model, content=blocks, parent_tool_use_id=parent) if model != _SYNTHETIC:
                for block in blocks:
                    if isinstance(block, TextBlock) and block.text.strip() and parent is None:
                        await self._task.tell(AgentSaid(messages.agent_text(block.text)))
                    elif isinstance(block, ToolUseBlock):
                        await self._task.tell(
                            AgentToolUsed(messages.tool_name(block.name), messages.main_argument(block.input))
                        )

    def _result(self, result: ResultMessage) -> AgentOutcome:
        text = messages.agent_text(result.result or "")
        if result.is_error and (result.api_error_status or result.terminal_reason == "api_error"):
            return self._ended("failed", error=messages.model_failed(result.api_error_status, text))
        if result.is_error or result.subtype != "success":
            return self._ended(
                "failed", error=messages.ended_with_error(result.subtype, " ".join(result.errors or [text]))
            )
        if not self._gate_passed:
            return self._ended("failed", text, messages.ended_without_verification())
        return self._ended("done", text)

    def _ended(self, ending: Ending, summary: str = "", error: str = "") -> AgentOutcome:
        return AgentOutcome(ending, self._conversation, summary, error)
