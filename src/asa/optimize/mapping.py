"""The mapping of the project, for logs that tell nothing of it."""

from dataclasses import replace

from asa.config import Config
from asa.errors import ProjectError
from asa.model.workload import Workload
from asa.project.load import load_models

__all__ = ["with_mapping"]


def with_mapping(workload: Workload, config: Config) -> Workload:
    """Return a workload with the classes that the project maps, where that names anything.

    A capture tells them itself. Where the project has no models, or its modules cannot be
    imported here, foreign keys have to do.
    """
    if workload.mapped or all(burst.load is not None for burst in workload.bursts):
        return workload
    try:
        return replace(workload, mapped=load_models(config).classes)
    except ProjectError:
        return workload
