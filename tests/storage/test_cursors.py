"""How far something was read outlives the process."""

from honk.storage import store


def test_the_last_value_is_kept_by_name(url: str) -> None:
    with store.open(url) as kept:
        assert kept.cursors.get("github:1:comments") == ""
        kept.cursors.put("github:1:comments", "2026-01-01T00:00:00Z")
        kept.cursors.put("github:1:comments", "2026-01-02T00:00:00Z")
    with store.open(url) as kept:
        assert kept.cursors.get("github:1:comments") == "2026-01-02T00:00:00Z"
        assert kept.cursors.get("github:2:comments") == ""
