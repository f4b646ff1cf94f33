"""Says which outcome an HTTP status means, and reads header fields. Asks nobody anything."""

from demarche.model import Outcome

Headers = tuple[tuple[str, str], ...]

REDIRECTS = (301, 302, 303, 307, 308)
ERRORS = {
    401: Outcome.FORBIDDEN,
    402: Outcome.FORBIDDEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    407: Outcome.FORBIDDEN,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    451: Outcome.FORBIDDEN,
}
HUNDREDS = {3: Outcome.BAD_REDIRECT, 4: Outcome.CLIENT_ERROR, 5: Outcome.SERVER_ERROR}


def outcome_of_status(status: int, headers: Headers, *, is_conditional: bool) -> tuple[Outcome | None, str]:
    """The outcome that a status alone decides, None where the body decides, and the note for people.

    A 304 is an answer only to a question with validators: taken as "not modified", a server that says it to
    everybody would be silent for ever without anybody noticing.
    """
    if 200 <= status < 300:
        return None, ""
    if status == 304:
        return (None, "") if is_conditional else (Outcome.BAD_RESPONSE, "304 to a question without validators")
    if status == 503 and first_value(headers, "Retry-After"):
        return Outcome.RATE_LIMITED, "status 503 with Retry-After"
    outcome = ERRORS.get(status) or HUNDREDS.get(status // 100, Outcome.BAD_RESPONSE)
    return outcome, f"status {status}"


def first_value(headers: Headers, name: str) -> str:
    """The first value of a header, whatever its case; nothing where it is absent."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


def header_text(raw: bytes) -> str:
    """Header bytes as text that can be written anywhere: UTF-8 where it is that, else Latin-1, which never fails."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
