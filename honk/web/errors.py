"""How errors reach whoever asked: one JSON object for the API, a page for people."""

from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from honk.core.errors import HonkError, Overloaded, Unavailable, UsageError
from honk.web.remote_client import PREFIX

Page = Callable[[Scope, int, str], Response]
"""A page that says one sentence, with a status."""

FAULT = "Something went wrong inside Honk. The server's log has the full trace; what was recorded before is kept."


class PageNotFound(UsageError):
    """The thing that an address names is not there."""


def install(app: FastAPI, page: Page) -> None:
    """Let every error of `app`'s routes end in one of our answers."""

    @app.exception_handler(HonkError)
    async def no(request: Request, error: HonkError) -> Response:
        return answer(page, request.scope, status(error), str(error), error.exit_status)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return answer(page, request.scope, HTTPStatus.BAD_REQUEST, complaint(error), UsageError.exit_status)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return answer(page, request.scope, error.status_code, str(error.detail), UsageError.exit_status)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        return answer(page, request.scope, HTTPStatus.INTERNAL_SERVER_ERROR, FAULT, Unavailable.exit_status)


def answer(page: Page, scope: Scope, status: int, text: str, exit_status: int) -> Response:
    """`text` as the client reads it. `exit_status` is what a command line should end with."""
    if scope["path"].startswith(PREFIX):
        return JSONResponse({"error": text, "exit": exit_status}, status)
    return page(scope, status, text)


def status(error: HonkError) -> int:
    """The HTTP status for one of our errors."""
    if isinstance(error, PageNotFound):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, UsageError):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, Overloaded | Unavailable):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.CONFLICT


def complaint(error: RequestValidationError) -> str:
    """What is wrong with a request, in one line that names the first place."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    what = " ".join(str(first["msg"]).split())
    return f"{where}: {what}." if where else f"The request cannot be read: {what}."
