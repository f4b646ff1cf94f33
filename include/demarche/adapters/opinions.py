"""Asks an OpenAI-compatible endpoint for a second opinion. Every failure is a value; it decides nothing.

The protocol is the widely copied `POST /chat/completions`: a model, messages, and an answer in `choices`.
"""

import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from demarche.settings import Settings

MAX_ANSWER = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Opinion:
    """An answer: the label 0, 1 or 2 and the reason given; or, with label None, what went wrong.

    `is_charged` where the model was at work: an answer that cannot be read, or comes too late, costs as much.
    """

    label: int | None
    reason: str
    tokens: int = 0
    is_charged: bool = True


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to somebody else."""

    def redirect_request(self, *_: object) -> None:
        return None


class OpinionClient:
    """One endpoint with its model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._url = settings.opinion_url.rstrip("/") + "/chat/completions"
        proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy and not self._is_here() else {}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirect)

    def ask(self, question: str, report: str, *, answer_tokens: int) -> Opinion:
        """The opinion on one report, or why there is none."""
        asked = {
            "model": self._settings.opinion_model,
            "temperature": 0,
            "max_tokens": answer_tokens,
            "messages": [{"role": "system", "content": question}, {"role": "user", "content": report}],
        }
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._settings.opinion_key:
            headers["Authorization"] = f"Bearer {self._settings.opinion_key}"
        try:
            request = urllib.request.Request(self._url, json.dumps(asked).encode(), headers)
            with self._opener.open(request, timeout=self._settings.opinion_timeout) as answer:
                return opinion_of(self._read(answer))
        except urllib.error.HTTPError as error:
            return Opinion(None, f"{self._url}: status {error.code}", is_charged=False)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            is_late = isinstance(error, TimeoutError) or isinstance(reason, TimeoutError)
            return Opinion(None, f"{self._url}: {reason}", is_charged=is_late)

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        """The body, as long as it comes in time: the timeout of a socket starts anew with every byte."""
        until = time.monotonic() + self._settings.opinion_timeout
        parts: list[bytes] = []
        while (part := answer.read1(65_536)) and sum(map(len, parts)) < MAX_ANSWER:
            parts.append(part)
            if time.monotonic() > until:
                raise TimeoutError("the answer came too slowly")
        return b"".join(parts)

    def _is_here(self) -> bool:
        host = urlsplit(self._url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def opinion_of(body: bytes) -> Opinion:
    """The answer in a body of the endpoint; models wrap JSON in words and fences, so the first object counts."""
    tokens = 0
    try:
        answer = json.loads(body)
        tokens = int((answer.get("usage") or {}).get("total_tokens") or 0)
        words = answer["choices"][0]["message"]["content"]
        said, _ = json.JSONDecoder().raw_decode(words, words.index("{"))
        label = said["label"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        return Opinion(None, f"an answer that cannot be read ({type(error).__name__})", tokens)
    if isinstance(label, bool) or label not in (0, 1, 2):
        return Opinion(None, f"label {label!r}, not 0, 1 or 2", tokens)
    return Opinion(label, str(said.get("reason") or "")[:300], tokens)
