"""Drivers are built once, kept until a file changes, and a failure tells what was printed."""

import asyncio
import sys
from pathlib import Path

import pytest

from compat.building import Builds, digest
from compat.catalog import Client, choose_clients
from compat.failures import NotRun, ScenarioFailed

COPY = [sys.executable, "-c", "import pathlib; pathlib.Path('built').write_text(open('source').read())"]


@pytest.fixture
def client(tmp_path: Path) -> Client:
    folder = tmp_path / "client"
    folder.mkdir()
    (folder / "source").write_text("1")
    return Client("fake", "1", "C", folder, ["{build}/built", "{python}"], build=[COPY])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "build"


def ready(target: Path, *clients: Client) -> list[list[str]]:
    async def scenario() -> list[list[str]]:
        builds = Builds(target)
        return await asyncio.gather(*(builds.ready(client) for client in clients))

    return asyncio.run(scenario())


def test_a_driver_is_built_where_its_command_looks_for_it(client: Client, target: Path) -> None:
    ((built, python),) = ready(target, client)
    assert Path(built).read_text() == "1"
    assert python == sys.executable
    assert Path(built).parent.parent == target


def test_what_is_there_is_not_built_again(client: Client, target: Path) -> None:
    ready(target, client)
    ((built, _),) = ready(target, client)
    before = Path(built).stat().st_mtime_ns
    ready(target, client, client)
    assert Path(built).stat().st_mtime_ns == before


def test_a_changed_file_is_built_and_the_old_build_goes(client: Client, target: Path) -> None:
    ready(target, client)
    (client.folder / "source").write_text("2")
    ((built, _),) = ready(target, client)
    assert Path(built).read_text() == "2"
    assert len(list(target.iterdir())) == 1


def test_the_way_it_is_built_counts_as_a_change(client: Client) -> None:
    assert digest(client) != digest(client._replace(build=[]))


def test_what_it_shares_is_copied_into_the_build_and_counts_as_a_change(client: Client, target: Path) -> None:
    shared = client.folder.parent / "common"
    shared.mkdir()
    copy = [sys.executable, "-c", "import shutil; shutil.copy('common/words', 'built')"]
    sharing = client._replace(shares=["common"], build=[copy])
    for words in ("1", "2"):
        (shared / "words").write_text(words)
        ((built, _),) = ready(target, sharing)
        assert Path(built).read_text() == words


def test_a_failed_build_tells_what_was_printed_and_leaves_nothing(client: Client, target: Path) -> None:
    failing = client._replace(build=[[sys.executable, "-c", "print('no such crate'); raise SystemExit(3)"]])
    with pytest.raises(ScenarioFailed, match=r"(?s)building fake: .* ended with status 3\nno such crate"):
        ready(target, failing)
    assert list(target.iterdir()) == []


def test_a_failed_build_is_not_tried_twice_in_a_run(client: Client, target: Path) -> None:
    failing = client._replace(build=[["false"]])

    async def scenario() -> list[object]:
        builds = Builds(target)
        return [*await asyncio.gather(*(builds.ready(failing) for _ in range(2)), return_exceptions=True)]

    first, second = asyncio.run(scenario())
    assert first is second


def test_what_the_machine_lacks_is_named(client: Client, target: Path) -> None:
    lacking = client._replace(needs=["no-such-program", "sh"])
    with pytest.raises(NotRun, match=r"^needs no-such-program$"):
        ready(target, lacking)


@pytest.mark.parametrize("client", choose_clients([]), ids=lambda client: client.name)
def test_every_client_says_what_it_is(client: Client) -> None:
    assert client.version
    assert client.language
    assert client.command
    assert client.needs or client.python_packages
