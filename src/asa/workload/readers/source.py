"""The bytes of a log: a file or standard input, compressed or not."""

import bz2
import gzip
import lzma
import sys
import zlib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, cast

from asa.errors import LogError

__all__ = ["STANDARD_INPUT", "Span", "TornError", "chunks", "opened_bytes", "plain_file"]

STANDARD_INPUT = "-"
CHUNK = 131_072
MAGIC = 6
# Python 3.14 brings zstd; before, either of two packages does.
ZSTD_MODULES = ("compression.zstd", "zstandard", "backports.zstd")
TORN = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, OSError, ValueError)


class TornError(Exception):
    """A compressed log ends early or is damaged; what came before it was read."""


class Span:
    """The bytes of a file from one place to another."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        self.file = file
        self.left = end - start

    def read(self, most: int) -> bytes:
        """Return the next bytes; none at the end."""
        found = self.file.read(min(most, self.left))
        self.left -= len(found)
        return found

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def plain_file(name: str) -> BinaryIO:
    """Open a file as it is.

    Raises:
        OSError: It cannot be opened.
    """
    return Path(name).open("rb")


def opened_bytes(name: str) -> BinaryIO:
    """Open a log's content, unpacked; the compression is told by the first bytes.

    Raises:
        LogError: It is packed with zstd, and nothing here unpacks that.
        OSError: It cannot be opened.
        ValueError: No file can have that name.
    """
    raw: Any = sys.stdin.buffer if name == STANDARD_INPUT else Path(name).open("rb")  # noqa: SIM115
    stream: BufferedReader = raw if hasattr(raw, "peek") else BufferedReader(raw)
    try:
        magic = stream.peek(MAGIC)[:MAGIC]
        return unpacked(name, stream, magic)
    except BaseException:
        if name != STANDARD_INPUT:
            stream.close()
        raise


def unpacked(name: str, stream: BufferedReader, magic: bytes) -> BinaryIO:
    """Return a stream's content without its compression."""
    if magic.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if magic.startswith(b"BZh"):
        return cast("BinaryIO", bz2.BZ2File(stream))
    if magic.startswith(b"\xfd7zXZ"):
        return cast("BinaryIO", lzma.LZMAFile(stream))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return unpacked_zstd(name, stream)
    return stream


def unpacked_zstd(name: str, stream: BufferedReader) -> BinaryIO:
    """Return the content of a log packed with zstd."""
    for module in ZSTD_MODULES:
        try:
            found = find_spec(module) is not None
        except ModuleNotFoundError:
            found = False
        if found:
            library: Any = import_module(module)
            return cast("BinaryIO", library.open(stream, "rb"))
    raise LogError(
        f"{name} is packed with zstd, which this Python cannot unpack",
        f"pip install 'asa-toolkit[zstd]', or zstd -dc {name} | asa digest -",
    )


def chunks(stream: BinaryIO | Span, packed: bool) -> Iterator[bytes]:
    """Yield a stream's bytes in pieces.

    Raises:
        TornError: A packed log ends early or is damaged.
        OSError: A plain one cannot be read.
    """
    read = getattr(stream, "read1", stream.read)
    while True:
        try:
            chunk = read(CHUNK)
        except TORN as error:
            if not packed:
                raise
            raise TornError from error
        except Exception as error:
            # The zstd libraries have error classes of their own.
            if not packed:
                raise
            raise TornError from error
        if not chunk:
            return
        yield chunk
