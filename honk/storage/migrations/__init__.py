"""The schema's history: one file per change under `versions/`, named `vNNNN_what.py`. `Store.open` runs them.

To change a table:

1. change `honk/storage/tables.py`;
2. add the next file (its `down_revision` is the last one's `revision`) and name it in LATEST;
3. give `tests/storage/test_schema.py` sample rows as the last version wrote them.

There are no downgrades: an older Honk refuses a newer database. A migration keeps what a running worker of the last
version needs.
"""

LATEST = "0005"
"""Revision of the last file; a database at this revision needs no migration."""
