"""The workflow of `asa lint`: a project in its own interpreter, its source, exemptions."""

from pathlib import Path

import pytest
from tests.project.repositories import write

from asa.config import Config
from asa.errors import ProjectError
from asa.lint import lint

MODELS = """
from datetime import datetime
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

class Base(DeclarativeBase):
    pass

class Stamped:
    made: Mapped[datetime] = mapped_column(default=datetime.utcnow)

class User(Stamped, Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default=[]){comment}

class Post(Stamped, Base):
    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
DATABASE = """
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://u@h/d", echo=True)
"""


def project(root: Path, comment: str = "") -> Config:
    files = {
        "app/__init__.py": "",
        "app/models.py": MODELS.format(comment=comment),
        "app/database.py": DATABASE,
    }
    return Config(write(root, files))


def places(root: Path, comment: str = "") -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in lint(project(root, comment), "postgresql").judgement.findings:
        found.setdefault(finding.rule, []).append(str(finding.location))
    return found


def test_findings_have_the_line_of_the_attribute_or_call(tmp_path: Path) -> None:
    found = places(tmp_path)
    assert found["mutable-default"] == ["app/models.py:14"]
    assert found["echo-left-on"] == ["app/database.py:3"]
    assert found["missing-pre-ping"] == ["app/database.py:3"]


def test_the_attribute_of_a_mixin_is_named_once_where_it_is_written(tmp_path: Path) -> None:
    found = places(tmp_path)
    assert found["naive-clock"] == ["app/models.py:9"]
    assert found["zoneless-datetime"] == ["app/models.py:9"]


def test_errors_come_first(tmp_path: Path) -> None:
    severities = [f.severity for f in lint(project(tmp_path), "postgresql").judgement.findings]
    assert severities == sorted(severities, reverse=True)
    assert severities[0] > severities[-1]


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("  # asa: ignore[mutable-default] a frozen list", True),
        ("  # asa: ignore[mutable-default]", False),
        ("  # asa: ignore[mutable-default] until 2020-01-01: soon", False),
    ],
)
def test_a_comment_with_a_reason_silences(tmp_path: Path, comment: str, silent: bool) -> None:
    result = lint(project(tmp_path, comment), "postgresql")
    found = {finding.rule for finding in result.judgement.findings}
    assert ("mutable-default" not in found) is silent
    assert result.silenced == (1 if silent else 0)


def test_rules_of_another_dialect_are_silent(tmp_path: Path) -> None:
    config = project(tmp_path)
    mysql = {finding.rule for finding in lint(config, "mysql").judgement.findings}
    assert "zoneless-datetime" not in mysql
    assert {f.rule for f in lint(config, "sqlite").judgement.findings}.isdisjoint(
        {"zoneless-datetime", "missing-pool-recycle", "overflowing-key"}
    )


def test_without_a_dialect_the_source_tells_it(tmp_path: Path) -> None:
    assert lint(project(tmp_path), None).design.dialect == "postgresql"


def test_a_project_without_models_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no models"):
        lint(Config(tmp_path), None)
