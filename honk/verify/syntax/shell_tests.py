"""Tests in shell scripts: bats, functions named so, and the script itself."""

import re

_BATS = re.compile(r"""(?m)^@test[ \t]+(["'])(.*?)\1[ \t]*\{""")


def with_functions(content: str) -> str:
    """A bats file whose tests are functions, line for line, so that a shell's grammar reads it."""
    return _BATS.sub(lambda match: "bats_test_" + re.sub(r"\W+", "_", match[2]) + "() {", content)
