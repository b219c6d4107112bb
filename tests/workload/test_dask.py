"""A Dask cluster's workers read logs, where they lie; a digest of them is that of one process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from distributed import LocalCluster

from asa.errors import LogError, UsageError
from asa.workload import read_workload

ENTRY = (
    "2026-11-22 10:00:{second:02}.000 UTC [{process}] joe@shop LOG:  duration: {second}.5 ms  "
    "statement: SELECT a FROM t WHERE b = {second}\n"
)
LOG = "".join(ENTRY.format(second=n % 60, process=n % 7) for n in range(400))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as local:
        yield local.scheduler_address


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asa.workload.reading.PIECE_BYTES", 5_000)


def test_a_cluster_reads_what_one_process_reads(
    cluster: str, small_pieces: None, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text(LOG)
    (tmp_path / "b.log").write_text(LOG[: len(LOG) // 2])
    assert read_workload([str(tmp_path)], dask=cluster) == read_workload([str(tmp_path)])


def test_a_cluster_reads_urls_through_fsspec(
    cluster: str, small_pieces: None, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.log").write_text(LOG)
    whole = read_workload([f"file://{tmp_path}/*.log"], dask=cluster)
    assert whole.calls == 800
    assert whole == read_workload([f"file://{tmp_path}/{name}.log" for name in ("a", "b")])


def test_urls_are_read_without_a_cluster_too() -> None:
    with fsspec.open("memory://asa-logs/a.log.gz", "w", compression="gzip") as file:
        file.write(LOG)
    assert read_workload(["memory://asa-logs/*.gz"]).calls == 400
    with pytest.raises(LogError, match="nothing matches"):
        read_workload(["memory://asa-logs/*.none"])
    with pytest.raises(LogError, match="no file"):
        read_workload(["memory://asa-logs/none.log"])


def test_a_scheduler_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("asa.workload.workers.PATIENCE_S", 0.5)
    (tmp_path / "a.log").write_text(LOG)
    with pytest.raises(UsageError, match="no Dask scheduler"):
        read_workload([str(tmp_path / "a.log")], dask="tcp://127.0.0.1:9")


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [("distributed", ["a.log", "--dask", "tcp://127.0.0.1:9"]), ("fsspec", ["memory://a/b.log"])],
)
def test_without_the_extra_it_is_named(missing: str, arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(LOG)
    program = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv[0] = 'asa'\n"
        "from asa.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "digest", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "asa-toolkit[dask]" in done.stderr
