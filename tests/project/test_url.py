"""Where the source takes its database URL from."""

from pathlib import Path

import pytest
from tests.project.repositories import write

from asa.project.find import FoundUrl, find_project


def first(root: Path, source: str, **more: str) -> FoundUrl:
    files = {
        "app/__init__.py": "",
        "app/db.py": source,
        **{k.replace("__", "/") + ".py": v for k, v in more.items()},
    }
    return find_project(write(root, files)).urls[0]


@pytest.mark.parametrize(
    ("source", "reference"),
    [
        ('create_async_engine(os.environ["DB"])', "env:DB"),
        ('create_async_engine(url=os.getenv("DB"))', "env:DB"),
        ('URL = os.environ["DB"]\nengine = create_async_engine(URL)', "env:DB"),
        ('URL = os.getenv("DB", "sqlite:///x.db")\ne = create_async_engine(URL)', "app.db:URL"),
        ('engine = create_async_engine("sqlite:///x.db")', "app.db:engine.url"),
        ('engine = create_async_engine(os.getenv("DB", "sqlite:///x"))', "app.db:engine.url"),
        (
            'U = os.environ["DB"].replace("postgres://", "x://")\ne = create_async_engine(U)',
            "env:DB",
        ),
        (
            'URL = f"postgresql+asyncpg://{USER}@h/d"\nengine = create_async_engine(URL)',
            "app.db:URL",
        ),
        ('URL = config("DB", cast=str)\nengine = create_async_engine(str(URL))', "env:DB"),
        (
            "def engine():\n    url = os.environ['DB']\n    return create_async_engine(url)",
            "env:DB",
        ),
        (
            (
                "class Database:\n    def __init__(self, url, echo=False):\n"
                "        self.url = url\n        self.engine = create_async_engine(self.url)\n"
                "db = Database(os.environ['DB'], echo=True)"
            ),
            "env:DB",
        ),
        (
            (
                "def make(dsn):\n    return create_async_engine(url=dsn)\n"
                "engine = make(dsn=os.environ['DB'])"
            ),
            "env:DB",
        ),
        (
            (
                "class S:\n    def url(self): return 'sqlite:///x'\ns = S()\n"
                "engine = create_async_engine(s.url())"
            ),
            "app.db:s.url()",
        ),
        ('DSN = os.environ["DATABASE_DSN"]', "env:DATABASE_DSN"),
    ],
)
def test_reference(tmp_path: Path, source: str, reference: str) -> None:
    assert first(tmp_path, f"import os\n{source}\n").reference == reference


SETTINGS = """
    from pydantic_settings import BaseSettings, SettingsConfigDict


    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="SHOP_", env_file=".env")

        debug: bool = False
        database_url: str = "postgresql://shop:hidden@localhost/shop"
"""


def test_settings_instance_given_to_the_engine(tmp_path: Path) -> None:
    source = (
        "from app.settings import settings\nengine = create_async_engine(settings.database_url)"
    )
    settings = SETTINGS + "\n\n    settings = Settings()\n"
    assert first(tmp_path, source, app__settings=settings).reference == (
        "app.settings:settings.database_url"
    )


def test_settings_made_by_a_function(tmp_path: Path) -> None:
    source = """
        from app.settings import get_settings

        def engine():
            settings = get_settings()
            return create_async_engine(settings.database_url)
    """
    settings = SETTINGS + "\n\n    def get_settings():\n        return Settings()\n"
    assert first(tmp_path, source, app__settings=settings).reference == (
        "app.settings:get_settings().database_url"
    )


def test_settings_field_without_an_instance_is_its_variable(tmp_path: Path) -> None:
    found = first(tmp_path, "", app__settings=SETTINGS)
    assert found.reference == "env:SHOP_DATABASE_URL"
    assert found.dialect == "postgresql"
    assert str(found.place) == "app/settings.py:8"


def test_nested_settings_attribute(tmp_path: Path) -> None:
    source = "from app.settings import settings\nengine = create_async_engine(settings.db.url)"
    settings = SETTINGS + "\n\n    settings = Settings()\n"
    assert (
        first(tmp_path, source, app__settings=settings).reference == "app.settings:settings.db.url"
    )


NESTED = """
    from pydantic import BaseModel
    from pydantic_settings import BaseSettings


    class Database(BaseModel):
        url: str
        echo: bool = False


    class Settings(BaseSettings):
        model_config = {"env_prefix": "SHOP_", "env_nested_delimiter": "__"}

        db: Database
"""


def test_field_of_a_nested_settings_class(tmp_path: Path) -> None:
    assert first(tmp_path, "", app__settings=NESTED).reference == "env:SHOP_DB__URL"
    settings = NESTED + "\n\n    settings = Settings()\n"
    found = first(tmp_path, "", app__settings=settings)
    assert found.reference == "app.settings:settings.db.url"


def test_dotenv_tells_name_and_dialect_and_keeps_no_value(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nMAIN_DB=mysql+aiomysql://u:hidden@h/d\n")
    (found,) = find_project(tmp_path).urls
    assert (found.reference, found.dialect, found.driver) == ("env:MAIN_DB", "mysql", "aiomysql")
    assert "hidden" not in repr(found)


def test_async_engine_comes_before_sync_and_test_urls(tmp_path: Path) -> None:
    source = """
        import os
        from sqlalchemy import create_engine

        test = create_async_engine(os.environ["TEST_DATABASE_URL"])
        sync = create_engine(os.environ["SYNC_URL"])
        engine = create_async_engine(os.environ["APP_URL"])
    """
    found = find_project(write(tmp_path, {"app/db.py": source})).urls
    assert found[0].reference == "env:APP_URL"


def test_no_value_of_the_source_is_kept(tmp_path: Path) -> None:
    settings = SETTINGS + "\n\n    settings = Settings()\n"
    source = find_project(write(tmp_path, {"app/settings.py": settings}))
    assert "hidden" not in repr(source)


def test_reader_of_starlette_by_any_name(tmp_path: Path) -> None:
    source = """
        from starlette.config import Config

        read = Config(".env")
        engine = create_async_engine(str(read("MAIN_DSN")))
    """
    assert first(tmp_path, "", app__db=source).reference == "env:MAIN_DSN"


def test_call_of_another_kind_reads_no_variable(tmp_path: Path) -> None:
    source = 'log = make_logger()\nengine = create_async_engine(log("MAIN_DSN"))\n'
    (found,) = find_project(write(tmp_path, {"db.py": source})).urls
    assert found.reference == "db:engine.url"
