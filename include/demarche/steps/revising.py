"""One entry's verdict, from all who have a say: the judge, the page's text, a second opinion, a person.

Each later one outranks those before it, and the verdict remembers what the first one said. Owns that order, and the
caps on asking for opinions; who is right is for the rules to say.
"""

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from demarche.adapters.decisions import read_decisions
from demarche.adapters.files import append_line
from demarche.adapters.opinions import Opinion, OpinionClient
from demarche.adapters.rulebook import SHIPPED, read_table
from demarche.core.identity import short_hash
from demarche.core.labels import (
    fault_of,
    label_of,
    revised_by_opinion,
    revised_by_person,
    revised_by_text,
    standing_labels,
)
from demarche.core.urls import canonical_url
from demarche.core.windows import Span
from demarche.model import Band, Candidate, Label, Verdict
from demarche.settings import Settings
from demarche.steps.workbench import workbench

log = logging.getLogger(__name__)

# A key that ended longer ago is a replay: it uses the answers that were kept and asks nobody.
ASKED_WITHIN = timedelta(days=1)
FAILURES = 3  # in a row, after which nobody is asked again in this run


def read_labels(settings: Settings) -> list[Label]:
    """What people said of single reports, in the order they said it. Raises DecisionError that names file and line."""
    return [label_of(row) for row in read_decisions(settings.labels, fault_of)]


class Decider:
    """Decides about the entries of one key; with `may_ask` false, from what is known alone."""

    def __init__(self, settings: Settings, span: Span, now: datetime, *, may_ask: bool = True) -> None:
        self._judge = workbench(settings).judge
        self._labels = standing_labels(read_labels(settings))
        self._opinions = SecondOpinions(settings, span, now, may_ask=may_ask) if settings.opinion_url else None

    def decide(self, candidate: Candidate) -> Verdict:
        """The verdict that stands."""
        verdict = self._judge.judge(candidate)
        if candidate.text:
            verdict = revised_by_text(self._judge.judge(replace(candidate, text="")), verdict)
        label = self._labels.get(canonical_url(candidate.url)) if self._labels and candidate.url else None
        if label is not None:
            return revised_by_person(verdict, label)
        if self._opinions is not None and verdict.band is Band.REVIEW:
            opinion = self._opinions.of(candidate)
            if opinion is not None:
                return revised_by_opinion(verdict, opinion)
        return verdict


class SecondOpinions:
    """Answers that were kept, and new ones while the caps allow. Nothing here can stop a run."""

    def __init__(self, settings: Settings, span: Span, now: datetime, *, may_ask: bool) -> None:
        self._settings = settings
        self._now = now
        self._rules = read_table((settings.rules or SHIPPED) / "opinion.toml")
        self._client = OpinionClient(settings)
        self._may_ask = may_ask and now - span.end <= ASKED_WITHIN
        self._until = time.monotonic() + settings.opinion_budget
        self._failures = 0
        kept = read_decisions(settings.opinions)
        self._known = {answer["question"]: answer["label"] for answer in kept if answer["label"] is not None}
        recent = (now - timedelta(days=1)).isoformat()
        self._tokens = sum(answer["tokens"] for answer in kept if answer["asked_at"] >= recent)

    def of(self, candidate: Candidate) -> int | None:
        """The label 0, 1 or 2 that another judge gave, or None where there is none."""
        words = "\n".join(part for part in (candidate.title, candidate.summary, candidate.text) if part)
        report = words[: self._rules["characters"]]
        question = short_hash("opinion", self._settings.opinion_model, self._rules["question"], report)
        if question in self._known:
            return int(self._known[question])
        if not self._may_ask or self._is_spent():
            return None
        opinion = self._client.ask(self._rules["question"], report, answer_tokens=self._rules["answer_tokens"])
        # An endpoint that does not count is charged by its letters: four to a token is usual.
        used = opinion.tokens or (len(report) + len(self._rules["question"])) // 4
        if opinion.is_charged:
            self._tokens += used
            self._keep(question, candidate, opinion, used)
        if opinion.label is None:
            self._failures += 1
            log.warning("no second opinion: %s", opinion.reason)
            return None
        self._failures = 0
        self._known[question] = opinion.label
        return opinion.label

    def _keep(self, question: str, candidate: Candidate, opinion: Opinion, used: int) -> None:
        """Write an answer down with what it cost; one without a label counts against the cap of later runs, too."""
        append_line(
            self._settings.opinions,
            {
                "question": question,
                "entry_id": candidate.id,
                "model": self._settings.opinion_model,
                "label": opinion.label,
                "reason": opinion.reason,
                "tokens": used,
                "asked_at": self._now.isoformat(),
            },
        )

    def _is_spent(self) -> bool:
        return (
            self._failures >= FAILURES
            or self._tokens >= self._settings.opinion_tokens
            or time.monotonic() > self._until
        )
