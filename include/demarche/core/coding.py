"""Codes one report: who acts on whom, with what instrument, at what stage, with what sign, in which frames.

Owns the order of the steps and the evidence. The finding of actors, words and direction lives in its neighbours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from demarche.core.actors import ALIASES, Gazetteer
from demarche.core.direction import LINKS, LinkWords, Standing, describe_actors, weigh
from demarche.core.instruments import (
    FRAME_THRESHOLD,
    Cue,
    CueFinder,
    Reading,
    Sentence,
    choose_frames,
    choose_instruments,
    choose_sign,
    choose_stage,
    fold_words,
    score_instruments,
    split_sentences,
    weigh_concepts,
)
from demarche.model import Candidate, Coding, Evidence, Mention

BODY_LIMIT = 700  # letters of summary or text that are read: what follows is background, and costs time
JOINT_AT = 0.5
_CONTEXT = ("deal", "talks", "accuse", "demand", "refuse", "threat", "suspend", "signed", "offshore", "deport", "visa",
            "share", "weapon", "border", "joint_control", "cooperate", "own_nationals", "travel_ban")  # fmt: skip


class Coder:
    """Codes candidates by rules; the same candidate always gets the same coding."""

    def __init__(
        self,
        gazetteer: Gazetteer,
        instruments: Mapping[str, Any],
        rules_version: str,
        weights: Mapping[str, Any] | None = None,
    ) -> None:
        """`instruments` is rules/instruments.toml; `weights` replaces its own [direction] table."""
        self._gazetteer = gazetteer
        self._rules = instruments
        self._version = rules_version
        self._cues = CueFinder(instruments)
        direction = weights or instruments["direction"]
        self._initiator: Mapping[str, float] = direction["initiator"]
        self._target: Mapping[str, float] = direction["target"]
        self._links = {
            lang: LinkWords({kind: fold_words(table.get(kind, "")) for kind in (*LINKS, "say")})
            for lang, table in instruments["links"].items()
        }
        self._no_links = LinkWords({})

    def code(self, candidate: Candidate) -> Coding:
        """The coding of one report, taken as relevant."""
        lang = ALIASES.get(candidate.lang, candidate.lang)
        title = candidate.title
        body_field = "summary" if candidate.summary else "text"
        body = (candidate.summary or candidate.text)[:BODY_LIMIT]
        day = candidate.date.date() if candidate.date else None
        title_mentions = self._gazetteer.mentions(title, lang, day)
        body_mentions = self._gazetteer.mentions(body, lang, day)
        sentences = [*split_sentences("title", title), *split_sentences(body_field, body)]
        cues = list(self._find_cues(sentences, {"title": title, body_field: body}, lang))
        concepts = weigh_concepts(cues)
        reading = score_instruments(cues, self._rules["rules"])
        instruments = choose_instruments(reading)
        stage = choose_stage(concepts, instruments)
        sign = choose_sign(concepts, instruments, stage)
        frames = choose_frames(cues)
        chosen_frames = [f for f, score in sorted(frames.scores.items(), key=lambda s: -s[1]) if score >= FRAME_THRESHOLD]
        implied = self._gazetteer.implied(title, body, lang)
        standings = describe_actors(
            title, body, title_mentions, body_mentions, self._links.get(lang, self._no_links), implied
        )
        initiators, targets, confidence = self._direct(standings, concepts)
        about = _people(title_mentions, body_mentions)
        return Coding(
            id=candidate.id,
            initiators=tuple(sorted(initiators)),
            targets=tuple(sorted(targets)),
            about=tuple(sorted(about)),
            instruments=instruments,
            stage=stage,
            sign=sign,
            frames=tuple(chosen_frames[:2]),
            sentence=_act_sentence(sentences, cues, reading),
            direction_confidence=round(confidence, 3),
            evidence=tuple(_evidence(instruments, reading, chosen_frames[:2], frames, title, body)),
            rules_version=self._version,
        )

    def _find_cues(self, sentences: Sequence[Sentence], texts: Mapping[str, str], lang: str) -> Iterator[Cue]:
        for field, text in texts.items():
            if not text:
                continue
            own = [(number, s) for number, s in enumerate(sentences) if s.field == field]
            for concept, start, end in self._cues.find(text, lang):
                number = next((n for n, s in own if s.start <= start < s.end), 0)
                yield Cue(concept, field, number, start, end)

    def _direct(
        self, standings: Sequence[Standing], concepts: Mapping[str, float]
    ) -> tuple[set[str], set[str], float]:
        context = [name for name in _CONTEXT if concepts.get(name, 0.0) >= 0.9]
        acting = {s.code: weigh(s, context, self._initiator) for s in standings}
        addressed = {s.code: weigh(s, context, self._target) for s in standings}
        initiators = {code for code, p in acting.items() if p >= JOINT_AT}
        targets = {code for code, p in addressed.items() if p >= JOINT_AT}
        if not initiators and acting:
            best = max(acting, key=lambda c: acting[c])
            initiators = {best} if acting[best] >= 0.25 else set()
        if not targets and addressed:
            rest = {c: p for c, p in addressed.items() if c not in initiators}
            best = max(rest, key=lambda c: rest[c], default="")
            targets = {best} if best and rest[best] >= 0.25 else set()
        if len(initiators) == 1 and initiators == targets:
            targets = set()
        decided = [p for c, p in acting.items() if c in initiators] + [p for c, p in addressed.items() if c in targets]
        return initiators, targets, sum(decided) / len(decided) if initiators and targets else 0.0


def _people(title_mentions: Sequence[Mention], body_mentions: Sequence[Mention]) -> set[str]:
    return {m.code for m in (*title_mentions, *body_mentions) if m.role == "people"}


def _act_sentence(sentences: Sequence[Sentence], cues: Sequence[Cue], reading: Reading) -> str:
    """The sentence that carries most of the words which decided an instrument; the title where they are equal."""
    if not sentences:
        return ""
    counts = [0] * len(sentences)
    deciding = {id(cue) for cue in reading.deciding.values()}
    for cue in cues:
        counts[cue.sentence] += 2 if id(cue) in deciding else 0
    return sentences[max(range(len(sentences)), key=lambda n: (counts[n], -n))].text


def _evidence(
    instruments: Sequence[str], reading: Reading, frames: Sequence[str], frame_reading: Reading, title: str, body: str
) -> Iterator[Evidence]:
    """The words behind each code, with their places."""
    for codes, source in ((instruments, reading), (frames, frame_reading)):
        for code in codes:
            cue = source.deciding.get(code)
            if cue is not None:
                text = title if cue.field == "title" else body
                yield Evidence(code, text[cue.start : cue.end], cue.field, cue.start, cue.end)
