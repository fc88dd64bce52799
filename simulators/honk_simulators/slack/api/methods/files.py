"""files.*: the upload in three steps (an address, the bytes, completion), and what is known of a file."""

import mimetypes
from dataclasses import replace

from honk_simulators.slack.api import message_content
from honk_simulators.slack.api.arguments import INTEGER, LIST, NAMES, NEEDED, TEXT, TS, Argument, SlackRefusal
from honk_simulators.slack.api.methods import base, chat
from honk_simulators.slack.api.methods.base import Arguments, Method
from honk_simulators.slack.state import api_objects, changes
from honk_simulators.slack.state.workspace import Json, SlackWorkspace, WorkspaceFile

LARGEST = 1_000_000_000
ALT_TEXT = 1000


def get_upload_url(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """files.getUploadURLExternal."""
    length, name = arguments["length"], arguments["filename"]
    if length <= 0:
        raise SlackRefusal("invalid_arguments", "[ERROR] length must be more than 0 [json-pointer:/length]")
    if length > LARGEST:
        raise SlackRefusal("file_upload_size_restricted")
    if len(arguments.get("alt_txt", "")) > ALT_TEXT:
        raise SlackRefusal("alt_txt_too_large")
    file = WorkspaceFile(
        id=workspace.new_id("F"),
        name=name,
        title="",
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        content=b"",
        user=workspace.app.bot_user,
        created=workspace.clock(),
        ready_at=float("inf"),
        alt_text=arguments.get("alt_txt", ""),
    )
    key = f"{workspace.new_id('')}-{length}"
    workspace.uploads[key] = file
    return {"upload_url": f"{workspace.root}/upload/v1/{key}", "file_id": file.id}


def complete_upload(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """files.completeUploadExternal: the files become Slack's, and appear in a message where one is asked for."""
    named = arguments["files"]
    if not named:
        raise SlackRefusal("invalid_arguments", "[ERROR] no files [json-pointer:/files]")
    files = [_uploaded(workspace, each) for each in named]
    targets = arguments.get("channels") or [each for each in [arguments.get("channel_id")] if each]
    if arguments.get("thread_ts") and len(targets) != 1:
        raise SlackRefusal("invalid_arguments", "[ERROR] thread_ts needs one channel [json-pointer:/thread_ts]")
    channels = [chat.writable(workspace, base.channel(workspace, each)) for each in targets]
    comment = arguments.get("initial_comment", "")
    said = message_content.parse(workspace, {} if comment else {"blocks": arguments.get("blocks")})
    threads = [chat.thread(channel, arguments) for channel in channels]
    for key, file in list(workspace.uploads.items()):
        if file in files:
            del workspace.uploads[key]
    for file in files:
        file.ready_at = workspace.clock() + workspace.file_seconds
        workspace.files[file.id] = file
    for channel, thread in zip(channels, threads, strict=True):
        message = changes.by_app(workspace, channel, comment, said.blocks or ())
        changes.post(workspace, replace(message, thread_ts=thread, files=list(files), subtype="file_share"))
    workspace.changed()
    return {"files": [api_objects.file(workspace, each) for each in files]}


def info(workspace: SlackWorkspace, arguments: Arguments) -> Json:
    """files.info: what the app uploaded, or what stands in a conversation that it is in."""
    file = workspace.files.get(arguments["file"])
    bot = workspace.app.bot_user
    if file is None or not (file.user == bot or any(bot in workspace.channels[each].members for each in file.channels)):
        raise SlackRefusal("file_not_found")
    if file.deleted:
        raise SlackRefusal("file_deleted")
    about = api_objects.file(workspace, file) | api_objects.shares(workspace, file)
    return {"file": about, "comments": [], "response_metadata": {"next_cursor": ""}}


def _uploaded(workspace: SlackWorkspace, named: object) -> WorkspaceFile:
    """Raises Refused for a file without its bytes."""
    if not isinstance(named, dict) or set(named) - {"id", "title", "highlight_type"} or "id" not in named:
        raise SlackRefusal("invalid_arguments", "[ERROR] each file has an id and a title [json-pointer:/files]")
    for file in workspace.uploads.values():
        if file.id == named["id"] and file.content:
            file.title = named.get("title") or file.name
            return file
    raise SlackRefusal("file_not_found")


METHODS = {
    "files.getUploadURLExternal": Method(
        get_upload_url,
        "4",
        {"filename": NEEDED, "length": Argument("integer", True), "alt_txt": TEXT, "snippet_type": TEXT},
        ("files:write",),
        json=False,
    ),
    "files.completeUploadExternal": Method(
        complete_upload,
        "4",
        {
            "files": Argument("list", True),
            "channel_id": TEXT,
            "channels": NAMES,
            "thread_ts": TS,
            "initial_comment": TEXT,
            "blocks": LIST,
        },
        ("files:write",),
    ),
    "files.info": Method(
        info,
        "4",
        {"file": NEEDED, "count": INTEGER, "cursor": TEXT, "limit": INTEGER, "page": INTEGER},
        ("files:read",),
        json=False,
    ),
}
