"""The settings: where they are looked for, which one wins, and what is refused."""

import os
from pathlib import Path

import pytest

from asa.config import PasswordProvider, UrlReference, environment, find_config
from asa.errors import ConfigurationError, UsageError

NOTHING: dict[str, str] = {}
KNOWN = (
    "url, metadata, alembic, pythonpath, scratch, python, migration_url, password, plain, "
    "databases, select, ignore, severity, per-file"
)


def write(file: Path, text: str) -> Path:
    """Write a file, its directories made where they are absent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_an_empty_directory_has_no_settings(tmp_path: Path) -> None:
    config = find_config(tmp_path, NOTHING)
    assert config.source is None
    assert config.url is None
    assert config.metadata == config.pythonpath == ()


def test_pyproject_is_read(tmp_path: Path) -> None:
    source = write(
        tmp_path / "pyproject.toml",
        """
        [tool.asa]
        url = "env:DATABASE_URL"
        metadata = ["app.models:Base", " other:metadata "]
        alembic = "alembic.ini"
        pythonpath = "src"
        """,
    )
    config = find_config(tmp_path, NOTHING)
    assert config.root == tmp_path
    assert config.source == source
    assert config.url == UrlReference("env:DATABASE_URL", "[tool.asa] in pyproject.toml")
    assert config.metadata == ("app.models:Base", "other:metadata")
    assert config.alembic == "alembic.ini"
    assert config.pythonpath == ("src",)


def test_asa_toml_is_read_where_there_is_no_pyproject(tmp_path: Path) -> None:
    source = write(tmp_path / "asa.toml", 'url = "sqlite:///a.db"')
    config = find_config(tmp_path, NOTHING)
    assert (config.source, config.url) == (source, UrlReference("sqlite:///a.db", "asa.toml"))


def test_asa_toml_is_read_beside_a_pyproject_that_has_no_table_of_asa(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[project]\nname = "app"')
    source = write(tmp_path / "asa.toml", 'url = "sqlite:///a.db"')
    assert find_config(tmp_path, NOTHING).source == source


def test_pyproject_s_table_wins_over_asa_toml(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.asa]\nurl = "sqlite:///pyproject.db"')
    write(tmp_path / "asa.toml", 'url = "sqlite:///own.db"')
    url = find_config(tmp_path, NOTHING).url
    assert url is not None
    assert url.text == "sqlite:///pyproject.db"


def test_settings_are_found_from_a_directory_below_the_root(tmp_path: Path) -> None:
    write(tmp_path / "asa.toml", 'python = "python3.12"')
    below = tmp_path / "app" / "api"
    below.mkdir(parents=True)
    config = find_config(below, NOTHING)
    assert (config.root, config.python) == (tmp_path, "python3.12")


def test_the_nearest_marker_is_the_root(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", '[tool.asa]\npython = "outer"')
    write(tmp_path / "inner" / "pyproject.toml", "")
    config = find_config(tmp_path / "inner", NOTHING)
    assert (config.root, config.python) == (tmp_path / "inner", None)


def test_a_flag_wins_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    write(tmp_path / "asa.toml", 'url = "sqlite:///file.db"\nscratch = "sqlite:///s.db"')
    config = find_config(tmp_path, {"ASA_URL": "sqlite:///environment.db"})
    assert config.url == UrlReference("sqlite:///environment.db", "ASA_URL in the environment")
    flagged = config.with_flags(url="sqlite:///flag.db")
    assert flagged.url == UrlReference("sqlite:///flag.db", "--url")
    assert flagged.scratch == UrlReference("sqlite:///s.db", "asa.toml")
    assert config.with_flags(scratch="x").scratch == UrlReference("x", "--scratch-url")


def test_an_empty_variable_is_no_setting(tmp_path: Path) -> None:
    assert find_config(tmp_path, {"ASA_URL": ""}).url is None


def test_a_list_in_the_environment_is_parted_by_commas(tmp_path: Path) -> None:
    config = find_config(tmp_path, {"ASA_METADATA": "app.models:Base, app.audit:Base,"})
    assert config.metadata == ("app.models:Base", "app.audit:Base")


def test_dotenv_lies_below_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / ".env", "ASA_URL=sqlite:///dotenv.db\nASA_ALEMBIC=dotenv.ini\nEMPTY\n")
    monkeypatch.setenv("ASA_URL", "sqlite:///real.db")
    monkeypatch.delenv("ASA_ALEMBIC", raising=False)
    config = find_config(tmp_path)
    assert config.url == UrlReference("sqlite:///real.db", "ASA_URL in the environment")
    assert config.alembic == "dotenv.ini"
    assert "EMPTY" not in environment(tmp_path)


def test_without_dotenv_the_environment_is_the_process_s(tmp_path: Path) -> None:
    assert environment(tmp_path) == os.environ


def test_a_dotenv_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"NAME=\xff\xfe\n")
    with pytest.raises(ConfigurationError, match=r"\.env") as caught:
        find_config(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("ulr", 'did you mean "url"?'),
        ("metdata", 'did you mean "metadata"?'),
        ("zzz", f"known keys: {KNOWN}"),
    ],
)
def test_an_unknown_key_names_the_nearest_valid_one(tmp_path: Path, key: str, hint: str) -> None:
    write(tmp_path / "pyproject.toml", f'[tool.asa]\n{key} = "x"')
    with pytest.raises(ConfigurationError) as caught:
        find_config(tmp_path, NOTHING)
    assert caught.value.message == f'[tool.asa] in pyproject.toml has an unknown key "{key}"'
    assert caught.value.hint == hint


@pytest.mark.parametrize("key", ["root", "source", "database"])
def test_what_asa_finds_itself_is_no_setting(tmp_path: Path, key: str) -> None:
    write(tmp_path / "asa.toml", f'{key} = "x"')
    with pytest.raises(ConfigurationError, match="unknown key"):
        find_config(tmp_path, NOTHING)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url = 1", "url of asa.toml must be a string"),
        ("python = true", "python of asa.toml must be a string"),
        ("metadata = 1", "metadata of asa.toml must be a list of strings"),
        ('metadata = ["a:b", 1]', "metadata of asa.toml must be a list of strings"),
    ],
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path / "asa.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        find_config(tmp_path, NOTHING)
    assert caught.value.message == message


@pytest.mark.parametrize("text", ["tool = 1", "[tool]\nasa = 1"])
def test_a_setting_in_the_place_of_the_table_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path / "pyproject.toml", text)
    with pytest.raises(ConfigurationError, match="is not a table"):
        find_config(tmp_path, NOTHING)


def test_a_file_that_is_not_toml_is_refused_by_name(tmp_path: Path) -> None:
    file = write(tmp_path / "pyproject.toml", "[tool.asa\n")
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml is not valid TOML") as caught:
        find_config(tmp_path, NOTHING)
    assert str(file) in caught.value.hint


@pytest.mark.parametrize(
    ("text", "variable", "attribute"),
    [
        ("env:DATABASE_URL", "DATABASE_URL", None),
        ("app.settings:db.url", None, ("app.settings", "db.url")),
        ("postgresql://u:p@host/name", None, None),
        ("sqlite:///a.db", None, None),
        ("nonsense", None, None),
        (":nonsense", None, None),
    ],
)
def test_a_reference_is_a_variable_an_attribute_or_a_url(
    text: str, variable: str | None, attribute: tuple[str, str] | None
) -> None:
    reference = UrlReference(text, "--url")
    assert (reference.variable, reference.attribute) == (variable, attribute)


def test_a_url_of_the_environment_has_no_other_way_for_migrations(tmp_path: Path) -> None:
    """The file's way would lead to another database, which an upgrade would change."""
    write(tmp_path / "asa.toml", 'url = "sqlite:///a.db"\nmigration_url = "sqlite:///b.db"')
    own = find_config(tmp_path, NOTHING).migration_url
    assert own is not None
    assert own.text == "sqlite:///b.db"
    elsewhere = {"ASA_URL": "sqlite:///c.db"}
    assert find_config(tmp_path, elsewhere).migration_url is None
    both = {**elsewhere, "ASA_MIGRATION_URL": "sqlite:///d.db"}
    assert find_config(tmp_path, both).migration_url == UrlReference(
        "sqlite:///d.db", "ASA_MIGRATION_URL in the environment"
    )


def test_a_password_names_a_function_and_is_never_shown(tmp_path: Path) -> None:
    write(tmp_path / "asa.toml", 'password = "app.iam:token"')
    assert find_config(tmp_path, NOTHING).password == PasswordProvider(
        "app.iam:token", "password of asa.toml"
    )
    for wrong in ("s3cret", "s3c:ret!", ":token", "app.iam:"):
        with pytest.raises(ConfigurationError, match="module:callable") as caught:
            find_config(tmp_path, {"ASA_PASSWORD": wrong})
        assert wrong not in caught.value.message + caught.value.hint


SEVERAL = """
[tool.asa]
url = "env:DATABASE_URL"
metadata = "app.models:Base"
alembic = "alembic.ini"
migration_url = "env:OWNER_URL"
password = "app.iam:token"

[tool.asa.databases.reports]
url = "env:REPORTS_URL"
metadata = ["app.reports:Base"]
alembic = "reports.ini"
migration_url = "env:REPORTS_OWNER_URL"
password = "app.iam:reports"

[tool.asa.databases.archive]
url = "sqlite:///archive.db"
"""


def test_several_databases_have_names(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", SEVERAL)
    config = find_config(tmp_path, NOTHING)
    origin = "[tool.asa.databases.reports] in pyproject.toml"
    assert [one.name for one in config.databases] == ["reports", "archive"]
    reports = config.with_flags(database="reports")
    assert reports.url == UrlReference("env:REPORTS_URL", origin)
    assert reports.migration_url == UrlReference("env:REPORTS_OWNER_URL", origin)
    assert reports.password == PasswordProvider("app.iam:reports", f"password of {origin}")
    assert (reports.metadata, reports.alembic) == (("app.reports:Base",), "reports.ini")
    assert [one.database for one in config.every_database] == [None, "reports", "archive"]


def test_a_named_database_takes_no_password_and_no_way_of_the_project_s(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", SEVERAL)
    archive = find_config(tmp_path, NOTHING).with_flags(database="archive")
    assert archive.migration_url is None
    assert archive.password is None
    assert (archive.metadata, archive.alembic) == (("app.models:Base",), "alembic.ini")


def test_a_database_flag_wins_over_the_environment(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", SEVERAL)
    config = find_config(tmp_path, {"ASA_URL": "sqlite:///environment.db"})
    url = config.with_flags(database="archive").url
    assert url is not None
    assert url.text == "sqlite:///archive.db"


def test_a_database_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", SEVERAL)
    config = find_config(tmp_path, NOTHING)
    with pytest.raises(ConfigurationError, match="report2") as caught:
        config.with_flags(database="report2")
    assert caught.value.hint == 'did you mean "reports"?'
    with pytest.raises(ConfigurationError) as caught:
        find_config(tmp_path / "none", NOTHING).with_flags(database="main")
    assert caught.value.hint


def test_two_flags_that_name_a_database_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--url and --database"):
        find_config(tmp_path, NOTHING).with_flags(url="sqlite://", database="main")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("databases = 1", "databases in asa.toml is not a table", "[databases.NAME]"),
        ("[databases]\nmain = 1", "[databases.main] in asa.toml is not a table", "url"),
        ("[databases.main]", "[databases.main] in asa.toml has no url", "url"),
        (
            '[databases.main]\nulr = "x"',
            '[databases.main] in asa.toml has an unknown key "ulr"',
            'did you mean "url"?',
        ),
        (
            '[databases.main]\nscratch = "x"',
            '[databases.main] in asa.toml has an unknown key "scratch"',
            "known keys: url, migration_url, password, metadata, alembic",
        ),
        ("[databases.main]\nurl = 1", "url of [databases.main] in asa.toml", ""),
        ('[database.main]\nurl = "x"', 'asa.toml has an unknown key "database"', "databases"),
    ],
)
def test_a_wrong_table_of_a_database_is_refused(
    tmp_path: Path, text: str, message: str, hint: str
) -> None:
    write(tmp_path / "asa.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        find_config(tmp_path, NOTHING)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_url_flag_leads_away_from_the_settings_own_database(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", SEVERAL)
    flagged = find_config(tmp_path, NOTHING).with_flags(url="sqlite:///x.db")
    assert (flagged.migration_url, flagged.database) == (None, None)
    assert flagged.url is not None
    assert flagged.url.typed
    assert not UrlReference("env:NAME", "--url").typed


def test_a_password_flag_insists(tmp_path: Path) -> None:
    flagged = find_config(tmp_path, NOTHING).with_flags(password_from="app.iam:token")
    assert flagged.password == PasswordProvider("app.iam:token", "--password-from", insists=True)
