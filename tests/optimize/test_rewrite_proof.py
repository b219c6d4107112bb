"""A rewritten loop is put to the proof by a rerun that loads the edited source."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.test_shop import filled

from asa.model.finding import Finding, Proof, Proved, Unproved
from asa.optimize import optimize
from asa.optimize.recording import recording_of
from asa.optimize.rewrite_proof import prove_rewrites
from asa.workload import read_workload


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("rewritten") / "shop")


def captured(project: Path, *command: str) -> tuple[Path, Finding]:
    """Capture a command; return the capture and the loop that gets products one by one."""
    arguments = [sys.executable, "-m", "asa", "capture", "--force", "--", sys.executable, *command]
    subprocess.run(arguments, cwd=project, capture_output=True, check=True)
    file = project / "capture.jsonl"
    found = asyncio.run(optimize(read_workload([str(file)]))).judgement.findings
    (loop,) = [one for one in found if one.rule == "n-plus-one" and one.subject == "Product by id"]
    return file, loop


def proof_of(file: Path, loop: Finding) -> Proof | None:
    mapped = read_workload([str(file)]).mapped
    (stamped,) = prove_rewrites(recording_of(str(file)), [loop], mapped)
    return stamped.proof


def test_a_rewritten_loop_is_proved_and_the_source_stays(shop: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "shop"))
    file, loop = captured(project, "-m", "shop.main")
    source = (project / "shop" / "catalogue.py").read_bytes()
    proof = proof_of(file, loop)
    assert isinstance(proof, Proved)
    assert proof.how.startswith("rerun with the rewrite: ")
    before, after = (int(word) for word in proof.how.replace(",", "").split() if word.isdigit())
    assert before - after == 11
    assert (project / "shop" / "catalogue.py").read_bytes() == source


def test_a_file_that_python_runs_itself_is_not_proved(shop: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(shop, tmp_path / "shop"))
    text = (
        (project / "shop" / "catalogue.py").read_text().replace("from .models", "from shop.models")
    )
    own = "import asyncio\nfrom shop.db import engine, new_session\n"
    run = (
        "\n\nasync def main():\n    async with new_session() as session:\n"
        "        print(await basket_price(session, dict.fromkeys(range(1, 9), 1)))\n"
        "    await engine.dispose()\n\n\nasyncio.run(main())\n"
    )
    (project / "price.py").write_text(own + text + run)
    file, loop = captured(project, "price.py")
    reason = "not rerun, Python runs the file itself and does not import it"
    assert proof_of(file, loop) == Unproved(reason)
