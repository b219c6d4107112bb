"""The command line: one module per command; options, one call, one render, one exit code."""

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    from asa.cli.app import app

    app(prog_name="asa")
