"""Run asa as `python -m asa`."""

from asa.cli import main

main()
