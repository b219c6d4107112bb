"""Raw SQL of revisions, read into the same operations that Alembic's own are translated to.

What changes tables, indexes or rows is read in the spelling of PostgreSQL, MySQL, MariaDB and
SQLite; a statement that is not understood stays text, and nothing is claimed of it.
"""

from asa.migrations.review.statement.reading import operations_in

__all__ = ["operations_in"]
