"""Rebuilds the relevance weights from labelled reports, always the same from the same files.

Owns the choice of rows, folds, penalty and thresholds. The mathematics is in `core.logistic`, the signals in
`core.signals`, the figures of held-back rows in `heldback`. Run it as `python -m demarche.training LABELLED...
[--chosen FILE...] [--texts FILE...] [--composed FILE...] [--readings FILE] [--complete FILE...]`.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demarche.adapters.embedders import Embedder, load_embedder
from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.core.actors import Gazetteer
from demarche.core.closereading import CloseReader, CloseReading, body_of, known_readings, reading_key
from demarche.core.lexicon import Lexicon
from demarche.core.logistic import best_threshold, calibrate, fit_logistic, sigmoid
from demarche.core.meaning import MeaningTable
from demarche.core.relevance import centred, embedded_text, has_object, read_odds, read_report
from demarche.core.rulings import RuleReader
from demarche.core.signals import ActorFinder
from demarche.heldback import report
from demarche.labelled import BORDERLINE, RELEVANT, Labelled, LabelledError, read_labelled, rows_of
from demarche.model import Candidate

BORDERLINE_TARGET, BORDERLINE_IMPORTANCE = 0.3, 0.5  # borderline reports pull a little towards "no"
PENALTY = 10.0
LEAST_ROWS = 10  # relevant ones, and others, without which a fit is noise
SEEN_ROWS = 8  # a signal in fewer rows has no weight
FOLDS = 5
# How often an irrelevant row counts when the threshold is chosen; above 1 for sets richer than daily flow.
NATURAL_IMPORTANCE = 1.0
REVIEW_RECALL = 0.95  # the review band begins where this share of the relevant lies above
STOPPED = -30.0  # held-back log-odds of a row that the gate stops
EMBEDDING_SCALE = 5.0  # sentence vectors have length one: this makes them weigh as much as the signals together
TABLE_SCALE = 9.0  # the same for vectors of the table, which say less
# Composed reports are of another kind than an outlet's: they weigh less, and what they share is a signal of its own.
COMPOSED_IMPORTANCE = 0.2
CHOSEN_IMPORTANCE = 0.5  # reports chosen because the model was unsure of them are more and harder than in the feeds
COMPOSED_SIGNAL = 3.0
READING_SCALE = 2.0  # makes two log-odds weigh as much as a hundred signals
# An embedder is asked about what the plain model does not rule out: this share of the relevant must lie above.
ASKED_RECALL = 0.99

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Fitted weights and what the held-back folds say of them."""

    names: tuple[str, ...]
    weights: Vector
    bias: float
    held_back: Vector  # log-odds of each row by a model that has not seen its month
    precision: float
    recall: float
    f1: float
    called: NDArray[np.bool_]  # relevant by the threshold of the other folds


@dataclass(frozen=True, slots=True)
class Meaning:
    """Sentence vectors of rows, centred and scaled, and what was taken off them."""

    name: str  # of the embedder, empty for the table
    mean: Vector
    scale: float
    vectors: Vector  # rows by numbers; zeros for rows that the gate stops


def measure_all(
    rows: Sequence[Labelled], lexicon: Lexicon, actors: ActorFinder | None, rules: RuleReader
) -> list[dict[str, float] | None]:
    """Each row's signals, None where the gate stops it."""
    return [
        read_report(row.candidate, lexicon, actors, rules)[2] if has_object(row.candidate, lexicon) else None
        for row in rows
    ]


def common_signals(signals: Iterable[Mapping[str, float] | None]) -> list[str]:
    """Names of the signals that enough rows show, in order."""
    seen = Counter(name for row in signals if row for name, value in row.items() if value)
    return sorted(name for name, count in seen.items() if count >= SEEN_ROWS)


def fold_of(month: str) -> int:
    """The fold of a month: all reports of one month, and so of one event, are held back together."""
    return int(hashlib.sha256(month.encode()).hexdigest(), 16) % FOLDS


def embed_rows(
    rows: Sequence[Labelled], signals: Sequence[Mapping[str, float] | None], name: str, embed: Embedder
) -> Meaning:
    """The sentence vectors of the rows that pass the gate, without what they share."""
    raw = [embed(embedded_text(row.candidate)) if s is not None else None for row, s in zip(rows, signals, strict=True)]
    mean = np.mean([vector for vector in raw if vector is not None], axis=0).round(6)
    vectors = [np.zeros(len(mean)) if v is None else centred(v, mean) * EMBEDDING_SCALE for v in raw]
    return Meaning(name, mean, EMBEDDING_SCALE, np.array(vectors))


def sum_rows(rows: Sequence[Labelled], signals: Sequence[Mapping[str, float] | None], table: MeaningTable) -> Meaning:
    """The vectors of the rows that pass the gate by the table of pieces."""
    none = np.zeros(table.size)
    vectors = [
        none if s is None else table.vector(embedded_text(row.candidate)) * TABLE_SCALE
        for row, s in zip(rows, signals, strict=True)
    ]
    return Meaning("", none, TABLE_SCALE, np.array(vectors))


def read_readings(
    path: Path,
    rows: Sequence[Labelled],
    signals: Sequence[Mapping[str, float] | None],
    read: Callable[[Candidate], CloseReading],
) -> NDArray[np.float64]:
    """What the close reader says of each row that passes the gate: rows by two log-odds.

    `path` holds, for reports that taught it, what a reader that had not seen their month said; `read` is asked about
    all others, which are as new to it as a report in use.
    """
    known = known_readings(path.read_text(encoding="utf-8").splitlines())

    def said(candidate: Candidate) -> CloseReading:
        return known.get(reading_key(candidate.title, body_of(candidate))) or read(candidate)

    found = np.zeros((len(rows), 2))
    for place, (row, own) in enumerate(zip(rows, signals, strict=True)):
        if own is None:
            continue
        found[place] = read_odds(row.candidate, said)
    return found


def fit(
    rows: Sequence[Labelled],
    signals: Sequence[Mapping[str, float] | None],
    names: Sequence[str],
    meaning: Meaning | None = None,
    read: NDArray[np.float64] | None = None,
) -> Fit:
    """Weights from all rows that pass the gate, and the scores of each fold by a model of the others.

    With `meaning` the weights of the vectors' numbers follow those of the signals, then those of `read`. Composed rows
    always teach and are never scored: `held_back` and `called` say nothing of them.
    """
    x = np.array([[(s or {}).get(name, 0.0) for name in names] for s in signals])
    if meaning is not None:
        x = np.hstack([x, meaning.vectors])
    if read is not None:
        x = np.hstack([x, READING_SCALE * read])
    composed = np.array([row.is_composed for row in rows])
    x = np.hstack([x, COMPOSED_SIGNAL * composed[:, None]])
    labels = np.array([row.label for row in rows])
    passed = np.array([s is not None for s in signals])
    folds = np.array([-1 if row.is_composed else fold_of(row.month) for row in rows])
    y = np.where(labels == RELEVANT, 1.0, np.where(labels == BORDERLINE, BORDERLINE_TARGET, 0.0))
    importance = np.where(labels == BORDERLINE, BORDERLINE_IMPORTANCE, 1.0)
    importance *= np.where(composed, COMPOSED_IMPORTANCE, 1.0)
    importance *= np.where([row.is_chosen for row in rows], CHOSEN_IMPORTANCE, 1.0)
    held_back = np.full(len(rows), STOPPED)
    for fold in range(FOLDS):
        train, test = passed & (folds != fold), passed & (folds == fold)
        if test.any():
            weights, bias = fit_logistic(x[train], y[train], importance[train], PENALTY)
            held_back[test] = x[test] @ weights + bias
    weights, bias = fit_logistic(x[passed], y[passed], importance[passed], PENALTY)
    scored = (labels != BORDERLINE) & ~composed
    called = np.zeros(len(rows), dtype=bool)
    for fold in range(FOLDS):
        others = scored & (folds != fold)
        threshold, _ = _threshold(held_back[others], labels[others])
        called[folds == fold] = sigmoid(held_back[folds == fold]) >= threshold
    relevant = (labels == RELEVANT) & ~composed
    hits = int((called & relevant).sum())
    precision = hits / max(1, int((called & scored).sum()))
    recall = hits / max(1, int(relevant.sum()))
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return Fit(tuple(names), weights[:-1], bias, held_back, precision, recall, f1, called)


def _threshold(scores: Vector, labels: Vector) -> tuple[float, float]:
    importance = [1.0 if label == RELEVANT else NATURAL_IMPORTANCE for label in labels]
    return best_threshold([float(p) for p in sigmoid(scores)], [label == RELEVANT for label in labels], importance)


def model_of(
    rows: Sequence[Labelled], fitted: Fit, command: str, meaning: Meaning | None = None, asked_from: float | None = None
) -> dict[str, Any]:
    """The model file: weights, calibration and bands, with where they come from."""
    labels = np.array([row.label for row in rows])
    scored = (labels != BORDERLINE) & (fitted.held_back > STOPPED)  # composed rows are never held back
    truth = (labels[scored] == RELEVANT).astype(np.float64)
    slope, offset = calibrate(fitted.held_back[scored], truth, np.ones(len(truth)))
    probability = sigmoid(slope * fitted.held_back + offset)
    importance = [1.0 if y else NATURAL_IMPORTANCE for y in truth]
    accepted, _ = best_threshold([float(p) for p in probability[scored]], [bool(y) for y in truth], importance)
    relevant = np.sort(probability[scored][truth == 1])
    review = float(relevant[int((1 - REVIEW_RECALL) * len(relevant))]) if len(relevant) else accepted / 2
    signals = len(fitted.names)
    vectors = signals + (meaning.vectors.shape[1] if meaning is not None else 0)
    read: dict[str, Any] = {}
    if meaning is not None:
        part: dict[str, Any] = {
            "scale": meaning.scale,
            "weights": [round(float(w), 5) for w in fitted.weights[signals:vectors]],
        }
        if meaning.name:
            read["embedding"] = {"name": meaning.name, **part, "mean": [float(v) for v in meaning.mean]}
        else:
            read["meaning"] = part
    if len(fitted.weights) > vectors:
        read["reading"] = [round(READING_SCALE * float(w), 5) for w in fitted.weights[vectors:]]
    if asked_from is not None:
        read["asked_from"] = asked_from
    return {
        "about": "Relevance to migration diplomacy: logistic regression over the signals of core/signals.py",
        "command": command,
        "rows": {str(label): int((labels == label).sum()) for label in (2, 1, 0)},
        "composed": sum(row.is_composed for row in rows),
        "held_back": {
            "precision": round(fitted.precision, 3),
            "recall": round(fitted.recall, 3),
            "f1": round(fitted.f1, 3),
        },
        "bands": {"accepted": round(accepted, 4), "review": round(min(review, accepted * 0.6), 4)},
        "calibration": {"slope": round(slope, 5), "offset": round(offset, 5)},
        "bias": round(fitted.bias, 5),
        "weights": {name: round(float(w), 5) for name, w in zip(fitted.names, fitted.weights[:signals], strict=True)},
        **read,
    }


def asked_from(rows: Sequence[Labelled], plain: Fit, model: Mapping[str, Any]) -> float:
    """The plain model's held-back probability above which nearly all relevant rows lie."""
    slope, offset = model["calibration"]["slope"], model["calibration"]["offset"]
    relevant = np.array([row.label == RELEVANT for row in rows]) & (plain.held_back > STOPPED)
    scores = np.sort(sigmoid(slope * plain.held_back[relevant] + offset))
    return round(float(scores[int((1 - ASKED_RECALL) * len(scores))]), 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits, prints the held-back scores and writes the model file."""
    parser = argparse.ArgumentParser(prog="python -m demarche.training", description=__doc__)
    parser.add_argument("labelled", nargs="+", type=Path, help="JSON lines with label and title, or label and key")
    parser.add_argument("--chosen", nargs="*", type=Path, default=[], help="the same, chosen by the model as hard")
    parser.add_argument("--texts", nargs="*", type=Path, default=[], help="JSON lines that hold the texts of keys")
    parser.add_argument("--composed", nargs="*", type=Path, default=[], help="JSON lines written for training")
    parser.add_argument("--complete", nargs="*", type=Path, default=[], help="labels of all entries: measured apart")
    parser.add_argument("--rules", type=Path, default=SHIPPED, help="rules folder")
    parser.add_argument("--readings", type=Path, help="also fit the model that weighs these held-back close readings")
    parser.add_argument("--embedder", default="", help="also fit the model that reads this embedder's vectors")
    parser.add_argument("--out", type=Path, default=SHIPPED / "model" / "relevance.json", help="model file to write")
    options = parser.parse_args(arguments)
    try:
        rows = read_labelled(options.labelled, options.texts, options.composed, options.chosen)
    except LabelledError as error:
        sys.stderr.write(f"demarche: {error}\n")
        return 2
    counts = [sum(row.label == label and not row.is_composed for row in rows) for label in (RELEVANT, 0)]
    if min(counts) < LEAST_ROWS:
        told = f"{counts[0]} relevant and {counts[1]} other reports with their words"
        sys.stderr.write(f"demarche: {told}: fewer than {LEAST_ROWS} of each teach nothing\n")
        return 2
    complete = {path.stem: {str(row["key"]): int(row["label"]) for row in rows_of(path)} for path in options.complete}
    lexicon = Lexicon.from_tables(read_lexicon(options.rules))
    gazetteer = Gazetteer.from_tables(read_table(options.rules / "actors.toml"), territory_names())
    rules = RuleReader(read_table(options.rules / "instruments.toml"))
    signals = measure_all(rows, lexicon, gazetteer.mentions, rules)
    names = common_signals(signals)
    files = " ".join(path.name for path in options.labelled)
    if options.chosen:
        files += " --chosen " + " ".join(path.name for path in options.chosen)
    if options.texts:
        files += " --texts " + " ".join(path.name for path in options.texts)
    if options.composed:
        files += " --composed " + " ".join(path.name for path in options.composed)
    table = options.rules / "model" / "meaning.npz"
    summed = sum_rows(rows, signals, MeaningTable(**read_arrays(table))) if table.exists() else None
    plain = fit(rows, signals, names, summed)
    model = model_of(rows, plain, f"python -m demarche.training {files}", summed)
    _write(options.out, model, rows, plain, complete)
    read = None
    if options.readings:
        close = CloseReader(read_arrays(options.rules / "model" / "reader.npz"))
        read = read_readings(options.readings, rows, signals, close.read)
    begin = asked_from(rows, plain, model)
    command = f"{model['command']}{f' --readings {options.readings.name}' if options.readings else ''}"

    def write_second(name: str, command: str, meaning: Meaning | None, read: NDArray[np.float64] | None) -> None:
        fitted = fit(rows, signals, names, meaning, read)
        _write(_beside(options.out, name), model_of(rows, fitted, command, meaning, begin), rows, fitted, complete)

    reader = _beside(options.rules / "model" / "relevance.json", "reader")
    if read is not None:
        write_second("reader", command, summed, read)
    elif reader.exists():
        words = "decides about all that is not ruled out, and is not fitted anew: --readings labels/readings.jsonl does"
        sys.stderr.write(f"demarche: {reader.name} {words}\n")
    if options.embedder:
        meaning = embed_rows(rows, signals, options.embedder, load_embedder(options.embedder))
        command = f"{command} --embedder {options.embedder}"
        write_second(options.embedder, command, meaning, None)
        if read is not None:
            write_second(f"{options.embedder}-reader", command, meaning, read)
    return 0


def _beside(path: Path, name: str) -> Path:
    return path.with_stem(f"{path.stem}-{name}")


def _write(
    path: Path,
    model: Mapping[str, Any],
    rows: Sequence[Labelled],
    fitted: Fit,
    complete: Mapping[str, Mapping[str, int]],
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(model, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path.name}: {len(rows)} rows, held back {model['held_back']}, bands {model['bands']}\n")
    sys.stdout.write("".join(f"  {line}\n" for line in report(rows, fitted.held_back, fitted.called, complete)))


if __name__ == "__main__":
    raise SystemExit(main())
