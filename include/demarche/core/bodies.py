"""Lays a report's summary and the text of its page together, as one body of limited length.

Owns how the room is shared. It knows nothing of what is read in it.
"""

_ENDINGS = " .…[]\n"  # what closes a teaser that was cut


def lay_together(summary: str, text: str, most: int) -> str:
    """The beginning of a report's words, `most` characters at most: its summary, then the text of its page.

    A teaser often says nothing that its page does not say better, and sometimes nothing at all ("Read the full
    story"), so a long one leaves half of the room to the text. A text that begins with the summary stands for both.
    Without one of them the other is all there is.
    """
    if not summary or not text:
        return (summary or text)[:most]
    if _repeats(summary, text):
        return text[:most]
    return f"{summary[: shared_length(summary, text, most)]}\n{text}"[:most]


def shared_length(summary: str, text: str, most: int) -> int:
    """How much of the summary (of the text without one) begins what `lay_together` gives, in characters."""
    if not summary or not text:
        return min(len(summary or text), most)
    if _repeats(summary, text):
        return min(len(summary.rstrip(_ENDINGS)), most)
    return min(len(summary), max(most - len(text) - 1, most // 2))


def _repeats(summary: str, text: str) -> bool:
    """True where the text begins with the summary, or with what was not cut of it."""
    return text.startswith(summary.rstrip(_ENDINGS))
