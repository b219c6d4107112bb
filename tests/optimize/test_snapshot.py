"""A snapshot: what goes into it, what does not, and that it advises as the database does."""

import asyncio
import gzip
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tests.database.shop import make_shop
from tests.optimize.logs import record

from asa.database.engine import connection_to
from asa.database.url import DatabaseUrl, parse_url
from asa.errors import UsageError
from asa.model.finding import Proved
from asa.model.judgement import Judgement
from asa.model.snapshot import Definition, Snapshot
from asa.optimize import optimize
from asa.optimize.snapshot import take_snapshot, without_values
from asa.optimize.snapshot_file import read_snapshot, write_snapshot
from asa.workload import digest

NAMED = (
    "ALTER TABLE orders ADD label text",
    "UPDATE orders SET label = 'secret-' || (id % 20)",
    "CREATE INDEX ix_a ON orders (status)",
    "CREATE INDEX ix_b ON orders (status, id)",
    "ANALYZE",
)
LOG = (
    record("SELECT * FROM orders WHERE customer_id = $1", (7,)),
    record("SELECT * FROM orders WHERE label = $1", ("secret-3",)),
    record("SELECT * FROM customers WHERE email = $1", ("a@x.org",)),
)


def taken(url: str) -> Snapshot:
    async def main() -> Snapshot:
        snapshot = await take_snapshot(await make_shop(url, *NAMED))
        assert isinstance(snapshot, Snapshot)
        return snapshot

    return asyncio.run(main())


def advice(judgement: Judgement) -> list[tuple[object, ...]]:
    """Return the findings without the day of the statistics."""
    found: list[tuple[object, ...]] = []
    for one in judgement.findings:
        assert isinstance(one.proof, Proved)
        how = one.proof.how.rpartition(": ")[2]
        found.append((one.rule, one.subject, one.fix, how, one.proof.before, one.proof.after))
    return found


def test_the_advice_is_that_of_the_live_database(tmp_path: Path, postgresql_url: str) -> None:
    file = tmp_path / "prod.asa"
    write_snapshot(taken(postgresql_url), file)
    workload = digest(LOG, dialect="postgresql")
    live = asyncio.run(optimize(workload, parse_url(postgresql_url)))
    saved = asyncio.run(optimize(workload, snapshot=read_snapshot(file)))
    rules = [f.rule for f in live.judgement.findings]
    assert rules == ["missing-index", "missing-index", "redundant-index"]
    assert advice(saved.judgement) == advice(live.judgement)
    assert saved.server is not None
    assert live.server is not None
    assert saved.server.version == live.server.version
    proof = saved.judgement.findings[0].proof
    assert isinstance(proof, Proved)
    assert f", statistics of {read_snapshot(file).taken[:10]}): cost" in proof.how


def test_it_comes_back_as_it_went_and_is_private(tmp_path: Path, postgresql_url: str) -> None:
    snapshot = taken(postgresql_url)
    file = tmp_path / "prod.asa"
    write_snapshot(snapshot, file)
    assert read_snapshot(file) == snapshot
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_values_of_text_are_left_out_where_that_is_asked(postgresql_url: str) -> None:
    snapshot = taken(postgresql_url)
    assert "secret-3" in repr(snapshot)
    bare = without_values(snapshot)
    assert isinstance(bare, Snapshot)
    assert "secret-" not in repr(bare)
    assert "swordfish" not in repr(snapshot)
    kept = {c["attname"]: c for c in bare.columns if c["relname"] == "orders"}
    assert kept["label"]["n_distinct"] == "20"
    assert kept["customer_id"]["most_common_vals"], "numbers tell no text"
    result = asyncio.run(optimize(digest(LOG[:1], dialect="postgresql"), snapshot=bare))
    assert "missing-index" in {f.rule for f in result.judgement.findings}


def test_no_file_is_replaced_without_being_asked(tmp_path: Path, postgresql_url: str) -> None:
    file = tmp_path / "prod.asa"
    file.write_text("precious")
    snapshot = taken(postgresql_url)
    with pytest.raises(UsageError, match="exists"):
        write_snapshot(snapshot, file)
    assert file.read_text() == "precious"
    write_snapshot(snapshot, file, force=True)
    assert read_snapshot(file) == snapshot


def compressed(form: object) -> bytes:
    # No time in it: the forms name tests, which each test process must name alike.
    return gzip.compress(json.dumps(form).encode(), mtime=0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no whole snapshot"),
        (b"SELECT 1;", "no whole snapshot"),
        (compressed([]), "no whole snapshot"),
        (compressed({"kind": "snapshot", "format": 1, "snapshot": {}}), "no whole snapshot"),
        (compressed({"kind": "digest", "format": 1, "snapshot": {}}), "no whole snapshot"),
        (compressed({"kind": "snapshot", "format": 1})[:-9], "no whole snapshot"),
        (compressed({"kind": "snapshot", "format": 99, "asa": "9.0"}), "too old to read"),
    ],
)
def test_a_file_that_is_no_snapshot_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "prod.asa"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_snapshot(file)


def test_a_strangers_snapshot_runs_nothing_as_a_superuser(
    tmp_path: Path, postgresql_url: str
) -> None:
    """What it defines is made by a role that may not leave the throwaway database."""
    mark = tmp_path / "written"
    tmp_path.chmod(0o777)
    evil = f"COPY (SELECT 1) TO PROGRAM 'touch {mark}'"
    snapshot = taken(postgresql_url)
    crafted = replace(
        snapshot,
        definitions=(
            *snapshot.definitions,
            Definition("extension", "evil", evil),
            Definition("extension", "evil", f"CREATE EXTENSION IF NOT EXISTS citext; {evil}"),
            Definition("table", "evil", evil),
        ),
        settings={**snapshot.settings, "session_preload_libraries": "/nowhere/evil"},
    )
    result = asyncio.run(optimize(digest(LOG[:1], dialect="postgresql"), snapshot=crafted))
    assert "missing-index" in {f.rule for f in result.judgement.findings}
    assert not mark.exists()


def test_reading_it_changes_nothing(postgresql_url: str) -> None:
    async def main() -> tuple[object, object]:
        database: DatabaseUrl = await make_shop(postgresql_url, *NAMED)
        async with connection_to(database) as connection:
            count = "SELECT count(*), max(oid::bigint), sum(reltuples) FROM pg_class"
            before = (await connection.exec_driver_sql(count)).one()
            await connection.rollback()
            await take_snapshot(database)
            after = (await connection.exec_driver_sql(count)).one()
            return tuple(before), tuple(after)

    before, after = asyncio.run(main())
    assert before == after
