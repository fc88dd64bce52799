"""`/f/<token>/install`: the page from which a phone installs a session's app, under the same signed, expiring link."""

from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from honk.previews import installable_apps
from honk.web import file_links
from honk.web.templating import Templates
from honk.web.web_context import WebContext

MANIFEST = "application/xml"
NO_APP = "This file is no app that a phone could install. The session’s thread has its link."


def routes(site: WebContext, templates: Templates) -> APIRouter:
    """The page, and the manifest that an iPhone asks for."""
    router = APIRouter()

    @router.get("/f/{token}/install")
    async def page(token: str, request: Request) -> Response:
        opened = await file_links.opened(site, templates, request.scope, token)
        if isinstance(opened, Response):
            return opened
        platform = installable_apps.platform(opened.name)
        if platform is None:
            return templates.message(request.scope, HTTPStatus.NOT_FOUND, NO_APP)
        app = installable_apps.read(opened.path) if platform == "ios" else None
        session = await site.store.session(opened.grant.session)
        return templates.page(
            "install.html",
            platform=platform,
            app=app,
            file=opened.name,
            session=session,
            size=opened.path.stat().st_size,
            sha256=opened.grant.resource,
            expires=opened.grant.expires,
            # an iPhone takes manifests over https alone
            secure=site.addresses.base.startswith("https://"),
            here=f"{_address(site, token)}/install",
            install=_install(site, token) if platform == "ios" else f"/f/{token}",
        )

    @router.get("/f/{token}/manifest.plist")
    async def manifest(token: str, request: Request) -> Response:
        opened = await file_links.opened(site, templates, request.scope, token)
        if isinstance(opened, Response):
            return opened
        app = installable_apps.read(opened.path) if installable_apps.platform(opened.name) == "ios" else None
        if app is None:
            return templates.message(request.scope, HTTPStatus.NOT_FOUND, NO_APP)
        return Response(installable_apps.manifest(app, _address(site, token)), media_type=MANIFEST)

    return router


def _address(site: WebContext, token: str) -> str:
    return f"{site.addresses.base}/f/{token}"


def _install(site: WebContext, token: str) -> str:
    return f"itms-services://?action=download-manifest&url={quote(f'{_address(site, token)}/manifest.plist', safe='')}"
