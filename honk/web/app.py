"""Honk's own origin: API, console, and the files that links lead to."""

from fastapi import FastAPI

from honk import __version__
from honk.flow.context import World
from honk.service import House
from honk.web import api


def make(house: House, world: World, token: str) -> FastAPI:
    """The app over `house`. `token` opens it."""
    app = FastAPI(title="Honk", version=__version__, docs_url=None, redoc_url=None)
    api.guard(app, token)
    app.include_router(api.routes(house))
    return app
