"""A function of the project that knows the password: what it may be, and how its faults read."""

import sys
from pathlib import Path

import pytest

from asa.config import Config, PasswordProvider
from asa.errors import ProjectError
from asa.project.password import load_password

URL = "postgresql+asyncpg://iam@db.internal:5433/shop"
SOURCE = """
import asyncio, functools, os

print("noise on stdout")

def plain():
    return "s3cr3t-plain"

async def waits():
    await asyncio.sleep(0)
    return "s3cr3t-async"

def of_url(url):
    return f"token for {url.username} at {url.host}:{url.port}, {url.password}"

async def of_url_later(url, *, region="eu"):
    return f"{region} {url.database}"

def with_default(region="eu"):
    return region

class Secret:
    def get_secret_value(self):
        return "s3cr3t-held"

def held():
    return Secret()

class Tokens:
    def get(self):
        return "s3cr3t-method"

tokens = Tokens()
bound = functools.partial(with_default, "us")

def fails():
    raise RuntimeError("s3cr3t-in-the-message")

def asks_environment():
    return os.environ["NO_SUCH_TOKEN_HERE"]

def empty():
    return ""

def number():
    return 42

def greedy(url, region):
    return region

text = "s3cr3t-constant"
"""


def provided(root: Path, name: str) -> str:
    (root / "iam.py").write_text(SOURCE)
    return load_password(Config(root), PasswordProvider(f"iam:{name}", "asa.toml"), URL)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("plain", "s3cr3t-plain"),
        ("waits", "s3cr3t-async"),
        ("of_url", "token for iam at db.internal:5433, None"),
        ("of_url_later", "eu shop"),
        ("with_default", "eu"),
        ("held", "s3cr3t-held"),
        ("tokens.get", "s3cr3t-method"),
        ("bound", "us"),
    ],
)
def test_a_function_of_any_kind_gives_the_password(
    tmp_path: Path, name: str, password: str
) -> None:
    assert provided(tmp_path, name) == password


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("fails", "failed, so there is no password: RuntimeError"),
        ("asks_environment", "NO_SUCH_TOKEN_HERE"),
        ("empty", "returned nothing"),
        ("number", "returned no text"),
        ("greedy", "takes more than one argument"),
        ("text", "is no function"),
        ("absent", "absent"),
    ],
)
def test_a_function_that_gives_none_is_told_without_what_it_holds(
    tmp_path: Path, name: str, says: str
) -> None:
    with pytest.raises(ProjectError) as caught:
        provided(tmp_path, name)
    error = caught.value
    assert says in error.message
    assert error.hint
    assert "s3cr3t" not in f"{error.message}{error.hint}{error.details}"


def test_a_failure_says_where_it_happened(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        provided(tmp_path, "fails")
    line = SOURCE.splitlines().index('    raise RuntimeError("s3cr3t-in-the-message")') + 1
    assert ("at", f"iam.py:{line}") in caught.value.details
    assert Path(sys.executable).name in caught.value.hint


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        load_password(Config(tmp_path), PasswordProvider("nowhere:token", "asa.toml"), URL)
