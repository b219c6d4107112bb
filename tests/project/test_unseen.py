"""No module that makes a table goes unseen: its table would be dropped by the next revision."""

from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import BASE, dedented, write

from asa.config import Config
from asa.errors import ProjectError
from asa.project.find import find_project
from asa.project.load import load_models

KEY = "id = Column(Integer, primary_key=True)"
COLUMNS = "from sqlalchemy import Column, Integer\n"
ORM = "from sqlalchemy.orm import DeclarativeBase, DeclarativeMeta, declarative_base, registry\n"
SQLMODEL = "from sqlmodel import Field, SQLModel\nfrom sqlalchemy.orm import registry\n"
THING = f'class Thing(Base):\n    __tablename__ = "things"\n    {KEY}\n'

BASES = {
    "metaclass": """
        mapper_registry = registry()


        class Base(metaclass=DeclarativeMeta):
            __abstract__ = True
            registry = mapper_registry
            metadata = mapper_registry.metadata
            __init__ = mapper_registry.constructor
    """,
    "call as a base": """
        class Base(declarative_base()):
            __abstract__ = True
    """,
    "registry of its own": """
        class Base(DeclarativeBase):
            registry = registry()
    """,
    "one of two": """
        try:

            class Base(DeclarativeBase):
                pass
        except ImportError:
            Base = declarative_base()
    """,
    "generic": """
        from typing import Generic, TypeVar

        T = TypeVar("T")


        class Root(DeclarativeBase, Generic[T]):
            pass


        class Base(Root[int]):
            __abstract__ = True
    """,
}


@pytest.mark.parametrize("kind", BASES)
def test_base_of_every_kind(tmp_path: Path, kind: str) -> None:
    files = {
        "base.py": ORM + dedented(BASES[kind]),
        "things.py": COLUMNS + "from base import Base\n" + THING,
    }
    assert_all_seen(write(tmp_path, files), "things")


def assert_all_seen(root: Path, *tables: str) -> None:
    """See that the import shows exactly these tables, over all MetaData."""
    models = load_models(Config(root))
    assert sorted(name for m in models.metadata for name in m.tables) == sorted(tables)


INSIDE = f'class Outer:\n    class Thing(Base):\n        __tablename__ = "things"\n        {KEY}\n'
BY_TYPE = """
    columns = {"__tablename__": "things", "id": Column(Integer, primary_key=True)}
    Thing = type("Thing", (Base,), columns)
"""
IN_A_LOOP = """
    from sqlalchemy import Table

    for name in ("things",):
        Table(name, Base.metadata, Column("id", Integer, primary_key=True))
"""
LONG = f'class Thing(\n    Mixin,\n    Base,\n):\n    __tablename__ = "things"\n    {KEY}\n'
HIDDEN = {
    "file named like a test": ("app/lab_test.py", THING),
    "file named like tests": ("app/test_result.py", THING),
    "package called docs": ("app/docs/models.py", THING),
    "class inside a class": ("app/outer.py", INSIDE),
    "class made by type": ("app/made.py", dedented(BY_TYPE)),
    "class made by a function": (
        "app/made.py",
        'from app.factory import make\n\nThing = make("things")\n',
    ),
    "table made by a function": (
        "app/made.py",
        'from app.factory import table\n\nthings = table("things")\n',
    ),
    "table in a loop": ("app/loop.py", dedented(IN_A_LOOP)),
    "bases on lines of their own": ("app/long.py", LONG),
}
FACTORY = f"""
    from sqlalchemy import Column, Integer, Table

    from app.base import Base


    def make(name):
        class Made(Base):
            __tablename__ = name
            {KEY}

        return Made


    def table(name):
        return Table(name, Base.metadata, Column("id", Integer, primary_key=True))
"""


@pytest.mark.parametrize("where", HIDDEN)
def test_module_is_imported_wherever_its_table_hides(tmp_path: Path, where: str) -> None:
    path, text = HIDDEN[where]
    # No mention of SQLAlchemy here: the columns come by way of the project's own module.
    head = "from app.base import Base, Column, Integer, Mixin\n\n"
    base = f"{COLUMNS}{dedented(BASE)}\n\nclass Mixin:\n    pass\n"
    first = 'class First(Base):\n    __tablename__ = "first"\n    ' + KEY
    files = {
        "app/__init__.py": "",
        "app/base.py": f"{base}\n\n{first}\n",
        "app/factory.py": FACTORY,
        "app/docs/__init__.py": "",
        path: head + text,
        "docs/models.py": head + THING,
        "tests/test_models.py": f"{head}def test_it():\n    pass\n\n\n{THING}",
        "app/test_models.py": f"import pytest\n{head}{THING}",
    }
    assert_all_seen(write(tmp_path, files), "first", "things")


def test_sqlmodel_with_a_registry_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("sqlmodel")
    source = """
        class Base(SQLModel, registry=registry()):
            pass


        class Hero(Base, table=True):
            id: int | None = Field(default=None, primary_key=True)


        class Team(SQLModel, table=True):
            id: int | None = Field(default=None, primary_key=True)
    """
    root = write(tmp_path, {"m.py": SQLMODEL + dedented(source)})
    found = find_project(root).metadata
    assert [f.reference for f in found] == ["m:Base", "sqlmodel:SQLModel"]
    assert [m.tables for m in load_models(Config(root)).metadata] == [("hero",), ("team",)]


def test_base_from_mixins_of_a_library(tmp_path: Path) -> None:
    """advanced-alchemy's mixins stand beside its bases and lead to no MetaData."""
    pytest.importorskip("advanced_alchemy")
    source = """
        from advanced_alchemy.base import BigIntPrimaryKey, CommonTableAttributes, create_registry
        from sqlalchemy.orm import DeclarativeBase


        class Base(CommonTableAttributes, DeclarativeBase):
            registry = create_registry()


        class Thing(BigIntPrimaryKey, Base):
            __tablename__ = "things"
    """
    root = write(tmp_path, {"m.py": source})
    assert [f.reference for f in find_project(root).metadata] == ["m:Base"]
    assert_all_seen(root, "things")


def test_table_in_another_metadata_than_its_base_is_an_error(tmp_path: Path) -> None:
    """The library puts a class with `__bind_key__` into a MetaData of that name."""
    source = """
        from sqlalchemy import MetaData

        side = MetaData()


        class Aside(Base):
            __tablename__ = "aside"
            metadata = side
            id = Column(Integer, primary_key=True)
    """
    root = write(tmp_path, {"app.py": dedented(r.OLD_STYLE["app.py"]) + dedented(source)})
    models = find_project(root).metadata
    assert {f.reference for f in models} == {"app:Base", "app:Aside"}
    hidden = "\n\nclass Bound(Base):\n    __tablename__ = 'bound'\n    metadata = side or None\n"
    hidden += "    id = Column(Integer, primary_key=True)\n"
    (root / "app.py").write_text((root / "app.py").read_text() + hidden)
    with pytest.raises(ProjectError, match="class Bound is in another MetaData"):
        load_models(Config(root, metadata=("app:Base",)))
