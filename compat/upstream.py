"""kafka-python's own integration tests against Kawa: `python -m compat upstream`.

They are in its source distribution, which is fetched and unpacked at run time, never committed. What has
passed once is in `upstream.json` and has to pass for ever: the list only grows (`--record`). The archive
leaves out two files of the tests' own, which are put beside them: the package's mark, and what stands
for a broker that is running already.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from compat.brokers.broker import BrokerOptions
from compat.brokers.kafka_files import free_ports
from compat.brokers.kawa import KawaBroker
from compat.catalog import choose_clients
from compat.failures import BadUsage
from compat.processes import ROOT

PASSED = Path(__file__).parent / "upstream.json"
FOLDER = ROOT / "build" / "compat" / "upstream"
TESTS = "test/integration"
TIMEOUT_S = 600.0
SPEAKS_LIKE = "4.3.0"
SERVICE = '''\
class ExternalService:
    """A broker that runs already."""

    def __init__(self, host, port):
        self.host, self.port = host, port

    def open(self):
        """It is open."""

    def close(self):
        """It goes on."""


class SpawnedService:
    """There is none: the broker runs already."""
'''


class Verdict(NamedTuple):
    """What came of a run, test by test; each list sorted."""

    kept: list[str]
    broken: dict[str, str]
    new: list[str]


def fetch() -> Path:
    """The unpacked source distribution. Raises: BadUsage: it cannot be had."""
    version = next(client.version for client in choose_clients(["kafka-python"]))
    unpacked = FOLDER / f"kafka_python-{version}"
    if not unpacked.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        command += ["--dest", str(FOLDER), f"kafka-python=={version}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
            raise BadUsage(f"kafka-python's source distribution cannot be fetched: {last}")
        prepare(next(FOLDER.glob("*.tar.gz")), FOLDER)
    return unpacked


def prepare(archive: Path, folder: Path) -> None:
    """Unpack it, and add what it leaves out of its tests."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    for tests in folder.glob("*/test"):
        (tests / "__init__.py").touch()
        if not (tests / "service.py").exists():
            (tests / "service.py").write_text(SERVICE)


async def run_tests(folder: Path, tests: Sequence[str], *, bootstrap: str) -> dict[str, str]:
    """The tests' outcomes: "passed", or in one line why not. Without `tests` all are run."""
    report = FOLDER / f"report-{os.getpid()}.xml"
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-q"]
    command += ["-p", "no:cacheprovider", "--tb=line", "--junit-xml", str(report), *(tests or [TESTS])]
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(folder),
        "KAFKA_ROOT": str(folder),  # it has to exist; nothing is started from it
        "KAFKA_URI": f"kafka://{bootstrap}",
        "KAFKA_VERSION": SPEAKS_LIKE,
    }
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await process.wait()
        return outcomes(report.read_text())
    except TimeoutError:
        return {}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        report.unlink(missing_ok=True)


def outcomes(report: str) -> dict[str, str]:
    """By node id, out of pytest's JUnit report."""
    found: dict[str, str] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        parts = case.get("classname", "").split(".")
        module = next(i for i, part in enumerate(parts) if part.startswith("test_"))
        path = "/".join(parts[: module + 1]) + ".py"
        name = "::".join([path, *parts[module + 1 :], case.get("name", "")])
        trouble = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        if trouble is None:
            found.setdefault(name, "passed")
        else:
            message = " ".join((trouble.get("message") or "").split())
            found[name] = f"{trouble.tag}: {message[:200]}"
    return found


def judge(wanted: Iterable[str], found: dict[str, str]) -> Verdict:
    """`wanted` have to pass; a test that was not run has not."""
    passed = {name for name, outcome in found.items() if outcome == "passed"}
    listed = set(wanted)
    broken = {name: found.get(name, "not run") for name in sorted(listed - passed)}
    return Verdict(sorted(listed & passed), broken, sorted(passed - listed))


def listed() -> list[str]:
    return list(json.loads(PASSED.read_text()))


def record(verdict: Verdict, path: Path = PASSED) -> None:
    """Add what is new; nothing is ever taken away."""
    names = sorted({*verdict.kept, *verdict.broken, *verdict.new})
    path.write_text(json.dumps(names, indent=1) + "\n")


async def against_kawa(*, every: bool) -> Verdict:
    """Start a broker and run the listed tests, or `every` one to find those that pass by now."""
    folder, wanted = fetch(), listed()
    (port,) = free_ports(1).nodes
    listener = f"PLAINTEXT://127.0.0.1:{port}"
    settings = (
        ("node.id", "0"),
        ("num.partitions", "4"),
        ("advertised.listeners", listener),
        ("group.min.session.timeout.ms", "1"),  # their members have short sessions
    )
    async with KawaBroker(BrokerOptions(settings=settings), port=port) as broker:
        found = await run_tests(folder, () if every else wanted, bootstrap=broker.bootstrap)
    return judge(wanted, found)
