"""A service with a certificate of the company's own authority: trusted where the daemon is told of it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentinel.adapters.http.client import Client, trusted
from sentinel.errors.daemon import AuthorityFileError
from tests.adapters.certificates import certificate, serving
from tests.adapters.http_services import answers, serve

ASK = """
import asyncio, sys
from sentinel.adapters.http.client import Client
async def ask():
    async with Client() as client:
        return await client.get(sys.argv[1], seconds=10)
print(asyncio.run(ask()).reason)
"""


async def test_the_file_of_daemon_toml_is_trusted(tmp_path: Path) -> None:
    made, key = certificate(tmp_path)
    async with serve(answers(200), serving(made, key)) as service:
        async with Client(made) as client:
            assert (await client.get(service.url, seconds=10)).ok
        async with Client() as client:
            reply = await client.get(service.url, seconds=10)
    assert not reply.ok
    assert reply.reason.startswith("has a certificate that is not trusted (")
    assert reply.reason.endswith("); name its authority as `ca` in daemon.toml")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_what_the_daemons_environment_names_is_trusted_as_by_other_programs(
    tmp_path: Path, variable: str
) -> None:
    made, key = certificate(tmp_path)
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "company.pem").write_bytes(made.read_bytes())
    _rehash(folder)
    named = made if variable == "SSL_CERT_FILE" else folder
    async with serve(answers(200), serving(made, key)) as service:
        asking = await _asked(service.url, {variable: str(named)})
    assert asking == "answered 200\n"


def _rehash(folder: Path) -> None:
    subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)


async def _asked(url: str, environment: dict[str, str]) -> str:

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASK, url, env={**os.environ, **environment}, stdout=subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.decode()


@pytest.mark.parametrize("content", [None, b"", b"no certificate\n"])
def test_a_file_that_holds_no_certificate_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(AuthorityFileError, match=r"company\.pem, which daemon\.toml names as `ca`, cannot be used: "):
        trusted(file)
