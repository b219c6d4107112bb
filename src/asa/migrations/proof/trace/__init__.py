"""Watch what a revision really does to the tables of a scratch PostgreSQL, statement by statement.

`tracing` runs the revisions, `watch` looks at locks and files around each statement, `onlooker`
sees from beside what a statement locks that commits by itself.
"""

from asa.migrations.proof.trace.tracing import trace
from asa.migrations.proof.trace.watched import Lock, Trace, Watched

__all__ = ["Lock", "Trace", "Watched", "trace"]
