import json
from pathlib import Path

from honk.gateway import package_indexes


def test_pip_urls() -> None:
    listing = """:env:.find-links='/opt/wheels'
global.extra-index-url='\\nhttps://me:secret@extra.test/simple\\nfile:///opt/simple'
global.index-url='http://10.0.0.5:3141/root/dev/+simple/'
global.proxy='http://proxy.test:3128'
install.trusted-host='10.0.0.5'
"""
    assert package_indexes.pip_has_index(listing)
    assert package_indexes.hosts_of(package_indexes.pip_urls(listing)) == {"extra.test:443", "10.0.0.5:3141"}
    assert not package_indexes.pip_has_index("global.timeout='5'\n")
    assert package_indexes.pip_has_index("install.no-index='true'\n")


def test_npm_urls() -> None:
    listing = json.dumps({"registry": "https://main.test/npm/", "@a:registry": "http://[::1]:4873", "//x/:_auth": "no"})
    assert package_indexes.hosts_of(package_indexes.npm_urls(listing)) == {"main.test:443", "[::1]:4873"}
    assert package_indexes.npm_urls("Error: no") == []
    assert package_indexes.hosts_of(["file:///x", "https://", "http://a:b/", "https://[1"]) == frozenset()


async def test_index_hosts_come_from_the_real_pip(tmp_path: Path) -> None:
    """The real pip, configured by its file and by the environment."""
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://file.test/simple\n")
    found = await package_indexes.index_hosts(
        {
            "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"),
            "PIP_EXTRA_INDEX_URL": "https://env.test:8443/simple",
            "npm_config_registry": "https://npm.test/",
        }
    )
    assert {"file.test:443", "env.test:8443"} <= found
    assert {host for host in found if host.startswith("npm")} <= {"npm.test:443"}
