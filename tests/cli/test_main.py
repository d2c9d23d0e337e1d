"""`kawa` finds its commands and turns errors into one line and an exit status."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from broker.cli.main import COMMANDS, main


def test_kawa_alone_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("kawa ")


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explode"]) == 2
    assert capsys.readouterr().err == f"kawa: no command 'explode'; there are {', '.join(COMMANDS)}\n"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert "usage: kawa" in capsys.readouterr().out


def test_percent_signs_in_help_are_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["consume", "--help"])
    assert "Formats: %s value, %k key" in capsys.readouterr().out


def test_only_what_must_be_there_is_called_required(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["produce"]) == 2
    assert ": topic (kawa produce --help" in capsys.readouterr().err


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_is_a_module_with_register_and_run(name: str) -> None:
    module = import_module(COMMANDS[name].module)
    assert callable(module.register)
    assert callable(module.run)


def test_a_wrong_argument_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["consume"]) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("kawa: the following arguments are required: topic")
    assert shown.err.count("\n") == 1


def test_who_reads_no_more_ends_the_command_quietly() -> None:
    program = "import sys; from broker.cli.main import main; sys.exit(main(['--help']))"
    ended = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -c "{program}" | true'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "settings"])
def test_a_full_disk_is_one_line(command: str) -> None:
    program = f"import sys; from broker.cli.main import main; sys.exit(main([{command!r}]))"
    with Path("/dev/full").open("w") as full:
        run = [sys.executable, "-c", program]
        ended = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "kawa: writing: No space left on device\n")
