"""An engine logs every statement, always.

What it does:
    Looks for engines with echo=True or echo="debug" written out.

Why it matters:
    Every statement and its values go to the log of the production system: slow, and full of
    personal data.

Example:
    engine = create_async_engine(url, echo=True)

Fix:
    engine = create_async_engine(url, echo=settings.debug)
    For one run: `asa capture -- python -m app` records every statement without it.

When to ignore:
    A script that never runs in production.

See Also:
    https://docs.sqlalchemy.org/en/20/core/engines.html#configuring-logging
"""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.finding import Finding, Severity
from asa.model.rule import Rule
from asa.rules.model.engines import subject
from asa.rules.model.wording import found

__all__ = ["RULE", "check"]

ID = "echo-left-on"
ON = frozenset({"True", "'debug'"})


def check(design: Design) -> Iterator[Finding]:
    """Yield a finding for each such engine."""
    for engine in design.usage.engines:
        for argument in ("echo", "echo_pool"):
            if engine.arguments.get(argument) in ON:
                yield found(
                    ID,
                    Severity.WARNING,
                    subject(engine),
                    engine.location,
                    does=f"says {argument}={engine.arguments[argument]}",
                    why="every statement and its values go to the log, in production too",
                    fix=f"{argument}=settings.debug",
                )


RULE = Rule(
    id=ID,
    family="model",
    summary="echo=True outside of debugging",
    check=check,
    severity=Severity.WARNING,
    page=__doc__,
)
