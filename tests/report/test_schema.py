"""The forms for machines keep to their schemas."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator
from sarif_pydantic import Sarif
from tests.report.judgements import CLEAN, EMPTY, FULL

from asa.model.finding import Finding, Location, Severity
from asa.model.fix import AddArgument
from asa.model.judgement import Judgement
from asa.model.record import CallSite
from asa.report.form import Form, rendered
from asa.rules import RULES

LINT = Judgement(
    (
        Finding(
            "missing-pre-ping",
            Severity.WARNING,
            "create_async_engine(...)",
            location=Location("app/db.py", 4),
            fix=AddArgument(
                "create_async_engine", "pool_pre_ping=True", CallSite("app/db.py", 4, "")
            ),
        ),
        Finding("naming-convention", Severity.WARNING, "app.models:Base"),
    )
)
JUDGEMENTS = (FULL, CLEAN, EMPTY, LINT)
SCHEMA = json.loads(files("asa.report").joinpath("findings.schema.json").read_text("utf-8"))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("judgement", JUDGEMENTS)
def test_json_keeps_to_its_schema(judgement: Judgement) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(rendered(Form.JSON, judgement, RULES)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 1, "location", "line"), 0),
        (("findings", 0, "fix", "kind"), "magic"),
        (("findings", 0, "proof", "status"), "maybe"),
    ],
)
def test_the_schema_refuses_what_asa_never_prints(path: tuple[object, ...], value: object) -> None:
    document = json.loads(rendered(Form.JSON, FULL, RULES))
    *steps, last = path
    place = document
    for step in steps:
        place = place[step]
    place[last] = value
    assert not Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("judgement", JUDGEMENTS)
def test_sarif_is_sarif(judgement: Judgement) -> None:
    document = json.loads(rendered(Form.SARIF, judgement, RULES))
    read = Sarif.model_validate(document)
    assert read.version == "2.1.0"
    [run] = read.runs
    known = {rule.id for rule in run.tool.driver.rules or ()}
    results = run.results or []
    assert len(results) == len(judgement.findings)
    for result in results:
        assert result.rule_id in known
        assert result.message.text
        [place] = result.locations or [None]
        assert place is not None
        if place.physical_location is not None:
            uri = place.physical_location.artifact_location.uri
            assert uri
            assert not uri.startswith("/")
