"""A script in a CI file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """A script that CI runs. `job` keeps the scripts of one job together; `left_out` says why none of it is for a
    change, empty otherwise. `env` are variables that are set for it."""

    text: str
    source: str
    job: str
    name: str = ""
    folder: str = ""
    env: tuple[tuple[str, str], ...] = ()
    left_out: str = ""
