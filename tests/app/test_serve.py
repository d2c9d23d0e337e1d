"""`kawa serve` as a user sees it: what it prints, how it ends, and what it imports."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 20
SERVE = [sys.executable, "-m", "broker", "serve"]


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    command = [*SERVE, "--port", "0", "--host", "127.0.0.1", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def refused(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit status and stderr of a start that cannot be."""
    ended = subprocess.run(
        [*SERVE, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def test_the_ready_line_is_one_json_object() -> None:
    with serving("--memory", "--ready-json", "--brokers", "2") as process:
        ready = json.loads(first_line(process))
        ports = [row["port"] for row in ready["brokers"]]
        assert ready == {
            "event": "ready",
            "bootstrap_servers": ",".join(f"127.0.0.1:{port}" for port in ports),
            "brokers": [
                {"node_id": i + 1, "host": "127.0.0.1", "port": port} for i, port in enumerate(ports)
            ],
            "data_dir": None,
            "pid": process.pid,
        }
        for port in ports:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()


def test_people_are_told_where_to_connect(tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path)) as process:
        assert first_line(process).startswith("Kawa answers at 127.0.0.1:")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path), "--ready-json") as process:
        ready = json.loads(first_line(process))
        with socket.create_connection(("127.0.0.1", ready["brokers"][0]["port"]), timeout=5):
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == 0


def test_events_are_json_where_nobody_watches(tmp_path: Path) -> None:
    with serving("--memory", "--ready-json") as process:
        ready = json.loads(first_line(process))
        socket.create_connection(("127.0.0.1", ready["brokers"][0]["port"]), timeout=5).close()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        events = [json.loads(line) for line in process.stderr]
    assert {"event", "level", "timestamp"} <= set(events[-1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--set", "log.segment.bytes=many"], ["log.segment.bytes", "many"]),
        (["--set", "no.such.setting=1"], ["no.such.setting"]),
        (["--brokers", "0"], ["kawa.brokers", "0"]),
        (["--topic", "a:0"], ["a:0", "name:partitions"]),
        (["--log-level", "loud"], ["loud", "info"]),
        (["--port", "x"], ["--port", "x", "65535"]),
        (["--config", "/nowhere.toml"], ["/nowhere.toml"]),
    ],
)
def test_a_wrong_setting_is_one_line_and_status_2(arguments: list[str], told: list[str]) -> None:
    status, text = refused("--memory", *arguments)
    assert status == 2
    assert text.count("\n") == 1
    assert all(word in text for word in told), text


def test_a_locked_data_directory_is_one_line_and_status_1(tmp_path: Path) -> None:
    with serving("--data-dir", str(tmp_path), "--ready-json") as process:
        first_line(process)
        status, text = refused("--port", "0", "--data-dir", str(tmp_path))
        assert status == 1
        assert text.count("\n") == 1
        assert str(process.pid) in text


def test_a_data_directory_that_cannot_be_is_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, text = refused("--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert status == 1
    assert text.count("\n") == 1


def test_a_low_limit_of_open_files_is_raised_as_far_as_is_allowed() -> None:
    program = (
        "import resource\n"
        "from broker.app.serve import take_all_descriptors\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 512))\n"
        "take_all_descriptors()\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert told.stdout.strip() == "(512, 512)"


def test_settings_come_from_the_environment_and_a_foreign_one_warns_once() -> None:
    with serving("--memory", "--ready-json", KAFKA_NODE_ID="5", KAFKA_NO_SUCH_THING="1") as process:
        assert json.loads(first_line(process))["brokers"][0]["node_id"] == 5
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert process.stderr.read().count("no.such.thing") == 1


def test_the_ready_line_says_where_clients_are_sent_if_that_is_elsewhere() -> None:
    with serving("--memory", "--set", "advertised.listeners=PLAINTEXT://elsewhere:7") as process:
        assert first_line(process).endswith(" (in memory; clients are told elsewhere:7)\n")


def test_a_setting_that_is_not_acted_on_is_told() -> None:
    options = ("--memory", "--set", "authorizer.class.name=org.example.Authorizer")
    with serving(*options, "--set", "num.partitions=2") as process:
        first_line(process)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=PATIENCE_S)
    events = [json.loads(line) for line in told.splitlines()]
    idle = [event["settings"] for event in events if event["event"] == "settings without effect yet"]
    assert idle == ["authorizer.class.name"]


NOT_BEFORE_THE_FIRST_REQUEST = {
    *("argparse", "cramjam", "dataclasses", "hypothesis", "importlib.metadata", "json", "kafka", "lz4"),
    *(
        "multiprocessing",
        "numpy",
        "rich",
        "structlog",
        "tempfile",
        "tomllib",
        "unittest",
        "uuid",
        "zstandard",
    ),
}


def test_a_start_imports_nothing_that_can_wait() -> None:
    program = (
        "import asyncio, sys\n"
        "asyncio_alone = set(sys.modules)\n"
        "from broker.app.process import running\n"
        "from broker.cli.serve import parse\n"
        "from broker.settings.broker import BrokerSettings\n"
        "async def main():\n"
        "    settings = dict(parse(['--memory', '--port=0']).settings)\n"
        "    async with running(BrokerSettings.from_values(settings)):\n"
        "        print(*sorted(set(sys.modules) - asyncio_alone))\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    imported = set(ended.stdout.split())
    assert not imported & NOT_BEFORE_THE_FIRST_REQUEST
    messages = {name for name in imported if name.startswith("broker.protocol.messages.")}
    assert messages <= {"broker.protocol.messages.api_versions", "broker.protocol.messages.headers"}
    handlers = {name for name in imported if name.startswith("broker.handlers.")}
    assert handlers <= {f"broker.handlers.{name}" for name in ("answer", "api_versions", "context")}
