"""How files are written so that a kill or a second writer harms none: whole or not at all, and line by line.

Owns the order of writing and renaming. It does not know what the files hold.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

TAIL = 4096  # bytes read at once, from the end, in search of the last line break


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name to write to, which becomes `path` when the block ends well; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_line(path: Path, row: Mapping[str, Any]) -> None:
    """Write one JSON line at the end of a file and see it safely on disk. Writers wait for one another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(row, ensure_ascii=False) + "\n"
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        unended = _unended(file)
        if unended and _is_json(unended):  # written by hand
            line = "\n" + line
        elif unended:  # its writer was killed: it was never a line
            file.truncate(file.seek(0, os.SEEK_END) - len(unended))
        file.write(line.encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unended(file: BinaryIO) -> bytes:
    """What stands behind the last line break."""
    tail, begin = b"", file.seek(0, os.SEEK_END)
    while begin and b"\n" not in tail:
        end, begin = begin, max(0, begin - TAIL)
        file.seek(begin)
        tail = file.read(end - begin) + tail
    return tail.rpartition(b"\n")[2]


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True
