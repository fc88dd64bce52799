"""Addresses of pages, made from their titles."""

from slugs.convert import slugify
from slugs.registry import unique

__all__ = ["slugify", "unique"]
