"""The bytes of a log: a file or standard input, compressed or not."""

import bz2
import gzip
import lzma
import re
import sys
import zlib
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from io import SEEK_END, BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, cast

from asa.errors import LogError

__all__ = [
    "STANDARD_INPUT", "Span", "TornError", "chunks", "is_seekable", "is_url", "matching_urls",
    "opened_bytes", "plain_file", "size_of",
]  # fmt: skip

STANDARD_INPUT = "-"
URL = re.compile(r"[a-z][a-z0-9+.-]+://")
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
    """Open a file as it is, or what a URL names.

    Raises:
        LogError: It is a URL, and fsspec is not here or does not know it.
        OSError: It cannot be opened.
    """
    return opened_url(name) if is_url(name) else Path(name).open("rb")


def is_url(name: str) -> bool:
    """Say whether a name is a URL."""
    return URL.match(name) is not None


def opened_url(name: str) -> BinaryIO:
    """Open what a URL names.

    Raises:
        LogError: fsspec is not here, or does not know its scheme.
        OSError: It cannot be opened.
    """
    fsspec = filesystems(name)
    try:
        return cast("BinaryIO", fsspec.open(name, "rb").open())
    except (ImportError, ValueError) as error:
        raise LogError(f"cannot read {name}: {error}", "pip install what it names") from None


def matching_urls(pattern: str) -> list[str]:
    """Return the URLs that a pattern matches, in order.

    Raises:
        LogError: fsspec is not here, or does not know the scheme.
    """
    fsspec = filesystems(pattern)
    try:
        files = fsspec.open_files(pattern, "rb")
    except (ImportError, ValueError, OSError) as error:
        raise LogError(f"cannot read {pattern}: {error}", "pip install what it names") from None
    return sorted(file.fs.unstrip_protocol(file.path) for file in files)


def filesystems(name: str) -> Any:
    """Return the library that reads URLs.

    Raises:
        LogError: It is not here.
    """
    try:
        return import_module("fsspec")
    except ImportError:
        raise LogError(
            f"{name} is a URL, which needs fsspec", "pip install 'asa-toolkit[dask]'"
        ) from None


def is_seekable(name: str) -> bool:
    """Say whether a file can be opened again, and read from any place: no pipe can."""
    return name != STANDARD_INPUT and "\0" not in name and (is_url(name) or Path(name).is_file())


def size_of(name: str) -> int:
    """Return how many bytes a file has; 0 where it cannot be opened."""
    try:
        with plain_file(name) as file:
            return file.seek(0, SEEK_END)
    except OSError:
        return 0


def opened_bytes(name: str) -> BinaryIO:
    """Open a log's content, unpacked; the compression is told by the first bytes.

    Raises:
        LogError: It is packed with zstd, and nothing here unpacks that.
        OSError: It cannot be opened.
        ValueError: No file can have that name.
    """
    raw: Any = sys.stdin.buffer if name == STANDARD_INPUT else plain_file(name)
    stream = raw if isinstance(raw, BufferedReader) else BufferedReader(raw)
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
