"""`/f/<token>`: a session's pictures and built files, for whoever has the signed link. No cookie is asked for."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response
from starlette.types import Scope

from honk.core import events
from honk.core.delivery import Preview
from honk.core.errors import UsageError
from honk.previews import signed_links
from honk.previews.signed_links import Grant
from honk.web.templating import Templates
from honk.web.web_context import WebContext

PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
"""What a browser may show by itself. Everything else was made by code that nobody has reviewed (an SVG or an HTML file
at our origin could press our buttons) and is only ever saved."""

SAVED = {
    ".apk": "application/vnd.android.package-archive",
    ".ipa": "application/octet-stream",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".pdf": "application/pdf",
}
"""Types by which a phone knows what to do with a file once it is saved."""

NO_SUCH_LINK = "This link is not one of ours, or it was cut off. The session’s thread has it whole."
EXPIRED = "Links to files end after a while. The session’s page has a fresh one."
NOT_HERE = "This file does not belong to the session any more, or it was swept away to make room."


@dataclass(frozen=True)
class OpenedFile:
    """A file that a link leads to, under its own name."""

    grant: Grant
    name: str
    path: Path


async def opened(site: WebContext, templates: Templates, scope: Scope, token: str) -> OpenedFile | Response:
    """The file behind `token`, or the page that says why there is none."""
    grant = signed_links.check(site.addresses.key, token, site.addresses.clock())
    if grant == "expired":
        return templates.message(scope, HTTPStatus.GONE, EXPIRED)
    if not isinstance(grant, Grant) or grant.kind != "file":
        return templates.message(scope, HTTPStatus.NOT_FOUND, NO_SUCH_LINK)
    try:
        return OpenedFile(grant, await _name(site, grant), site.blobs.path(grant.resource))
    except UsageError:
        return templates.message(scope, HTTPStatus.NOT_FOUND, NOT_HERE)


def routes(site: WebContext, templates: Templates) -> APIRouter:
    """The route to the files of `site`."""
    router = APIRouter()

    @router.api_route("/f/{token}", methods=["GET", "HEAD"])
    async def file(token: str, request: Request) -> Response:
        found = await opened(site, templates, request.scope, token)
        if isinstance(found, Response):
            return found
        kind, shown = _kind(found.name)
        name = quote(found.name, safe="")
        headers = {
            "cache-control": "private, max-age=3600, immutable",
            "content-security-policy": "default-src 'none'; sandbox",
            "referrer-policy": "no-referrer",
            "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=utf-8''{name}",
        }
        return FileResponse(found.path, media_type=kind, headers=headers)

    return router


async def _name(site: WebContext, grant: Grant) -> str:
    """The file's own name. Raises UsageError when the session never had it: a signature alone opens nothing else."""
    now = await site.store.session(grant.session)
    if found := _named(now.preview, grant.resource):
        return found
    # an earlier turn's, whose links were sent as well
    for event in reversed(await site.store.events(now.id, 0, events.PreviewReady, events.PageViewed)):
        if isinstance(event.data, events.PreviewReady) and (found := _named(event.data.preview, grant.resource)):
            return found
        if isinstance(event.data, events.PageViewed) and event.data.sha256 == grant.resource:
            return _picture_name(event.data.path, event.data.device)
    raise UsageError(NOT_HERE)


def _named(preview: Preview, sha256: str) -> str:
    for artifact in preview.artifacts:
        if artifact.sha256 == sha256:
            base = artifact.name.rsplit("/", 1)[-1]
            return "".join(char if char.isprintable() else "_" for char in base) or "file"
    for shot in preview.screenshots:
        if shot.sha256 == sha256:
            return _picture_name(shot.path, shot.when)
    return ""


def _picture_name(path: str, label: str) -> str:
    page = "-".join(part for part in path.split("/") if part.isprintable() and part) or "home"
    return f"{label}-{page[:80]}.png"


def _kind(name: str) -> tuple[str, bool]:
    """The content type for a file name, and whether a browser may show it."""
    ending = PurePosixPath(name).suffix.lower()
    if ending in PICTURES:
        return PICTURES[ending], True
    return SAVED.get(ending, "application/octet-stream"), False
