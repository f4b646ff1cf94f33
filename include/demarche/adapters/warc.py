"""Makes WARC records (ISO 28500, version 1.1), each a gzip member of its own. Opens no file and reads nothing back."""

import hashlib
import uuid
import zlib
from base64 import b32encode
from collections.abc import Iterable, Sequence
from datetime import datetime

from demarche.model import utc_text

Headers = Sequence[tuple[str, str]]

NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
SAME_DIGEST = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
HTTP_ANSWER = "application/http; msgtype=response"


def warcinfo(warc_file: str, fields: Iterable[tuple[str, str]], made_at: datetime) -> bytes:
    """The record that every file begins with: who made it, and its name."""
    named = [("WARC-Type", "warcinfo"), ("WARC-Filename", warc_file), ("WARC-Date", utc_text(made_at, "milliseconds"))]
    return _record(_new_id(), named, "application/warc-fields", _lines(fields))


def response(
    url: str, captured_at: datetime, status: str, headers: Headers, body: bytes, *, is_truncated: bool
) -> tuple[str, bytes]:
    """The record's id and bytes for an answer as it was received."""
    named = [("WARC-Type", "response"), ("WARC-Date", utc_text(captured_at, "milliseconds")), ("WARC-Target-URI", url)]
    if is_truncated:
        named.append(("WARC-Truncated", "unspecified"))
    named.append(("WARC-Payload-Digest", _sha1(body)))
    identity = _new_id()
    return identity, _record(identity, named, HTTP_ANSWER, _http_head(status, headers) + body)


def revisit(
    url: str, captured_at: datetime, status: str, headers: Headers, *, digest: str, refers_to: str
) -> tuple[str, bytes]:
    """The record's id and bytes for an answer that says what record `refers_to` holds. `digest` is SHA-256, hex."""
    profile = NOT_MODIFIED if status.startswith("304") else SAME_DIGEST
    named = [("WARC-Type", "revisit"), ("WARC-Date", utc_text(captured_at, "milliseconds")), ("WARC-Target-URI", url)]
    named.append(("WARC-Profile", profile))
    if refers_to:
        named.append(("WARC-Refers-To", refers_to))
    if digest:
        named.append(("WARC-Payload-Digest", f"sha256:{digest}"))
    identity = _new_id()
    return identity, _record(identity, named, HTTP_ANSWER, _http_head(status, headers))


def metadata(url: str, captured_at: datetime, fields: Iterable[tuple[str, str]], *, refers_to: str) -> bytes:
    """What is known about record `refers_to` beyond what was received."""
    named = [("WARC-Type", "metadata"), ("WARC-Date", utc_text(captured_at, "milliseconds")), ("WARC-Target-URI", url)]
    named.append(("WARC-Refers-To", refers_to))
    return _record(_new_id(), named, "application/warc-fields", _lines(fields))


def resource(url: str, captured_at: datetime, content_type: str, body: bytes) -> tuple[str, bytes]:
    """The record's id and bytes for a document that came without an HTTP answer."""
    named = [("WARC-Type", "resource"), ("WARC-Date", utc_text(captured_at, "milliseconds")), ("WARC-Target-URI", url)]
    identity = _new_id()
    return identity, _record(identity, named, content_type, body)


def _record(identity: str, named: Headers, content_type: str, block: bytes) -> bytes:
    """Header lines, a blank one, the block and two line ends, compressed: a damaged record costs no other."""
    ends = (
        ("WARC-Record-ID", identity),
        ("WARC-Block-Digest", _sha1(block)),
        ("Content-Type", content_type),
        ("Content-Length", str(len(block))),
    )
    head = b"WARC/1.1\r\n" + _lines((*named, *ends))
    return zlib.compress(b"".join((head, b"\r\n", block, b"\r\n\r\n")), wbits=zlib.MAX_WBITS | 16)


def _http_head(status: str, headers: Headers) -> bytes:
    return _line(f"HTTP/1.1 {status}") + _lines(headers) + b"\r\n"


def _lines(headers: Iterable[tuple[str, str]]) -> bytes:
    return b"".join([_line(f"{name}: {value}") for name, value in headers])


def _line(text: str) -> bytes:
    """One header line. What a server sent must neither end it early nor fail to be written."""
    if "\r" in text or "\n" in text:
        text = " ".join(text.splitlines())
    return text.encode("utf-8", "replace") + b"\r\n"


def _new_id() -> str:
    return f"<urn:uuid:{uuid.uuid4()}>"


def _sha1(data: bytes) -> str:
    """A digest in the form that WARC readers check by themselves."""
    return f"sha1:{b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"
