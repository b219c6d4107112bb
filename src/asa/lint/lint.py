"""Load a project's models, read its source, and judge both by the model rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import cast

from asa.config import Config
from asa.errors import ProjectError
from asa.model.design import Design
from asa.model.exemption import Exemption
from asa.model.finding import Finding, Location
from asa.model.judgement import Judgement
from asa.project.exemption import exemptions_in
from asa.project.find import ProjectSource, find_project
from asa.project.load import load_metadata
from asa.project.usage import read_usage
from asa.rules import model_rules

__all__ = ["Lint", "lint"]


@dataclass(frozen=True, slots=True)
class Lint:
    """What was judged, and how.

    Attributes:
        design: The models and the code around them.
        judgement: What the rules found.
        exempted: How many findings a comment in the source silences.
    """

    design: Design
    judgement: Judgement
    exempted: int = 0


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
    kept, exempted = without_exempted(config.root, findings, datetime.now(tz=timezone.utc).date())
    return Lint(design, Judgement(kept, tuple(scope(design))), exempted)


def scope(design: Design) -> Iterator[str]:
    """Yield what was looked at, one clause each."""
    for number, one in (
        (len(design.tables), "table"),
        (len(design.models.classes), "mapped class"),
        (len(design.usage.engines), "engine"),
    ):
        yield f"{number} {one}" + ("" if number == 1 else "es" if one.endswith("s") else "s")


def designed(config: Config, source: ProjectSource, dialect: str | None) -> Design:
    """Return the models and the code around them."""
    chosen = config.metadata or tuple(found.reference for found in source.metadata)
    if not chosen:
        raise ProjectError(
            f"no models were found in {config.root}", "asa init, or set metadata in [tool.asa]"
        )
    wanted = [found for found in source.metadata if found.reference in chosen] or source.metadata
    modules = (module for found in source.metadata for module in found.modules)
    roots = config.pythonpath or source.pythonpath(*modules)
    models = load_metadata(config, wanted, references=chosen, pythonpath=roots).models
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


def without_exempted(
    root: Path, findings: Iterable[Finding], today: date
) -> tuple[tuple[Finding, ...], int]:
    """Return the findings that no comment silences, and the number of the others."""
    read: dict[str, tuple[Exemption, ...]] = {}
    kept: list[Finding] = []
    exempted = 0
    for finding in findings:
        place = finding.location
        if place is None:
            kept.append(finding)
            continue
        if place.file not in read:
            read[place.file] = exemptions_in((root / place.file).read_text(encoding="utf-8"))
        if any(
            exemption.covers(finding.rule, place.line) and not exemption.has_expired(today)
            for exemption in read[place.file]
        ):
            exempted += 1
        else:
            kept.append(finding)
    return tuple(kept), exempted
