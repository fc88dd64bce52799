"""The page from which a phone installs a build."""

import io
import plistlib
import zipfile

import pytest

from honk.previews import installable_apps
from tests.web.test_files import link, made  # noqa: F401 - a fixture

INFO = {
    "CFBundleIdentifier": "com.example.wavelength",
    "CFBundleShortVersionString": "2.4",
    "CFBundleDisplayName": "Wave<b>length",
}


def ipa(info: object = None, place: str = "Payload/Wavelength.app/Info.plist", binary: bool = False) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:  # ZipInfo holds 1980 as its date: a name alone means the time of now
        archive.writestr(zipfile.ZipInfo("Payload/Wavelength.app/Wavelength"), b"code")
        content = (
            info
            if isinstance(info, bytes)
            else plistlib.dumps(info or INFO, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)
        )
        archive.writestr(zipfile.ZipInfo(place), content)
    return made.getvalue()


@pytest.mark.parametrize("binary", [False, True])
def test_an_ipa_says_what_it_is(tmp_path, binary):
    (tmp_path / "a.ipa").write_bytes(ipa(binary=binary))
    assert installable_apps.read(tmp_path / "a.ipa") == installable_apps.IpaInfo(
        "com.example.wavelength", "2.4", "Wave<b>length"
    )


BOMB = b"""<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<plist version="1.0"><dict><key>CFBundleIdentifier</key><string>&b;</string></dict></plist>"""


@pytest.mark.parametrize(
    "content",
    [
        b"no zip",
        ipa(b"no plist"),
        ipa(BOMB),
        ipa([1, 2]),
        ipa({"CFBundleIdentifier": "a b\n<x>"}),
        ipa({"CFBundleIdentifier": 7}),
        ipa(place="Payload/deep/er.app/Info.plist"),
        ipa(b"0" * (installable_apps.LARGEST_INFO + 1)),
    ],
)
def test_a_file_that_is_none_says_nothing(tmp_path, content):
    (tmp_path / "a.ipa").write_bytes(content)
    assert installable_apps.read(tmp_path / "a.ipa") is None


async def test_an_android_phone_takes_the_file_itself(console, link):  # noqa: F811
    sha256 = await made(console, "made222", "build/wavelength-2.4.apk", b"apk")
    page = await console.stranger.get(link("made222", sha256) + "/install")
    assert page.status_code == 200
    assert "Install on this Android phone" in page.text
    for shown in ("wavelength-2.4.apk", sha256, "build it", "UTC", "3 bytes"):
        assert shown in page.text
    assert f'href="{link("made222", sha256)}"' in page.text


async def test_an_iphone_takes_a_manifest_over_https(console, link):  # noqa: F811
    sha256 = await made(console, "made222", "wavelength.ipa", ipa())
    address = link("made222", sha256)
    page = await console.stranger.get(address + "/install")
    assert "An iPhone installs only over https" in page.text and "itms-services" not in page.text
    manifest = plistlib.loads((await console.stranger.get(address + "/manifest.plist")).content)
    item = manifest["items"][0]
    assert item["assets"] == [{"kind": "software-package", "url": console.addresses.base + address}]
    assert item["metadata"]["bundle-identifier"] == "com.example.wavelength"
    assert (await console.stranger.get(item["assets"][0]["url"])).content == ipa()


async def test_what_is_no_app_is_said_so(console, link):  # noqa: F811
    for name, content, says in (("a.zip", b"zip", "no app"), ("a.ipa", b"broken", "cannot install this file")):
        sha256 = await made(console, "made222", name, content)
        page = await console.stranger.get(link("made222", sha256) + "/install")
        assert says in page.text, name
        assert (await console.stranger.get(link("made222", sha256) + "/manifest.plist")).status_code == 404
    console.clock.now += 26 * 3600
    sha256 = await made(console, "made222", "a.apk", b"x")
    late = link("made222", sha256)
    console.clock.now += 26 * 3600
    assert (await console.stranger.get(late + "/install")).status_code == 410
