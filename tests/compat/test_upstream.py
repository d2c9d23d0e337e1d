"""What kafka-python's own tests told, and the list of those that have to pass."""

import io
import json
import tarfile
from pathlib import Path

from compat.upstream import Verdict, judge, listed, outcomes, prepare, record

REPORT = """<testsuites><testsuite>
<testcase classname="test.integration.test_admin" name="test_good" time="1"/>
<testcase classname="test.integration.test_admin.TestSsl" name="test_in_class"/>
<testcase classname="test.integration.test_admin" name="test_param[None]"/>
<testcase classname="test.integration.test_admin" name="test_bad"><failure message="no&#10; such group">x</failure></testcase>
<testcase classname="test.integration.test_admin" name="test_skipped"><skipped message="old"/></testcase>
<testcase classname="test.integration.test_admin" name="test_torn"/>
<testcase classname="test.integration.test_admin" name="test_torn"><error message="at teardown"/></testcase>
</testsuite></testsuites>"""  # noqa: E501
ADMIN = "test/integration/test_admin.py"


def test_outcomes_are_told_by_node_id() -> None:
    assert outcomes(REPORT) == {
        f"{ADMIN}::test_good": "passed",
        f"{ADMIN}::TestSsl::test_in_class": "passed",
        f"{ADMIN}::test_param[None]": "passed",
        f"{ADMIN}::test_bad": "failure: no such group",
        f"{ADMIN}::test_skipped": "skipped: old",
        f"{ADMIN}::test_torn": "error: at teardown",
    }


def test_what_is_listed_has_to_pass_and_what_is_not_run_has_not() -> None:
    found = {"a": "passed", "b": "failure: x", "d": "passed"}
    assert judge(["a", "b", "c"], found) == Verdict(["a"], {"b": "failure: x", "c": "not run"}, ["d"])


def test_the_list_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "upstream.json"
    record(Verdict(["a"], {"c": "failure"}, ["b"]), path)
    assert json.loads(path.read_text()) == ["a", "b", "c"]


def test_the_list_is_sorted_and_not_empty() -> None:
    names = listed()
    assert len(names) >= 43
    assert names == sorted(set(names))


def test_what_the_archive_leaves_out_is_put_there(tmp_path: Path) -> None:
    archive = tmp_path / "client.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("client-1/test/integration/conftest.py")
        tar.addfile(member, io.BytesIO())
    prepare(archive, tmp_path)
    tests = tmp_path / "client-1" / "test"
    assert (tests / "__init__.py").exists()
    assert "class ExternalService" in (tests / "service.py").read_text()
    assert (tests / "integration" / "conftest.py").exists()
