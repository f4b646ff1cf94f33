"""WARC files of invented pages, as other crawlers write them."""

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def a_page(title: str, summary: str = "", text: str = "", *, lang: str = "en", head: str = "") -> bytes:
    """A page of a news site."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in (text or summary or title).split("\n"))
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="description" content="{summary}">{head}</head><body><article><h1>{title}</h1>{body}</article>'
        "</body></html>"
    ).encode()


def warc_of(
    pages: Iterable[tuple[str, datetime, bytes]], *, packs: bool = True, with_requests: bool = True, **headers: str
) -> bytes:
    """A WARC file with a request, a response and a metadata record for each (address, time, body)."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=packs)
    writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "a crawler"}))
    fields = [("Content-Type", "text/html; charset=utf-8"), *headers.items()]
    for url, at, body in pages:
        dated = {"WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if with_requests:
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", url.split("/")[2])], is_http_request=True)
            writer.write_record(writer.create_warc_record(url, "request", http_headers=asked, warc_headers_dict=dated))
        http = StatusAndHeaders("200 OK", fields, protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=http, warc_headers_dict=dated
            )
        )
    return out.getvalue()


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
