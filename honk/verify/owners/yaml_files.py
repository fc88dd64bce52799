"""Reads YAML files of other tools: no tag is an error, and no tag makes an object."""

from typing import Any

import yaml


class UnreadableYaml(ValueError):
    """The file is no YAML, or not a table at its top. The text says why and where."""


class _UntaggedLoader(yaml.SafeLoader):  # type: ignore[misc]
    """`yaml.SafeLoader` that reads a node with an unknown tag (`!reference`, `!Ref`) as if it had none."""


def _untagged(loader: _UntaggedLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        items = loader.construct_sequence(node, deep=True)
        return {"!reference": items} if suffix == "reference" else items
    return loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else None


_UntaggedLoader.add_multi_constructor("!", _untagged)


def load(text: str) -> dict[str, Any]:
    """The table at the top of the file, keys as text. Raises UnreadableYaml."""
    try:
        loaded = yaml.load(text, _UntaggedLoader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, AttributeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        said = getattr(error, "problem", None) or str(error).splitlines()[0:1] or "too deeply nested"
        raise UnreadableYaml(f"{line}{said if isinstance(said, str) else said[0]}") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UnreadableYaml("it holds no table")
    return {("on" if key is True else str(key)): value for key, value in loaded.items()}


def table(value: Any) -> dict[str, Any]:
    """`value` where it is a table, else an empty one."""
    return {str(key): item for key, item in value.items()} if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """`value` as a list: itself, or what is not None as its only item."""
    return value if isinstance(value, list) else [] if value is None else [value]
