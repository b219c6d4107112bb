"""Projects in a few lines, judged by one model rule."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import cast

from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapper

from asa.model.design import Design
from asa.model.finding import Finding
from asa.model.mapping import ProjectModels
from asa.project import mapping_facts
from asa.project.find import ProjectSource, find_project
from asa.project.mapping import mapped_class, metadata_facts
from asa.project.usage import read_usage
from asa.rules import rule_named

PREAMBLE = """
import datetime, decimal, enum, uuid
from sqlalchemy import *
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
"""
BASE = "class Base(DeclarativeBase): pass"
ID = "id: Mapped[int] = mapped_column(primary_key=True)"


@dataclass(frozen=True)
class Case:
    """Models, the code beside them, and the database that they are for.

    Attributes:
        user: Body of a class `User` over `users`, beside its key; no such class where None.
        post: Body of a class `Post` over `posts`, likewise.
        models: Further models.
        code: The application.
        base: The declarative base.
    """

    user: str | None = None
    post: str | None = None
    models: str = ""
    code: str = ""
    dialect: str | None = "postgresql"
    base: str = BASE

    def __str__(self) -> str:
        told = " ".join(filter(None, (self.user, self.post, self.models, self.code, self.base)))
        return " ".join(told.split())[:80]

    @property
    def source(self) -> str:
        """The module of models."""
        made = [
            mapped(name, body)
            for name, body in (("User", self.user), ("Post", self.post))
            if body is not None
        ]
        return "\n\n".join([PREAMBLE, dedent(self.base), dedent(self.models), *made])


def mapped(name: str, body: str) -> str:
    """Return a mapped class."""
    head = f'class {name}(Base):\n    __tablename__ = "{name.lower()}s"\n    {ID}\n'
    return head + indent(dedent(body), "    ")


def design(case: Case) -> Design:
    """Import the models and read the source, as `asa lint` does; the import is in this process."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "models.py").write_text(case.source)
        (root / "app.py").write_text(dedent(case.code))
        source = find_project(root)
        return Design(loaded(case.source, source), read_usage(root, source), case.dialect)


def loaded(models: str, source: ProjectSource) -> ProjectModels:
    """Return what importing some models tells."""
    mappers: list[Mapper[object]] = []

    def note(mapper: Mapper[object], _: object) -> None:
        mappers.append(mapper)

    event.listen(Mapper, "after_mapper_constructed", note)
    try:
        namespace: dict[str, object] = {"__name__": "models"}
        exec(compile(models, "models.py", "exec"), namespace)  # noqa: S102
        # Its own registry alone: another test of the process may have left one half-defined.
        cast("type[DeclarativeBase]", namespace["Base"]).registry.configure()
    finally:
        event.remove(Mapper, "after_mapper_constructed", note)
    told = mapping_facts.metadata_facts("models:Base", namespace["Base"])
    classes = [mapping_facts.class_facts(mapper) for mapper in mappers]
    found = {(c.module, c.name): c for item in source.metadata for c in item.classes}
    told, classes = json.loads(json.dumps([told, classes]))
    return ProjectModels(
        (metadata_facts(told),), tuple(mapped_class(entry, found) for entry in classes)
    )


def findings(rule: str, case: Case) -> list[Finding]:
    """Return what a rule finds; nothing where it does not hold for the dialect."""
    known = rule_named(rule)
    assert known is not None
    if case.dialect is not None and case.dialect not in known.dialects:
        return []
    return list(cast("Iterable[Finding]", known.check(design(case))))
