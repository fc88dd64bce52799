"""Installable builds for phones (ipa, apk). The files were made by code that nobody has reviewed.

An iPhone installs from a web page through a manifest (`itms-services`): a property list with the app's bundle and the
https URL of its ipa (Apple Platform Deployment, "Distribute proprietary in-house apps"). An Android phone installs the
apk itself.
"""

import plistlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from xml.parsers.expat import ExpatError

Platform = Literal["ios", "android"]

PLATFORMS: dict[str, Platform] = {".ipa": "ios", ".apk": "android"}

LARGEST_INFO = 1 << 20
"""The largest Info.plist, in bytes. Real ones have a few thousand."""

MOST_ENTRIES = 100_000

_INFO = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_BUNDLE = re.compile(r"[A-Za-z0-9.-]{1,155}")


@dataclass(frozen=True)
class IpaInfo:
    """The metadata of an ipa: its bundle's id, its version, and the name below its icon."""

    bundle: str
    version: str
    title: str


def platform(name: str) -> Platform | None:
    """The phones that can install a file with this name; None for any other file."""
    return PLATFORMS.get(PurePosixPath(name).suffix.lower())


def read(ipa: Path) -> IpaInfo | None:
    """The metadata of the file `ipa`; None when it is no ipa or its metadata cannot be read."""
    try:
        with zipfile.ZipFile(ipa) as archive:
            entries = archive.infolist()[:MOST_ENTRIES]
            found = next((entry for entry in entries if _INFO.fullmatch(entry.filename)), None)
            if found is None or found.file_size > LARGEST_INFO:
                return None
            with archive.open(found) as file:
                # the archive may lie about sizes
                info = plistlib.loads(file.read(LARGEST_INFO))
    except (zipfile.BadZipFile, plistlib.InvalidFileException, ExpatError, OSError, ValueError, NotImplementedError):
        return None
    return _app(info)


def manifest(app: IpaInfo, url: str) -> bytes:
    """The property list with which an iPhone installs the ipa at `url`."""
    asset = {"kind": "software-package", "url": url}
    metadata = {
        "bundle-identifier": app.bundle,
        "bundle-version": app.version,
        "kind": "software",
        "title": app.title,
    }
    return plistlib.dumps({"items": [{"assets": [asset], "metadata": metadata}]})


def _app(info: object) -> IpaInfo | None:
    if not isinstance(info, dict):
        return None
    bundle = info.get("CFBundleIdentifier")
    if not isinstance(bundle, str) or not _BUNDLE.fullmatch(bundle):
        return None
    version = _line(info.get("CFBundleShortVersionString") or info.get("CFBundleVersion") or "0")
    return IpaInfo(bundle, version, _line(info.get("CFBundleDisplayName") or info.get("CFBundleName") or bundle))


def _line(text: object) -> str:
    return "".join(char for char in str(text) if char.isprintable())[:100]
