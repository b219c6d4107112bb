"""What reading the source tells, importing nothing."""

import time
from pathlib import Path

import pytest
from tests.project import repositories as r
from tests.project.repositories import write

from asa.project.find import FoundMetadata, find_project


def only(root: Path) -> FoundMetadata:
    (found,) = find_project(root).metadata
    return found


@pytest.mark.parametrize(
    ("files", "reference", "modules", "roots"),
    [
        (r.FLAT, "database:Base", ("models",), (".",)),
        (r.SRC, "shop.db.base:Base", ("shop.models.plain", "shop.models.user"), ("src",)),
        (r.BACKEND, "app.db.base:Base", ("app.models.post", "app.models.user"), ("backend",)),
        (r.TABLES, "app.tables:metadata", ("app.more", "app.tables"), (".",)),
        (r.GENERATED, "app.mapping:Model", ("app.users",), (".",)),
        (r.OLD_STYLE, "app:Base", ("app",), (".",)),
        (r.IMPERATIVE, "shop.orm:mapper_registry", ("shop.orm",), (".",)),
        (r.SQLMODEL, "sqlmodel:SQLModel", ("app.models",), (".",)),
        (r.ADVANCED_ALCHEMY, "advanced_alchemy.base:UUIDAuditBase", ("app.models",), (".",)),
        (r.PACKAGE_CALLED_SRC, "src.database:Base", ("src.auth.models",), (".",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_base_modules_and_import_root(
    tmp_path: Path,
    files: dict[str, str],
    reference: str,
    modules: tuple[str, ...],
    roots: tuple[str, ...],
) -> None:
    """The base, every module that maps with it, and what goes on sys.path."""
    source = find_project(write(tmp_path, files))
    (found,) = source.metadata
    assert found.reference == reference
    assert found.modules == modules
    assert source.pythonpath(*found.modules) == roots


def test_classes_carry_their_place(tmp_path: Path) -> None:
    found = only(write(tmp_path, r.FLAT))
    assert [(c.name, c.table, str(c.place)) for c in found.classes] == [
        ("User", "users", "models.py:7"),
        ("Order", "orders", "models.py:15"),
    ]


def test_model_module_that_names_no_sqlalchemy(tmp_path: Path) -> None:
    """A model whose columns come from the project's own helpers is found by its base."""
    names = {c.name for c in only(write(tmp_path, r.SRC)).classes}
    assert names == {"Tag", "User"}


def test_sqlmodel_without_table_is_no_table(tmp_path: Path) -> None:
    assert [c.name for c in only(write(tmp_path, r.SQLMODEL)).classes] == ["Hero"]


def test_function_that_maps_is_named(tmp_path: Path) -> None:
    assert only(write(tmp_path, r.IMPERATIVE)).starters == ("shop.orm:map_tables",)


def test_two_bases_are_two_candidates_with_counts(tmp_path: Path) -> None:
    found = find_project(write(tmp_path, r.SEVERAL)).metadata
    assert [(f.reference, f.table_count) for f in found] == [
        ("one.models:Base", 2),
        ("two.models:Base", 1),
    ]


def test_two_bases_over_one_metadata_are_one(tmp_path: Path) -> None:
    shared = """
        from sqlalchemy import Column, Integer, MetaData
        from sqlalchemy.orm import DeclarativeBase

        meta = MetaData()


        class One(DeclarativeBase):
            metadata = meta


        class Two(DeclarativeBase):
            metadata = meta


        class A(One):
            __tablename__ = "a"
            id = Column(Integer, primary_key=True)


        class B(Two):
            __tablename__ = "b"
            id = Column(Integer, primary_key=True)
    """
    found = only(write(tmp_path, {"m.py": shared}))
    assert (found.reference, found.table_count) == ("m:One", 2)


def test_broken_file_elsewhere_does_not_stop_the_search(tmp_path: Path) -> None:
    broken = {"scripts/old.py": "import sqlalchemy\nprint 'python 2'\n"}
    assert only(write(tmp_path, r.FLAT, broken)).reference == "database:Base"


def test_repository_without_models(tmp_path: Path) -> None:
    source = find_project(write(tmp_path, {"main.py": "import sqlalchemy\n"}))
    assert source.metadata == ()
    assert source.files == 1


def test_five_hundred_files_are_read_in_linear_time(tmp_path: Path) -> None:
    body = "\n\n".join(f"def f{n}(a, b):\n    return [a, b, {n}]" for n in range(60))
    for n in range(500):
        folder = tmp_path / "app" / f"part{n % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"m{n}.py").write_text(f"from sqlalchemy import select\nimport os\n{body}\n")
    write(tmp_path, {"app/models.py": r.USER.format(base="app.base"), "app/base.py": r.BASE})
    started = time.process_time()
    source = find_project(tmp_path)
    assert time.process_time() - started < 15
    assert source.files == 502
    assert source.metadata[0].modules == ("app.models",)


def test_what_a_server_is_told_to_serve_names_the_import_root(tmp_path: Path) -> None:
    """Folders without `__init__.py` and no import of the project's own between them."""
    files = {
        "app/models.py": r.OLD_STYLE["app.py"],
        "app/main.py": "app = None\n",
        "serve.py": 'import uvicorn\n\nuvicorn.run("app.main:app")\n',
    }
    source = find_project(write(tmp_path, files))
    assert source.metadata[0].reference == "app.models:Base"
    assert source.pythonpath("app.models") == (".",)
