"""The image, built once for all tests of it; skipped with the reason where no Docker engine answers."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent.parent
BASE = os.environ.get("KAWA_TEST_BASE_IMAGE", "python:3.11-slim")


def engine() -> Any:
    """A Docker client, or skip with the reason."""
    docker = pytest.importorskip("docker")
    address = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    family = socket.AF_UNIX if address.scheme == "unix" else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.connect(address.path if address.scheme == "unix" else (address.hostname, address.port))
    except OSError as error:
        pytest.skip(f"not run: no Docker engine answers at {address.geturl()} ({error.strerror})")
    return docker.from_env(timeout=300)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    client = engine()
    source = tmp_path_factory.mktemp("image")
    for name in ("pyproject.toml", "README.md", "Dockerfile", ".dockerignore"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "broker", source / "broker", ignore=shutil.ignore_patterns("__pycache__"))
    built, _ = client.images.build(path=str(source), tag="kawa-test", buildargs={"BASE": BASE}, rm=True)
    yield client, built.id
    client.images.remove(built.id, force=True)
    client.close()
