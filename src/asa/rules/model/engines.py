"""The engines of a project, by the database that they serve."""

from collections.abc import Iterator

from asa.model.design import Design
from asa.model.fix import AddArgument
from asa.model.usage import EngineCall
from asa.rules.model.wording import site

__all__ = ["added", "name_of", "serving", "subject"]


def serving(design: Design, *dialects: str) -> Iterator[EngineCall]:
    """Yield the engines whose database is of one of some dialects.

    A URL that is written in the call tells; else what is known of the project. Where neither
    does, an engine may serve any.
    """
    for engine in design.usage.engines:
        dialect = engine.dialect or design.dialect
        if dialect is None or dialect in dialects:
            yield engine


def name_of(engine: EngineCall) -> str:
    """Return the function that makes an engine."""
    return "create_async_engine" if engine.is_async else "create_engine"


def subject(engine: EngineCall) -> str:
    """Return how to speak of an engine."""
    return f"{name_of(engine)}(...)"


def added(engine: EngineCall, argument: str) -> AddArgument:
    """Return the edit that gives an engine one more argument."""
    return AddArgument(name_of(engine), argument, site(engine.location))
