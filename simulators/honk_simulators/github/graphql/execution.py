"""GraphQL requests, run by graphql-core. Errors come with status 200, in the words of the real GitHub."""

import inspect
import re
from pathlib import Path
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    build_schema,
    execute,
    get_named_type,
    is_composite_type,
    is_list_type,
    parse,
    validate,
)

from honk_simulators.github.graphql.fields import FIELDS, FieldContext, attribute, page
from honk_simulators.github.graphql.mutations import MUTATIONS
from honk_simulators.github.graphql.nodes import GraphNode
from honk_simulators.github.refusal import GitHubRefusal
from honk_simulators.github.requests.api_request import ApiRequest, ApiResponse
from honk_simulators.github.state.accounts import Token
from honk_simulators.github.state.github_state import GitHubState

SCHEMA = build_schema(Path(__file__).with_name("schema.graphql").read_text())
ERROR_TYPES = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE"}

WORDS = (
    (r"Cannot query field '(\w+)' on type '(\w+)'.*", r"Field '\1' doesn't exist on type '\2'"),
    (r"Unknown argument '(\w+)' on field '\w+\.(\w+)'.*", r"Field '\2' doesn't accept argument '\1'"),
    (r"Field '(\w+)' of type '.*' must have a selection.*", r"Field must have selections (field '\1')"),
    (r"Variable '\$(\w+)' is not defined.*", r"Variable $\1 is used but not declared"),
    (r"Variable '\$(\w+)' .*", r"Variable $\1 was provided invalid value"),
    (
        r"Expected value of type '(\w+)' to include required field '(\w+)'.*",
        r"Argument '\2' on InputObject '\1' is required.",
    ),
    (
        r"Expected value of type '(\w+)' not to include unknown field '(\w+)'.*",
        r"InputObject '\1' doesn't accept argument '\2'",
    ),
    (r"Argument '\w+\.(\w+)\((\w+):\)' of type .* is required.*", r"Field '\1' is missing required arguments: \2"),
    (r"Syntax Error: .*found <EOF>.*", "Unexpected end of document"),
    (r"Syntax Error: (.*)", r"Parse error: \1"),
)
"""Messages of graphql-core 3.3, and GitHub's for the same."""


async def answer(state: GitHubState, token: Token, given: Any) -> ApiResponse:
    """The answer to a request's JSON. Raises Refusal (400, 401) when it is no GraphQL request."""
    if token.kind == "anonymous":
        raise GitHubRefusal(401, "This endpoint requires you to be authenticated.")
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        raise GitHubRefusal(400, "A query attribute must be specified and must be a string.")
    try:
        document = parse(given["query"])
    except GraphQLError as error:
        return ApiResponse({"errors": [_error(error)]})
    if wrong := validate(SCHEMA, document):
        return ApiResponse({"errors": [_error(each) for each in wrong]})
    call = ApiRequest(state, token, {}, f"{state.web}/api/graphql")
    running = execute(
        SCHEMA,
        document,
        context_value=call,
        variable_values=given.get("variables") or {},
        field_resolver=_resolve,
        type_resolver=lambda value, info, kind: value.kind,
    )
    result: ExecutionResult = await running if inspect.isawaitable(running) else running
    errors = [_error(each) for each in result.errors or ()]
    data = {} if result.data is None and errors else {"data": result.data}
    return ApiResponse(data | ({"errors": errors} if errors else {}))


async def _resolve(parent: GraphNode | None, info: GraphQLResolveInfo[ApiRequest], **arguments: Any) -> Any:
    """The value of a field: a scalar, or objects as GraphNode."""
    call, owner = info.context, info.parent_type.name
    if owner == "Mutation":
        changed = await MUTATIONS[info.field_name](call, arguments["input"])
        call.state.ring()
        return GraphNode("Payload", None, changed)
    repo, value = (parent.repo, parent.value) if parent else (None, None)
    table = FIELDS.get("Connection" if owner.endswith("Connection") else owner, {})
    read = table.get(info.field_name)
    found = read(FieldContext(call, repo, arguments), value) if read else attribute(info.field_name, value)
    if inspect.isawaitable(found):
        found = await found
    kind = get_named_type(info.return_type)
    if found is None or isinstance(found, GraphNode) or not is_composite_type(kind):
        return found
    if kind.name.endswith("Connection"):
        found = page(found, arguments)
    if is_list_type(info.return_type):
        return [GraphNode(kind.name, repo, each) for each in found]
    return GraphNode(kind.name, repo, found)


def _error(error: GraphQLError) -> dict[str, Any]:
    refused = error.original_error
    if isinstance(refused, GitHubRefusal):
        reasons = [str(each.get("message") if isinstance(each, dict) else each) for each in refused.errors or ()]
        kind = ERROR_TYPES.get(refused.status, "UNPROCESSABLE")
        return {"type": kind, "path": error.path, "message": "; ".join(reasons) or refused.message}
    if refused is not None and not isinstance(refused, GraphQLError):
        raise refused
    return {"message": _in_github_words(error.message), "locations": error.formatted.get("locations", [])}


def _in_github_words(message: str) -> str:
    for pattern, words in WORDS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return found.expand(words)
    return message
