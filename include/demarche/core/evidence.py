"""Names the words behind each code of a coding, with their places.

Owns the choice among several words that speak for one code. It decides no code.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from demarche.core.instruments import FIELD_WEIGHTS, Cue, Reading, Sentence
from demarche.core.rulings import Ruling
from demarche.model import Evidence, Mention

LEARNED = "learned"  # stands for the field where no single word shows the code: the learned weights chose it


def act_sentence(ruling: Ruling, instruments: Sequence[str]) -> Sentence:
    """The sentence with most words that decided an instrument; the first of equals, which is the title."""
    if not ruling.sentences:
        return Sentence("", 0, 0, "")
    counts = [0] * len(ruling.sentences)
    for code in instruments:
        cue = ruling.instruments.deciding.get(code)
        if cue is not None:
            counts[cue.sentence] += 1
    return ruling.sentences[max(range(len(counts)), key=lambda number: (counts[number], -number))]


def words_behind(
    ruling: Ruling, rules: Mapping[str, Any], instruments: Sequence[str], frames: Sequence[str], stage: str, sign: str
) -> Iterator[Evidence]:
    """The words that show instruments, frames, stage and sign: an entry for each, in this order.

    A stage is shown by a word of its own, else by the words of an instrument that is mostly reported at it; a sign by a
    word of its own, else by those of an instrument or the stage that it goes with. `rules` is rules/instruments.toml.
    """
    shown = _shown(instruments, ruling.instruments)
    of_stage = _strongest(ruling.cues, rules["stage"]["concepts"], stage)
    of_stage = of_stage or _of_companion(shown, rules["stage"]["instruments"], stage)
    of_sign = _strongest(ruling.cues, rules["sign"]["concepts"], sign)
    of_sign = of_sign or _of_companion(shown, rules["sign"]["instruments"], sign)
    of_sign = of_sign or _of_companion({stage: of_stage}, rules["sign"]["stages"], sign)
    found = [*shown.items(), *_shown(frames, ruling.frames).items(), (stage, of_stage), (sign, of_sign)]
    for code, cue in found:
        if cue is None:
            yield Evidence(code, "", LEARNED, 0, 0)
        else:
            text = ruling.title if cue.field == "title" else ruling.body
            yield Evidence(code, text[cue.start : cue.end], cue.field, cue.start, cue.end)


def names_behind(
    about: Iterable[str],
    title_mentions: Sequence[Mention],
    body_mentions: Sequence[Mention],
    body_field: str,
    ruling: Ruling,
) -> Iterator[Evidence]:
    """The name behind each code of `about`: people of it before a state, the title before the body.

    A state that is only implied, by the name of a scheme or by an outlet's home, has no name and so no entry.
    """
    parts = (("title", ruling.title, title_mentions), (body_field, ruling.body, body_mentions))
    places = [(field, text, mention) for field, text, mentions in parts for mention in mentions]
    for code in sorted(about):
        named = [place for place in places if place[2].code == code]
        if named:
            field, text, mention = min(named, key=lambda place: place[2].role != "people")
            yield Evidence(code, text[mention.start : mention.end], field, mention.start, mention.end)


def _shown(codes: Collection[str], reading: Reading) -> dict[str, Cue | None]:
    return {code: reading.deciding.get(code) for code in codes}


def _strongest(cues: Iterable[Cue], concepts: Mapping[str, Mapping[str, float]], code: str) -> Cue | None:
    """The cue that gives a code most points; the first of equals."""
    worth = {cue: concepts.get(cue.concept, {}).get(code, 0.0) * FIELD_WEIGHTS[cue.field] ** 2 for cue in cues}
    best = max(worth, key=lambda cue: worth[cue], default=None)
    return best if best is not None and worth[best] > 0 else None


def _of_companion(
    companions: Mapping[str, Cue | None], table: Mapping[str, Mapping[str, float]], code: str
) -> Cue | None:
    """The cue of the first of these codes that brings `code` along."""
    return next((cue for own, cue in companions.items() if cue and table.get(own, {}).get(code, 0.0) > 0), None)
