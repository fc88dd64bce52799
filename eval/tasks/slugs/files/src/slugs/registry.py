"""Slugs that are taken."""

from collections.abc import Collection


def unique(slug: str, taken: Collection[str]) -> str:
    """The slug, or the slug with the first free number from 2."""
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"
