"""Honk's own origin: API, console, and the files that links lead to."""

import socket
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from honk import __version__
from honk.client import HonkClient
from honk.web import api, console, errors, file_links, install_page, webhooks
from honk.web.middleware import LONGEST_BODY, Middleware
from honk.web.templating import Templates
from honk.web.web_context import WebContext
from honk.web.webhooks import Hook

STATIC = Path(__file__).with_name("static")


def make(honk_client: HonkClient, site: WebContext, listening: Mapping[str, Hook] | None = None) -> ASGIApp:
    """The app over `honk_client`. `listening` are the hooks of other services, by path."""
    templates = Templates()
    app = FastAPI(
        title="Honk",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        form_limits={"max_part_size": LONGEST_BODY, "max_fields": 20, "max_files": 0},
    )
    errors.install(app, templates.message)
    app.include_router(api.routes(honk_client))
    app.include_router(file_links.routes(site, templates))
    app.include_router(install_page.routes(site, templates))
    app.include_router(webhooks.routes(listening or {}))
    app.include_router(console.routes(honk_client, site, templates))
    app.mount("/static", StaticFiles(directory=STATIC))

    def refuse(scope: Scope, status: HTTPStatus, text: str) -> Response:
        return errors.answer(templates.message, scope, status, text, 2)

    base = urlsplit(site.addresses.base)
    names = site.names | {name.lower() for name in (base.hostname, socket.gethostname()) if name}
    return Middleware(app, refuse, site.token, names, frozenset({base.netloc}))
