"""What a checker may leave out without checking less: built files, dependencies, rules of style."""

import re

HARMLESS = re.compile(
    r"^(?:\*\*?/|\./|/)*(?:dist|build|out|node_modules|\.venv|venv|env|coverage|htmlcov|\.git|\.tox|\.nox"
    r"|__pycache__|vendor|generated|gen|docs?|target|\.next|\.nuxt|\.cache|tmp|\.mypy_cache|\.ruff_cache"
    r"|storybook-static|public|static|assets|migrations|alembic|third_party|\.?\w*_pb2\w*|setup\.py|conftest\.py"
    r"|tests?|examples?|__tests__|\.eggs|\.yarn|\.pnp\.\w+)(?:/.*)?$"
    r"|\.(?:md|min\.js|snap|d\.ts|json|css|svg|lock|generated\.\w+|pb\.go|stories\.\w+)$|TYPE_CHECKING"
    r"|NotImplementedError|abstractmethod|__name__|__repr__|overload|Protocol|pragma: no cover|@\(?abc|^\.\.\.$"
    r"|defensive|^(?:E203|E501|W503|W504|COM812|ISC001|D203|D213|D1\d\d|D21\d|E701|E704|C0114|C0115|C0116|B008"
    r"|S101|PLR2004|ANN401|ANN1\d\d|missing-\w+-docstring|line-too-long|CS1591)$"
    r"|/(?:dist|build|node_modules|generated|vendor|fixtures|testdata)/"
)
