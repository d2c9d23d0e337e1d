"""The shape of the house, held from the first day: sizes, leftovers, a test file for every module."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTION_LINES = 70
FILE_LINES = 500
LONG_FILE_LINES = 800  # messages and tests are lists, and read like lists

WITHOUT_TEST_FILE = {
    "broker/__main__.py": "two lines; started by every end-to-end test",
    "broker/log/engine.py": "an interface: the log's tests run against it",
    "broker/server/wire.py": "an interface: the server's tests run against it",
}
LEFTOVERS = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b|\bbreakpoint\(|NotImplementedError|except Exception: *pass"
)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring: words explain, they do not complicate."""
    body = function.body
    if len(body) > 1 and ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def is_a_list(path: Path) -> bool:
    return "messages" in path.parts or "tests" in path.parts


@pytest.mark.parametrize("path", python_files("broker", "compat", "bench", "tests"), ids=named)
def test_a_file_and_its_functions_fit_their_limits(path: Path) -> None:
    text = path.read_text()
    limit = LONG_FILE_LINES if is_a_list(path) else FILE_LINES
    assert len(text.splitlines()) <= limit, f"{named(path)} wants a second room"
    too_long = {f.name: body_lines(f) for f in functions(ast.parse(text)) if body_lines(f) > FUNCTION_LINES}
    assert not too_long, f"{named(path)}: {too_long} lines, {FUNCTION_LINES} allowed"


@pytest.mark.parametrize("path", python_files("broker", "compat", "bench"), ids=named)
def test_nothing_is_left_over(path: Path) -> None:
    found = [line for line in path.read_text().splitlines() if LEFTOVERS.search(line)]
    assert not found


@pytest.mark.parametrize("path", python_files("broker"), ids=named)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), f"{named(path)} has no docstring"


def test_only_dispatch_catches_everything() -> None:
    catching = {
        named(path)
        for path in python_files("broker")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    }
    assert catching <= {"broker/server/dispatch.py"}


def test_every_module_has_its_test_file() -> None:
    missing = []
    for path in python_files("broker"):
        inside = path.relative_to(ROOT / "broker")
        # Declarations are compared with Kafka's row by row, all of them in one test.
        declares = {"messages", "areas"} & set(path.parts)
        behaves = any(functions(ast.parse(path.read_text())))
        if path.name == "__init__.py" or declares or not behaves or named(path) in WITHOUT_TEST_FILE:
            continue
        if not (ROOT / "tests" / inside.parent / f"test_{path.name}").exists():
            missing.append(named(path))
    assert not missing, f"without a test file: {missing}"


def test_the_exceptions_still_exist() -> None:
    gone = [name for name in WITHOUT_TEST_FILE if not (ROOT / name).exists()]
    assert not gone


def test_every_module_is_imported_by_somebody() -> None:
    """Handlers, messages and commands are found through tables of names; those count as imports."""
    text = "\n".join(path.read_text() for path in python_files("broker"))
    orphans = []
    for path in python_files("broker"):
        if path.name in {"__init__.py", "__main__.py"}:
            continue
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        package, _, name = module.rpartition(".")
        imported = re.search(
            rf"\b{re.escape(module)}\b|from {re.escape(package)} import [^\n]*\b{name}\b", text
        )
        relative = re.search(rf'["\']{name}["\']', text)  # named in a table
        if not imported and not relative:
            orphans.append(named(path))
    assert not orphans


def test_no_module_under_broker_keeps_state_of_its_own() -> None:
    """Module-level names are constants, tables and types: nothing is rebound by `global`."""
    rebinding = [
        named(path)
        for path in python_files("broker")
        if any(isinstance(node, ast.Global) for node in ast.walk(ast.parse(path.read_text())))
    ]
    assert not rebinding


def test_importing_the_package_costs_nothing() -> None:
    code = "import sys; before = set(sys.modules); import broker; print(len(set(sys.modules) - before))"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(output.stdout) == 1
