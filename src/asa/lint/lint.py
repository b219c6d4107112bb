"""Load a project's models, read its source, and judge both by the model rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import cast

from asa.config import Config
from asa.model.design import Design
from asa.model.finding import Finding, Location
from asa.model.judgement import Judgement
from asa.project.exempted import without_exempted
from asa.project.find import ProjectSource, find_project
from asa.project.load import load_models
from asa.project.usage import read_usage
from asa.report.counts import counted
from asa.rules import model_rules

__all__ = ["Lint", "lint"]


@dataclass(frozen=True, slots=True)
class Lint:
    """What was judged, and how.

    Attributes:
        design: The models and the code around them.
        judgement: What the rules found.
        silenced: How many findings comments in the source silence.
    """

    design: Design
    judgement: Judgement
    silenced: int = 0


def lint(config: Config, dialect: str | None) -> Lint:
    """Judge the models and the engine settings of a project.

    Args:
        config: Its settings.
        dialect: Of its database; None to take the one that its source shows.

    Raises:
        ProjectError: The project has no models, or they cannot be imported.
    """
    source = find_project(config.root)
    design = designed(config, source, dialect)
    findings = sorted(judged(design), key=order)
    today = datetime.now(tz=timezone.utc).date()
    exempted = without_exempted(config.root, findings, today)
    judgement = Judgement(exempted.kept, tuple(scope(design)))
    return Lint(design, judgement, exempted.silenced)


def scope(design: Design) -> Iterator[str]:
    """Yield what was looked at, one clause each."""
    for number, one, many in (
        (len(design.tables), "table", "tables"),
        (len(design.models.classes), "mapped class", "mapped classes"),
        (len(design.usage.engines), "engine", "engines"),
    ):
        yield counted(number, one, many)


def designed(config: Config, source: ProjectSource, dialect: str | None) -> Design:
    """Return the models and the code around them."""
    models = load_models(config, source)
    usage = read_usage(config.root, source)
    shown = next((url.dialect for url in source.urls if url.dialect), None)
    return Design(models, usage, dialect or shown)


def judged(design: Design) -> Iterator[Finding]:
    """Yield what the rules find that hold for the dialect; all rules where it is not known."""
    for rule in model_rules():
        if design.dialect is None or design.dialect in rule.dialects:
            yield from cast("Iterable[Finding]", rule.check(design))


def order(finding: Finding) -> tuple[int, str, str, int]:
    """Sort by severity, then rule, then place."""
    place = finding.location or Location("")
    return -finding.severity, finding.rule, place.file, place.line
