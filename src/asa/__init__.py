"""asa: database work for async SQLAlchemy projects, each claim proved."""

__version__ = "0.1.0"
