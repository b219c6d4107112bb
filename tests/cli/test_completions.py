"""The completions answer what a shell asks, and the scripts kept here are the current ones."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.completions import DIRECTORY, FILES, script

# The release whose scripts are in the repository; older ones wrote some of them otherwise.
TYPER = (0, 29)


def asked(shell: str, folder: Path | None = None, **words: str) -> str:
    """Return what asa answers to a shell that completes in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "asa"],
        cwd=folder,
        env={**os.environ, "_ASA_COMPLETE": f"complete_{shell}", **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def test_bash_completes_a_command() -> None:
    assert asked("bash", COMP_WORDS="asa de", COMP_CWORD="1").split() == ["demo"]


def test_bash_completes_an_option() -> None:
    assert asked("bash", COMP_WORDS="asa demo --k", COMP_CWORD="2").split() == ["--keep"]


def test_bash_is_told_nothing_for_a_word_that_begins_no_command() -> None:
    assert asked("bash", COMP_WORDS="asa zz", COMP_CWORD="1").split() == []


def test_zsh_completes_a_command_with_its_help() -> None:
    answer = asked("zsh", _TYPER_COMPLETE_ARGS="asa de")
    assert answer.startswith("""_arguments '*: :(("demo":"Walk the whole road""")


def test_fish_completes_a_command_with_its_help() -> None:
    answer = asked("fish", _TYPER_COMPLETE_ARGS="asa de", _TYPER_COMPLETE_FISH_ACTION="get-args")
    command, _, about = answer.strip().partition("\t")
    assert command == "demo"
    assert about.startswith("Walk the whole road")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("asa rules n-pl", ["n-plus-one"]),
        ("asa rules Missing", ["MissingGreenlet"]),
        ("asa examples q", ["query_patterns"]),
        ("asa upgrade 3f", ["3f9c"]),
        ("asa show h", ["head"]),
        ("asa review a", ["a71d"]),
        ("asa migrate x --rename us", ["users"]),
        ("asa show zz", []),
    ],
)
def test_words_of_the_project_are_offered(tmp_path: Path, typed: str, offered: list[str]) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (versions / "1_a.py").write_text('"""widen sku"""\n\nrevision: str = "a71d"\n')
    (versions / "2_b.py").write_text('"""add orders"""\n\nrevision = "3f9c"\n')
    (tmp_path / "models.py").write_text('class User(Base):\n    __tablename__ = "users"\n')
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    assert asked("bash", tmp_path, **words).split() == offered


def test_nothing_is_offered_where_nothing_is(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "asa show a", "COMP_CWORD": "2"}
    assert asked("bash", tmp_path, **words).split() == []


def test_no_heavy_package_is_loaded_to_complete() -> None:
    program = (
        "import sys; from asa.cli.completion import complete_revision, complete_rule, "
        "complete_table; complete_rule(''), complete_revision(''), complete_table('')\n"
        "print({'sqlalchemy', 'alembic', 'sqlglot'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.fixture
def asa_on_path(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which `asa` is the one under test."""
    program = tmp_path / "bin" / "asa"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m asa "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}


def test_a_real_bash_completes_with_the_script(asa_on_path: dict[str, str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    typed = f"""
        source "{DIRECTORY / FILES["bash"]}"
        set -- $(complete -p asa)
        COMP_WORDS=(asa de); COMP_CWORD=1
        while [ "$1" != -F ]; do shift; done
        "$2" asa
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        [bash, "--norc", "-c", typed], env=asa_on_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["demo"]


def test_a_real_zsh_takes_the_script(asa_on_path: dict[str, str]) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("zsh is not installed")
    typed = f"""
        autoload -Uz compinit && compinit -D
        source "{DIRECTORY / FILES["zsh"]}"
        _arguments() {{ print -r -- "$@" }}
        words=(asa de) CURRENT=2
        $_comps[asa]
    """
    done = subprocess.run(
        [zsh, "-f", "-c", typed], env=asa_on_path, capture_output=True, text=True, check=True
    )
    assert '"demo"' in done.stdout


def test_a_real_fish_completes_with_the_script(asa_on_path: dict[str, str]) -> None:
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    typed = f'source "{DIRECTORY / FILES["fish"]}"; complete --do-complete "asa de"'
    done = subprocess.run(
        [fish, "--no-config", "-c", typed],
        env=asa_on_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[0] == "demo"


@pytest.mark.parametrize("shell", FILES)
def test_the_script_in_the_repository_is_what_the_generator_writes(shell: str) -> None:
    installed = tuple(int(part) for part in version("typer").split(".")[:2])
    if installed < TYPER:
        pytest.skip(f"the scripts are those of typer {'.'.join(map(str, TYPER))} or later")
    assert (DIRECTORY / FILES[shell]).read_text(encoding="utf-8") == script(shell)
