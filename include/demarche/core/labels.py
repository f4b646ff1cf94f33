"""What a person's label, a page's text or a second opinion makes of a verdict. It reads no file and asks nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from demarche.core.identity import short_hash
from demarche.core.urls import canonical_url
from demarche.model import Band, Label, Verdict

BAND_OF_LABEL = {2: Band.ACCEPTED, 1: Band.REVIEW, 0: Band.REJECTED}
JUDGE, TEXT, OPINION = "judge", "text", "opinion"


def label_id(url: str, labelled_by: str, labelled_at: str) -> str:
    """Id of one person's label of one report at one time."""
    return short_hash("label", url, labelled_by, labelled_at)


def fault_of(values: Mapping[str, object]) -> str:
    """What is wrong with one line of the file of labels; empty for nothing."""
    try:
        label_of(values)
    except ValueError as error:
        return str(error)
    return ""


def label_of(values: Mapping[str, object]) -> Label:
    """One line of the file of labels. Raises ValueError that names the key."""
    for name in ("url", "label", "labelled_by", "labelled_at"):
        if name not in values:
            raise ValueError(f"key {name!r} is missing")
    if values["label"] not in BAND_OF_LABEL or isinstance(values["label"], bool):
        raise ValueError(f"key 'label' is {values['label']!r}, not 0, 1 or 2")
    url, by = str(values["url"]), str(values["labelled_by"])
    try:
        at = datetime.fromisoformat(str(values["labelled_at"])).astimezone(UTC).isoformat()
    except ValueError:
        raise ValueError(f"key 'labelled_at' is {values['labelled_at']!r}, no time of ISO 8601") from None
    return Label(
        label_id=str(values.get("label_id") or label_id(url, by, at)),
        url=url,
        label=int(str(values["label"])),
        labelled_by=by,
        labelled_at=at,
        entry_id=str(values.get("entry_id") or ""),
        note=str(values.get("note") or ""),
    )


def standing_labels(labels: Iterable[Label]) -> dict[str, Label]:
    """The newest label of each report, by canonical address: whoever judged last has the word."""
    found: dict[str, Label] = {}
    for label in labels:
        address = canonical_url(label.url)
        if address not in found or label.labelled_at >= found[address].labelled_at:
            found[address] = label
    return found


def revised_by_text(first: Verdict, whole: Verdict) -> Verdict:
    """The verdict on the whole report, which remembers the one on title and summary alone."""
    return replace(whole, first_band=first.band, first_score=first.score, decided_by=TEXT)


def revised_by_opinion(verdict: Verdict, label: int) -> Verdict:
    """A verdict in review after a second opinion: accepted for 2, rejected for 0, in review still for 1."""
    if verdict.band is not Band.REVIEW or label == 1:
        return verdict
    return _revised(verdict, label, OPINION)


def revised_by_person(verdict: Verdict, label: Label) -> Verdict:
    """The band that a person gave. The score stays the judge's, so that the two can be compared."""
    return _revised(verdict, label.label, label.labelled_by)


def _revised(verdict: Verdict, label: int, by: str) -> Verdict:
    first = (verdict.first_band, verdict.first_score) if verdict.first_band else (verdict.band, verdict.score)
    return replace(verdict, band=BAND_OF_LABEL[label], first_band=first[0], first_score=first[1], decided_by=by)
