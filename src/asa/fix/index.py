"""Index advice written into the models: worked out as whole files, and seen to say it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from asa.config import Config
from asa.errors import AsaError, UsageError
from asa.fix.source import NotApplied, SourceEdit, put_in_place
from asa.model.finding import Finding, Proved
from asa.model.fix import AddIndex, DropIndex, Fix, keys
from asa.model.mapping import DeclaredTable, MappedClass, ProjectModels
from asa.project.edit import Declaration, NotEdited, with_index, without_index
from asa.project.find import ProjectSource, find_project
from asa.project.load import load_models

__all__ = ["IndexEdits", "index_fixes", "put_back", "put_indexes_in_place", "worked_out_indexes"]

LONGEST_NAME = 60
TOKENS = ("column_0_label", "column_0_N_name", "column_0N_name", "column_0_name", "column_0_key")
INVALID = "invalid-index"


@dataclass(frozen=True, slots=True)
class IndexEdits:
    """What the models become.

    Attributes:
        edits: Whole files.
        left: Findings whose fix has to be written by hand.
        models: As they are before.
    """

    edits: tuple[SourceEdit, ...]
    left: tuple[NotApplied, ...]
    models: ProjectModels


@dataclass(frozen=True, slots=True)
class Home:
    """A table in the source: its file below the root, and how that declares it."""

    file: str
    declared: Declaration
    table: DeclaredTable


class NowhereError(Exception):
    """A table is not found in the models without doubt; the message is a clause."""


def index_fixes(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that a change of the models' indexes would mend."""
    return [f for f in findings if isinstance(f.fix, AddIndex | DropIndex)]


def worked_out_indexes(findings: Iterable[Finding], config: Config) -> IndexEdits:
    """Work out the models with the indexes of findings; nothing is written.

    Args:
        findings: About indexes; those that were not proved are left.
        config: The project's.

    Raises:
        ProjectError: There are no models, or they cannot be imported.
    """
    source = find_project(config.root)
    models = load_models(config, source)
    texts: dict[str, str] = {}
    done: dict[str, list[Finding]] = {}
    left: list[NotApplied] = []
    for finding in findings:
        answer = attempted(finding, models, source, texts)
        if isinstance(answer, NotApplied):
            left.append(answer)
        else:
            done.setdefault(answer, []).append(finding)
    edits = [
        SourceEdit(config.root / f, f, text_of(config.root / f), texts[f], tuple(found))
        for f, found in done.items()
    ]
    return IndexEdits(tuple(edits), tuple(left), models)


def attempted(
    finding: Finding, models: ProjectModels, source: ProjectSource, texts: dict[str, str]
) -> str | NotApplied:
    """Write the fix of a finding into the texts of files by name; return the name of its file."""
    try:
        home = home_of(finding, models, source)
        before = texts.get(home.file) or text_of(source.root / home.file)
        texts[home.file] = edited(before, home, finding)
    except NowhereError as nowhere:
        return NotApplied(finding, str(nowhere))
    return home.file


def text_of(file: Path) -> str:
    """Return a file's text, its line ends as they are."""
    try:
        with file.open(encoding="utf-8", newline="") as source:
            return source.read()
    except (OSError, UnicodeDecodeError):
        raise NowhereError(f"{file} cannot be read") from None


def home_of(finding: Finding, models: ProjectModels, source: ProjectSource) -> Home:
    """Return where the table of a finding is declared."""
    assert isinstance(finding.fix, AddIndex | DropIndex)  # noqa: S101  (index_fixes chose it)
    if not isinstance(finding.proof, Proved):
        raise NowhereError("it is not proved")
    if finding.rule == INVALID:
        raise NowhereError("it is to be built again, not dropped from the models")
    table = declared_table(finding.fix.table, models)
    bare = table.name.rpartition(".")[2]
    classes = roots([one for one in models.classes if one.table == table.name])
    if len(classes) > 1:
        raise NowhereError(f"several classes map {table.name}")
    if classes:
        (owner,) = classes
        if owner.file is None:
            raise NowhereError(f"class {owner.name} is not spelt in the source")
        attributes = tuple((column, attribute) for attribute, column in owner.attributes)
        declared = Declaration(bare, owner.name, attributes, owner.inherits_arguments)
        return Home(owner.file, declared, table)
    calls = [t for m in source.metadata for t in m.tables if t.name == bare]
    files = {call.place.file for call in calls}
    if len(files) != 1:
        raise NowhereError(f"no single class or Table declares {table.name}")
    return Home(files.pop(), Declaration(bare), table)


def declared_table(name: str, models: ProjectModels) -> DeclaredTable:
    """Return a table as the models declare it: by its full name, else by its bare one."""
    tables = tables_of(models)
    if name in tables:
        return tables[name]
    alike = [one for one in tables.values() if one.name.rpartition(".")[2] == name]
    if len(alike) != 1:
        raise NowhereError(f"the models have no table {name}")
    return alike[0]


def roots(classes: list[MappedClass]) -> list[MappedClass]:
    """Return the classes of one table that inherit from no other of them."""
    names = {f"{one.module}:{one.name}" for one in classes}
    return [one for one in classes if not names & set(one.bases[1:])]


def edited(text: str, home: Home, finding: Finding) -> str:
    """Return a file with the fix of a finding."""
    fix = finding.fix
    if isinstance(fix, AddIndex):
        index, flag = named(home.table, fix)
        result = with_index(text, home.declared, index, flag=flag)
    else:
        assert isinstance(fix, DropIndex)  # noqa: S101  (index_fixes chose it)
        found = next((one for one in home.table.indexes if one.name == fix.name), None)
        if found is None:
            raise NowhereError(f"the models have no index {fix.name}")
        result = without_index(text, home.declared, found)
    if isinstance(result, NotEdited):
        raise NowhereError(f"{home.file}: {result.reason}")
    return result


def named(table: DeclaredTable, fix: AddIndex) -> tuple[AddIndex, bool]:
    """Return an index under the project's name, and whether `index=True` says it all."""
    plain = [key.name for key in fix.keys if not key.expression]
    missing = next((name for name in plain if table.column(name) is None), None)
    if missing is not None:
        raise NowhereError(f"{table.name} has no column {missing} in the models")
    if any(one.columns == fix.columns and one.where == fix.where for one in table.indexes):
        raise NowhereError("the models have it already: asa migrate, then asa upgrade")
    return replace(fix, name=name_by(table, fix)), fix.keys == keys(*plain[:1]) and not (
        fix.where or fix.include or fix.method
    )


def name_by(table: DeclaredTable, fix: AddIndex) -> str:
    """Return the name that the project's convention would give, told of all keys."""
    bare = fix.table.rpartition(".")[2]
    beginning = f"ix_{fix.table.replace('.', '_')}_"
    if table.index_pattern is None or not fix.name.startswith(beginning):
        return fix.name
    words = fix.name.removeprefix(beginning)
    parts = dict.fromkeys(TOKENS[1:], words) | {TOKENS[0]: f"{bare}_{words}", "table_name": bare}
    try:
        name = table.index_pattern % parts
    except (KeyError, ValueError, TypeError):
        return fix.name
    return name if len(name) <= LONGEST_NAME else fix.name


def put_indexes_in_place(found: IndexEdits, config: Config) -> frozenset[tuple[str, str]]:
    """Write the files, and import the models to see that they say what was meant.

    Returns:
        (table, name) of each index that came or went.

    Raises:
        UsageError: A file was changed meanwhile or cannot be written, or the models say
            something else afterwards: then all is as it was.
    """
    written: list[SourceEdit] = []
    try:
        for edit in found.edits:
            put_in_place(edit)
            written.append(edit)
        return seen(found, load_models(config))
    except AsaError as error:
        put_back(written)
        if isinstance(error, UsageError):
            raise
        raise UsageError(
            f"with the indexes the models cannot be imported, so they are as before:"
            f" {error.message}",
            "write them by hand: asa optimize without --fix shows them",
        ) from error


def put_back(edits: Iterable[SourceEdit]) -> None:
    """Write the files as they were before.

    Raises:
        UsageError: One was changed meanwhile, or cannot be written.
    """
    for edit in edits:
        put_in_place(replace(edit, before=edit.after, after=edit.before))


def seen(found: IndexEdits, after: ProjectModels) -> frozenset[tuple[str, str]]:
    """Return which indexes of the models came and went.

    Raises:
        UsageError: Something else changed, or not as many as were meant.
    """
    old, new = tables_of(found.models), tables_of(after)
    bare = {name: replace(table, indexes=()) for name, table in old.items()}
    same = bare == {name: replace(table, indexes=()) for name, table in new.items()}
    came = (
        [(name, one) for name in new for one in new[name].indexes if one not in old[name].indexes]
        if same
        else []
    )
    went = (
        [(name, one) for name in old for one in old[name].indexes if one not in new[name].indexes]
        if same
        else []
    )
    meant = [finding.fix for edit in found.edits for finding in edit.findings]
    if (len(came), len(went)) != counts(meant) or any(one.name is None for _, one in came):
        raise UsageError(
            "with the indexes the models say something else than was meant, so they are as before",
            "write them by hand: asa optimize without --fix shows them",
        )
    return frozenset((name, str(one.name)) for name, one in (*came, *went))


def counts(fixes: list[Fix | None]) -> tuple[int, int]:
    """Return how many indexes come and how many go."""
    return (
        sum(isinstance(fix, AddIndex) for fix in fixes),
        sum(isinstance(fix, DropIndex) for fix in fixes),
    )


def tables_of(models: ProjectModels) -> dict[str, DeclaredTable]:
    """Return the tables of the models, by name."""
    return {table.name: table for facts in models.metadata for table in facts.declared}
