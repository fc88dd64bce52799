"""How the tables came to be: one file per change under `versions/`, each named `vNNNN_what.py`, run by `Store.open`.

To change a table: change `honk/storage/tables.py`, add the next file (its `down_revision` is the last one's
`revision`), say so in LATEST, give `tests/storage/test_schema.py` sample rows as the last version wrote them. There is no
way back down: a newer database is refused by an older Honk, and a migration keeps what a running worker of the last version
needs.
"""

LATEST = "0004"
"""The last file's revision: what a database needs no migration of."""
