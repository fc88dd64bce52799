"""Programs that a project needs and Honk does not install: how a person gets them. Data, and one look-up."""

import re
from pathlib import PurePosixPath

_PACKAGES = {
    "go gofmt": "apt-get install golang-go",
    "cargo rustc rustfmt": "apt-get install cargo, or rustup",
    "node npm npx": "apt-get install nodejs npm",
    "java mvn": "apt-get install maven",
    "gradle": "apt-get install gradle, or add the Gradle wrapper to the repository",
    "ruby bundle gem rake": "apt-get install ruby-full ruby-bundler",
    "php": "apt-get install php-cli",
    "composer": "apt-get install composer",
    "dotnet": "install the .NET SDK",
    "mix elixir": "apt-get install elixir",
    "swift": "install the Swift tool chain",
    "dart": "install the Dart SDK",
    "cmake ctest": "apt-get install cmake",
    "meson": "apt-get install meson",
    "ninja": "apt-get install ninja-build",
    "make": "apt-get install make",
    "autoreconf": "apt-get install autoconf automake libtool",
    "cc gcc c++ g++": "apt-get install build-essential",
    "clang clang-format clang-tidy": "apt-get install clang clang-format clang-tidy",
    "cppcheck": "apt-get install cppcheck",
    "shellcheck": "apt-get install shellcheck",
    "just": "apt-get install just",
    "task": "install Task",
    "bazel": "install Bazelisk as bazel",
    "golangci-lint staticcheck": "install it with `go install` into a folder on PATH",
    "git": "apt-get install git",
    "pg_config": "apt-get install libpq-dev",
}
_REMEDY = {program: remedy for programs, remedy in _PACKAGES.items() for program in programs.split()}
_NOT_FOUND = re.compile(r"(?m)(?:^|: )(?P<name>[\w./+-]+): (?:command )?not found$|'(?P<quoted>[\w./+-]+)' not found")


def remedy(output: str, command: str) -> str:
    """A sentence on how to get the program that was not found; empty where it is not known which one that is.

    `output` is what the shell printed; where it names none, the first word of `command` counts.
    """
    found = [match["name"] or match["quoted"] for match in _NOT_FOUND.finditer(output[-20_000:])]
    words = re.findall(r"[\w./+-]+", command)
    name = PurePosixPath((found or words or [""])[-1 if found else 0]).name
    if name in _REMEDY:
        return f"{name} is not on this machine: {_REMEDY[name]}."
    return f"{name} is not on this machine, and set-up does not install it." if found else ""
