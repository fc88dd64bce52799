"""What the web pages use besides `HonkClient`."""

from dataclasses import dataclass, field
from pathlib import Path

from honk.core.person import Person
from honk.pipeline.session_links import Links
from honk.storage.blobs import Blobs
from honk.storage.store import Store


@dataclass(frozen=True)
class WebContext:
    """`person` is the machine's owner: whoever holds `token` speaks for them. `mirrors` holds the repositories' bare
    mirrors, by name. `names` are the host names under which the server may be addressed, besides addresses,
    `localhost` and that of its public address."""

    store: Store
    blobs: Blobs
    mirrors: Path
    addresses: Links
    person: Person
    token: str = field(repr=False)
    names: frozenset[str] = frozenset()
