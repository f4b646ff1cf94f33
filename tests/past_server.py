"""Stand-ins for the archives that imports ask, on a loopback port: what they answer has the shapes of the real ones.

Wayback (index with resume keys, mementos with redirects, blocks, gaps, rate limits), Common Crawl's news (lists and
byte ranges), GDELT (GKG zips and the DOC API). Written from recorded answers; all words in them are invented.
"""

import gzip
import io
import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, quote, unquote

from demarche.core.past.cdx import STAMP
from feed_server import FeedServer, Reply, Request, Script

HTML = b"<!DOCTYPE html>\n<html><head><title>Wayback Machine</title></head><body>An own page.</body></html>"


@dataclass(frozen=True)
class Kept:
    """A capture that the stand-in for the Wayback Machine holds."""

    url: str
    at: datetime
    body: bytes = b""
    mime: str = "application/rss+xml"
    status: int = 200
    digest: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    replay: str = ""  # "" as it was; blocked, gap, elsewhere: what happens when it is asked for

    @property
    def stamp(self) -> str:
        return self.at.strftime(STAMP)

    def line(self) -> str:
        """Its line in the index."""
        key = "com,example)/" + quote(self.url.partition("//")[2], safe="")
        digest = self.digest or f"{hash(self.body) & 0xFFFFFFFFFF:032X}"
        return f"{key} {self.stamp} {self.url} {self.mime} {self.status or '-'} {digest} {len(self.body)}"


@dataclass
class PastServer(FeedServer):
    """`with PastServer() as past:`; `past.base` is the address of all services."""

    kept: list[Kept] = field(default_factory=list)
    page_size: int = 1_000  # lines of an index answer at most
    limits: Counter[str] = field(default_factory=Counter)  # 429 answers still to give, by kind: index, memento, doc
    retry_after: str = "1"
    index_answer: Reply | None = None  # instead of an index
    files: dict[str, bytes] = field(default_factory=dict)  # by path: lists, WARC files, zips
    serves_ranges: bool = True
    articles: list[dict[str, str]] = field(default_factory=list)  # that the DOC API finds, with their seendate
    doc_answer: bytes | None = None

    @property
    def base(self) -> str:
        return self.url("")

    def _next_script(self, path: str) -> Script:
        if path == "/cdx/search/cdx":
            return self._index
        if path.startswith("/web/"):
            return self._memento
        if path == "/api/v2/doc/doc":
            return self._doc
        if path in self.files:
            return self._file
        return super()._next_script(path)

    def _limited(self, kind: str) -> Reply | None:
        if self.limits[kind] <= 0:
            return None
        self.limits[kind] -= 1
        headers = (("Retry-After", self.retry_after), ("X-RL", "1")) if self.retry_after else ()
        return Reply(b"Too many requests", 429, headers, content_type="text/html")

    def _index(self, request: Request) -> Reply:
        limited = self._limited("index")
        if limited or self.index_answer:
            return limited or self.index_answer or Reply()
        asked = {name: values[-1] for name, values in parse_qs(request.target.partition("?")[2]).items()}
        rows = [k for k in sorted(self.kept, key=lambda k: k.at) if k.url == asked["url"]]
        rows = [k for k in rows if asked["from"] <= k.stamp <= asked["to"]]
        if "filter" in asked:
            name, _, pattern = asked["filter"].removeprefix("!").partition(":")
            assert name == "statuscode"
            rows = [
                k for k in rows if bool(re.fullmatch(pattern, str(k.status or "-"))) != asked["filter"].startswith("!")
            ]
        begin = 0
        if "resumeKey" in asked:
            begin = int(unquote(asked["resumeKey"]).rpartition("+")[2])
        size = min(self.page_size, int(asked["limit"]))
        lines = [k.line() for k in rows[begin : begin + size]]
        text = "\n".join(lines) + "\n" if lines else ""
        if begin + size < len(rows):
            text += "\n" + quote(f"com,example)/+{begin + size}", safe="+") + "\n"
        return Reply(text.encode(), content_type="text/plain;charset=UTF-8")

    def _memento(self, request: Request) -> Reply:
        found = re.match(r"/web/(\d{14})id_/(.+)$", request.target)
        if found is None:
            return Reply(HTML, 404, content_type="text/html")
        limited = self._limited("memento")
        if limited:
            return limited
        stamp, url = found[1], found[2]
        same = [k for k in self.kept if k.url == url]
        if not same:
            return Reply(HTML, 404, content_type="text/html; charset=utf-8")
        moment = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        kept = min(same, key=lambda k: abs(k.at - moment))
        if kept.stamp != stamp or kept.replay == "elsewhere":
            other = kept if kept.stamp != stamp else next(k for k in same if k is not kept)
            place = f"{self.base}/web/{other.stamp}id_/{url}"
            reason = ("X-Archive-Redirect-Reason", f"found capture at {other.stamp}")
            return Reply(b"", 302, (("Location", place), reason), content_type="text/plain")
        if kept.replay == "blocked":
            error = "AdministrativeAccessControlException: Blocked Site Error"
            return Reply(HTML, 403, (("X-Archive-Wayback-Runtime-Error", error),), content_type="text/html")
        if kept.replay == "own page":
            return Reply(HTML, 200, content_type="text/html")
        if kept.replay == "gap":
            return Reply(HTML, 404, content_type="text/html")
        headers = (
            ("Memento-Datetime", format_datetime(kept.at, usegmt=True)),
            ("Link", f'<{url}>; rel="original"'),
            *((f"X-Archive-Orig-{name}", value) for name, value in kept.headers),
            *((("Location", f"{self.base}/web/{kept.stamp}id_/{kept.replay}"),) if kept.status in (301, 302) else ()),
        )
        return Reply(kept.body, kept.status or 200, headers, content_type=kept.mime)

    def _file(self, request: Request) -> Reply:
        body = self.files[request.path]
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if span is None or not self.serves_ranges:
            return Reply(body, content_type="application/octet-stream")
        first, last = int(span[1]), min(int(span[2]), len(body) - 1)
        if first >= len(body):
            return Reply(b"", 416, (("Content-Range", f"bytes */{len(body)}"),), content_type="text/plain")
        headers = (("Content-Range", f"bytes {first}-{last}/{len(body)}"),)
        return Reply(body[first : last + 1], 206, headers, content_type="application/octet-stream")

    def _doc(self, request: Request) -> Reply:
        limited = self._limited("doc")
        if limited:
            return limited
        if self.doc_answer is not None:
            return Reply(self.doc_answer, content_type="text/html; charset=utf-8")
        asked = {name: values[-1] for name, values in parse_qs(request.target.partition("?")[2]).items()}
        start, end = asked["startdatetime"], asked["enddatetime"]
        found = [a for a in self.articles if start <= a["seendate"].translate({84: None, 90: None}) <= end]
        body = json.dumps({"articles": found[: int(asked["maxrecords"])]}).encode() if found else b"{}"
        return Reply(body, content_type="application/json; charset=utf-8")


def packed(name: str, text: bytes) -> bytes:
    """A zip of one file, as GDELT has them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(name, text)
    return out.getvalue()


def gkg_row(number: int, at: datetime, url: str, **values: str) -> bytes:
    """A row of a GKG 2.1 file: 27 columns, of which those that matter here are filled."""
    row = [""] * 27
    stamp = at.strftime(STAMP)
    row[0], row[1], row[2], row[4] = f"{stamp}-{number}", stamp, values.get("kind", "1"), url
    row[3] = url.partition("//")[2].partition("/")[0]
    themes = values.get("themes", "")
    row[7] = "".join(f"{theme};" for theme in themes.split(";") if theme)
    row[8] = "".join(f"{theme},{60 + i};" for i, theme in enumerate(themes.split(";")) if theme)
    row[9] = ";".join(f"1#Somewhere#{code}#{code}#1#2#{code}" for code in values.get("places", "").split(";") if code)
    row[15] = "-1.5,2,3.5,5.5,20,1,400"
    if values.get("language"):
        row[25] = f"srclc:{values['language']};eng:Moses 2.1.1 / MosesCore"
    if values.get("title"):
        row[26] = f"<PAGE_LINKS>https://news.example/a</PAGE_LINKS><PAGE_TITLE>{values['title']}</PAGE_TITLE>"
    return "\t".join(row).encode() + b"\n"


def list_of(*paths: str) -> bytes:
    """A month's list of WARC files, as Common Crawl packs it."""
    return gzip.compress(("\n".join(paths) + "\n").encode())
