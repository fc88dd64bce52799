"""How far something was read outlives the process."""

from honk.storage import store


async def test_the_last_value_is_kept_by_name(url: str) -> None:
    async with store.open(url) as kept:
        assert await kept.cursors.get("github:1:comments") == ""
        await kept.cursors.put("github:1:comments", "2026-01-01T00:00:00Z")
        await kept.cursors.put("github:1:comments", "2026-01-02T00:00:00Z")
    async with store.open(url) as kept:
        assert await kept.cursors.get("github:1:comments") == "2026-01-02T00:00:00Z"
        assert await kept.cursors.get("github:2:comments") == ""
