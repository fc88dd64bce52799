"""GraphQL, for what REST cannot do: drafts, threads of a review, auto-merge, the merge queue, reverts.

Errors come with status 200. A field that a type does not have is refused before anything is done.
"""

from collections.abc import Mapping
from typing import Any

from honk_simulators.github import mutations
from honk_simulators.github.accounts import Token
from honk_simulators.github.call import Answer, Call
from honk_simulators.github.query import Document, Selection, Unreadable, Variable, parse
from honk_simulators.github.refusal import Refusal
from honk_simulators.github.schema import Node
from honk_simulators.github.state import State

TYPES = mutations.types()
KINDS = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 404: "NOT_FOUND", 422: "UNPROCESSABLE"}


async def answer(state: State, token: Token, given: Any) -> Answer:
    """The answer to a request's JSON. Raises Refusal (400, 401) for what is no request."""
    if token.kind == "anonymous":
        raise Refusal(401, "This endpoint requires you to be authenticated.")
    if not isinstance(given, dict) or not isinstance(given.get("query"), str):
        raise Refusal(400, "A query attribute must be specified and must be a string.")
    call = Call(state, token, {}, f"{state.web}/api/graphql")
    variables = given.get("variables") or {}
    try:
        document = parse(given["query"])
    except Unreadable as error:
        return _failed(str(error), {"code": "parseError"})
    root = "Mutation" if document.kind == "mutation" else "Query"
    wrong = [*_variables(document, variables), *_check(document.selections, root, document)]
    if wrong:
        return Answer({"errors": wrong})
    values = {**document.defaults, **variables}
    errors: list[dict[str, Any]] = []
    data = await _resolve(call, document.selections, Node(root, None, None), values, (), errors)
    return Answer({"data": data, **({"errors": errors} if errors else {})})


def _failed(message: str, extensions: Mapping[str, Any]) -> Answer:
    return Answer({"errors": [{"message": message, "extensions": dict(extensions)}]})


def _variables(document: Document, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"message": f"Variable ${name} was provided invalid value", "extensions": {"value": None}}
        for name, required in document.variables.items()
        if required and given.get(name) is None
    ]


def _check(selections: tuple[Selection, ...], kind: str, document: Document) -> list[dict[str, Any]]:
    """What is asked for that is not there."""
    wrong = []
    for each in selections:
        within = each.on or kind
        if each.name == "__typename":
            continue
        known = TYPES.get(within, {}).get(each.name)
        if known is None:
            wrong.append(_undefined(f"Field '{each.name}' doesn't exist on type '{within}'", within, each.name))
            continue
        for name in each.arguments.keys() - set(known.arguments):
            message = f"Field '{each.name}' doesn't accept argument '{name}'"
            wrong.append(_undefined(message, within, each.name))
        wrong += [
            {"message": f"Variable ${name} is used but not declared", "extensions": {"code": "variableNotDefined"}}
            for name in _used(each.arguments)
            if name not in document.variables
        ]
        if known.kind in TYPES and not each.selections:
            wrong.append(_undefined(f"Field must have selections (field '{each.name}')", within, each.name))
        elif known.kind in TYPES:
            wrong += _check(each.selections, known.kind, document)
    return wrong


def _undefined(message: str, kind: str, name: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": "undefinedField", "typeName": kind, "fieldName": name}}


def _used(value: Any) -> list[str]:
    if isinstance(value, Variable):
        return [value.name]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [name for part in parts for name in _used(part)]


async def _resolve(
    call: Call,
    selections: tuple[Selection, ...],
    node: Node,
    values: Mapping[str, Any],
    path: tuple[str | int, ...],
    errors: list[dict[str, Any]],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in selections:
        if each.on and each.on != node.kind:
            continue
        if each.name == "__typename":
            found[each.key] = node.kind
            continue
        here = (*path, each.key)
        known = TYPES[node.kind][each.name]
        try:
            value = await known.resolve(call, node, _given(each.arguments, values))
            found[each.key] = await _shown(call, each, known.kind, value, values, here, errors)
        except Refusal as refused:
            found[each.key] = None
            told = "; ".join(
                str(wrong.get("message") if isinstance(wrong, dict) else wrong) for wrong in refused.errors or ()
            )
            kind = KINDS.get(refused.status, "UNPROCESSABLE")
            errors.append({"type": kind, "path": list(here), "message": told or refused.message})
    return found


async def _shown(
    call: Call,
    selection: Selection,
    kind: str,
    value: Any,
    values: Mapping[str, Any],
    path: tuple[str | int, ...],
    errors: list[dict[str, Any]],
) -> Any:
    if value is None or kind not in TYPES:
        return value
    if isinstance(value, list):
        return [
            await _resolve(call, selection.selections, each, values, (*path, index), errors)
            for index, each in enumerate(value)
        ]
    return await _resolve(call, selection.selections, value, values, path, errors)


def _given(value: Any, values: Mapping[str, Any]) -> Any:
    """An argument with its variables filled in."""
    if isinstance(value, Variable):
        return values.get(value.name)
    if isinstance(value, Mapping):
        return {name: _given(part, values) for name, part in value.items()}
    return [_given(part, values) for part in value] if isinstance(value, list) else value
