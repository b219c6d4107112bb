"""What every test of capture finds."""

import logging

import pytest


@pytest.fixture(autouse=True)
def heard_logger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let asa's logger speak: a stock env.py, run before in this process, silences it."""
    monkeypatch.setattr(logging.getLogger("asa.capture"), "disabled", False)
