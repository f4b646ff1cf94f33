"""Teaches the close reader (core/closereading.py) with labelled reports, and writes what it says of held-back ones.

    pip install torch==2.13.0 && pip install --require-hashes -r requirements-embedder.txt
    C="labels/composed.jsonl labels/contrasts.jsonl"
    F="../shared/gold/dev.jsonl --chosen labels/events.jsonl … --texts … --composed $C"
    F="$F --coded second.jsonl third.jsonl fourth.jsonl borderline.jsonl general.jsonl"
    F="$F --lessons tests/golden --source PACKAGE/e5-small-q4.bin"
    F="$F --vocabulary $C labels/composed_stories.jsonl PASSED.jsonl DRAWN.jsonl"
    python benchmarks/fit_reader.py $F --readings labels/readings.jsonl --out include/demarche/rules/model/reader.npz
    python benchmarks/fit_reader.py $F --readings labels/readings.jsonl --reader include/demarche/rules/model/reader.npz

It begins with the lower layers of multilingual-e5-small (Wang et al. 2024, MIT) at four bits, as the optional package
holds it, keeps the lowest as they are, and adjusts the others together with questions that sum up a text, answers about
relevance and codes, and the part of each actor where it is named. The pieces of words are those that the texts of this
project use most. Composed reports add an own vector to what is summed up, which is thrown away; so do those out of
scope, where they teach codes. `--pieces-of MODEL` in place of `--vocabulary` keeps the pieces of a model.

With `--reader` nothing is taught: that model reads the reports whose key the readings lack. It must not have seen them.
"""

import argparse
import hashlib
import json
import random
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demarche.adapters.rulebook import SHIPPED, read_arrays, read_lexicon, read_table
from demarche.adapters.territories import territory_names
from demarche.contracts import candidate_from
from demarche.core.actors import Gazetteer
from demarche.core.closereading import PARTS, CloseReader, agent_rows, body_of, reading_key
from demarche.core.encoder import pack, pack_bytes, unpack
from demarche.core.lexicon import Lexicon
from demarche.core.relevance import has_object
from demarche.core.unigram import Vocabulary
from demarche.labelled import BORDERLINE, RELEVANT, read_labelled, rows_of
from demarche.model import FRAMES, INSTRUMENTS, SIGNS, STAGES, Candidate, Mention

FOLDS, NONE_HELD = 3, -1
WIDTH, HEADS, WIDE = 384, 12, 1536
LAYERS, KEPT_LAYERS = 8, 4
PLACES = 112
QUESTIONS = 6
KINDS: Mapping[str, Sequence[str]] = {"instruments": INSTRUMENTS, "stage": STAGES, "sign": SIGNS, "frames": FRAMES}
EPOCHS, BATCH, RATE, HEAD_RATE, WARM = 3, 32, 1.5e-4, 1e-3, 0.1
MEAN_SHARE = 0.12  # of the steps: how far back the running mean of the weights looks
COMPOSED_WORTH = 0.5
BORDERLINE_TARGET, BORDERLINE_WORTH, CLOSE_WORTH = 0.25, 0.6, 0.5
CODE_WORTH, PART_WORTH = 0.5, 0.25
STOPPED_SHARE = 24  # one in so many irrelevant reports that the gate stops is read: in use none is
Row = dict[str, Any]
_work: Callable[[int], list[Row]]


@dataclass(frozen=True)
class Report:
    """A labelled report as it is taught: `codes` by kind, `sides` of its actors; None where nobody said."""

    candidate: Candidate
    label: int
    fold: int  # -1: never held back
    is_composed: bool
    codes: Mapping[str, Sequence[str]] | None
    sides: tuple[frozenset[str], frozenset[str], frozenset[str]] | None
    mentions: tuple[Sequence[Mention], Sequence[Mention]]

    @property
    def is_judged(self) -> bool:
        """Whether it teaches relevance. Dealings about other subjects teach codes alone: most do not pass the gate."""
        return self.is_composed or self.label > 0 or self.codes is None


@dataclass(frozen=True)
class Pieces:
    """A report's piece numbers, and where in them each mention stands with what it is."""

    numbers: np.ndarray
    spans: Sequence[tuple[str, int, int]]


class Source:
    """The packed file of multilingual-e5-small: its pieces and weights."""

    def __init__(self, path: Path) -> None:
        self._data = path.read_bytes()
        if self._data[:4] != b"E5S1":
            raise ValueError(f"{path}: not a packed e5 model")
        self._at = 8 + 7 * 4 + 4 + 4
        count = self._read("i")[0]
        self.first, self.last, _, self.unknown = self._read("4i")
        (size,) = self._read("Q")
        offsets = np.frombuffer(self._data, "<u4", count + 1, self._at)
        self._at += 4 * (count + 1)
        self.scores = np.frombuffer(self._data, "<f4", count, self._at).astype(np.float16)
        self._at += 4 * count
        words = self._data[self._at : self._at + size]
        self.pieces = [words[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        self._at += size
        _, normal = self._read("iI")
        self._at += normal
        self._places: dict[str, tuple[int, int]] = {}
        for _ in range(self._read("i")[0]):
            (length,) = self._read("H")
            name = self._data[self._at : self._at + length].decode()
            self._at += length
            _, _, place, own = self._read("BIQQ")
            self._places[name] = place, own

    def _read(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from(f"<{form}", self._data, self._at)
        self._at += struct.calcsize(f"<{form}")
        return found

    def weights(self, name: str, rows: int, columns: int = 1) -> torch.Tensor:
        """A table of weights as float32."""
        place, size = self._places[name]
        count = rows * columns
        if size >= 4 * count:
            found = np.frombuffer(self._data, "<f4", count, place)
        else:  # blocks of 32: a scale, then two numbers in a byte, the first sixteen in the low halves
            blocks = np.frombuffer(self._data, np.uint8, count // 32 * 18, place).reshape(-1, 18)
            scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
            steps = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32) - 8
            found = steps * scales
        return torch.from_numpy(found.reshape(rows, columns).copy() if columns > 1 else found.reshape(rows).copy())


class Layer(nn.Module):
    """One layer of the encoder, begun with the source's weights."""

    def __init__(self, source: Source, number: int) -> None:
        super().__init__()

        def linear(name: str, inputs: int, outputs: int) -> nn.Linear:
            made = nn.Linear(inputs, outputs)
            made.weight.data = source.weights(f"l{number}.{name}.w", outputs, inputs)
            made.bias.data = source.weights(f"l{number}.{name}.b", outputs)
            return made

        def norm(name: str) -> nn.LayerNorm:
            made = nn.LayerNorm(WIDTH, eps=1e-12)
            made.weight.data = source.weights(f"l{number}.{name}.w", WIDTH)
            made.bias.data = source.weights(f"l{number}.{name}.b", WIDTH)
            return made

        self.query, self.key, self.value = (linear(name, WIDTH, WIDTH) for name in ("q", "k", "v"))
        self.attended, self.attended_norm = linear("ao", WIDTH, WIDTH), norm("aln")
        self.wide, self.narrow, self.narrow_norm = linear("fi", WIDTH, WIDE), linear("fo", WIDE, WIDTH), norm("oln")
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        count, size, _ = x.shape

        def split(part: nn.Linear) -> torch.Tensor:
            return part(x).view(count, size, HEADS, WIDTH // HEADS).transpose(1, 2)

        parts = (split(part) for part in (self.query, self.key, self.value))
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=mask[:, None, None, :])
        mixed = mixed.transpose(1, 2).reshape(count, size, WIDTH)
        x = self.attended_norm(x + self.dropout(self.attended(mixed)))
        return self.narrow_norm(x + self.dropout(self.narrow(functional.gelu(self.wide(x)))))


class Taught(nn.Module):
    """The layers that are adjusted, and the answers."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(source, number) for number in range(KEPT_LAYERS, LAYERS))
        summed = WIDTH * (QUESTIONS + 1)
        self.questions = nn.Parameter(torch.randn(QUESTIONS, WIDTH) * 0.02)
        self.composed = nn.Parameter(torch.zeros(summed))
        self.near = nn.Parameter(torch.zeros(summed))
        self.dropout = nn.Dropout(0.1)
        self.relevance = nn.Linear(summed, 2)
        self.codes = nn.ModuleDict({kind: nn.Linear(summed, len(codes)) for kind, codes in KINDS.items()})
        self.part1, self.part2 = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, len(PARTS))

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor, composed: torch.Tensor, near: torch.Tensor
    ) -> tuple[Any, ...]:
        """Vectors of the pieces, log-odds of relevance (close, relevant), and of the codes by kind.

        `near` marks reports out of scope whose codes teach: one government's act alone, and dealings about other
        subjects, have other codes than a dealing about migration.
        """
        for layer in self.layers:
            x = layer(x, mask)
        asked = (x @ self.questions.T).masked_fill(~mask[:, :, None], -1e9).softmax(1)
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        summed = torch.cat([mean, (asked.transpose(1, 2) @ x).flatten(1)], 1)
        summed = self.dropout(summed + composed[:, None] * self.composed)
        coded = summed + near[:, None] * self.near
        return x, self.relevance(summed), {kind: answer(coded) for kind, answer in self.codes.items()}

    def part(self, vectors: torch.Tensor) -> torch.Tensor:
        """Log-odds of the parts of actors with these mean vectors."""
        return self.part2(functional.gelu(self.part1(vectors)))


def fold_of(key: str) -> int:
    """The fold of a month, or of a composed event."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS


def read_reports(options: argparse.Namespace) -> list[Report]:
    """All reports to teach, each once; those without a month (our own headlines) have a fold of their own text."""
    gazetteer = Gazetteer.from_tables(read_table(SHIPPED / "actors.toml"), territory_names())
    lexicon = Lexicon.from_tables(read_lexicon(SHIPPED))
    coded: dict[str, Row] = {}
    events: dict[str, str] = {}
    files = [*options.labelled, *options.coded, *options.composed, options.lessons / "coding.jsonl"]
    for path in files:
        for row in rows_of(path):
            key = reading_key(row["title"], row.get("summary") or "")
            events[key] = str(row.get("event") or "")
            if "initiators" in row:
                coded.setdefault(key, row)
    found: dict[str, Report] = {}

    def add(candidate: Candidate, label: int, group: str, is_composed: bool) -> None:
        key = reading_key(candidate.title, body_of(candidate))
        if key in found:
            return
        row = coded.get(key)
        if not (label or row or has_object(candidate, lexicon)) and int(key, 16) % STOPPED_SHARE:
            return
        day = candidate.date.date() if candidate.date else None
        texts = (candidate.title, body_of(candidate))
        mentions = tuple(gazetteer.mentions(text, candidate.lang, day) for text in texts)
        sides = tuple(frozenset(row.get(name) or ()) for name in ("initiators", "targets", "about")) if row else None
        codes = {kind: _listed(row[kind]) for kind in KINDS if row.get(kind) is not None} if row else None
        found[key] = Report(candidate, label, fold_of(group), is_composed, codes, sides, mentions)  # type: ignore[arg-type]

    for labelled in read_labelled(options.labelled, options.texts, options.composed, options.chosen):
        candidate = labelled.candidate
        event = events.get(reading_key(candidate.title, body_of(candidate))) or labelled.month
        add(candidate, labelled.label, event, labelled.is_composed)
    for key, row in coded.items():
        add(candidate_from(row), row.get("label", RELEVANT), str(row.get("date") or "")[:7] or key, False)
    for row in rows_of(options.lessons / "relevance.jsonl"):
        add(candidate_from(row), RELEVANT if row["relevant"] else 0, row["title"], False)
    return list(found.values())


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def choose_pieces(source: Source, texts: Iterable[str], count: int) -> list[int]:
    """The pieces that these texts use most, and every piece of one character that they use; in the source's order."""
    whole = Vocabulary(source.pieces, source.scores.tolist(), source.unknown)
    used: Counter[int] = Counter()
    for text in texts:
        used.update(piece.number for piece in whole.split(text))
    letters = {letter for number in used for letter in source.pieces[number]}
    kept = {number for number, piece in enumerate(source.pieces) if len(piece) == 1 and piece in letters}
    kept |= {source.first, source.last, source.unknown}
    kept |= {number for number, _ in used.most_common(max(0, count - len(kept)))}
    return sorted(kept)


def pieces_of(arrays: Mapping[str, np.ndarray], source: Source) -> list[int]:
    """The pieces that a model keeps."""
    place = {piece: number for number, piece in enumerate(source.pieces)}
    return [place[piece] for piece in arrays["pieces"].tobytes().decode().split("\n")]


def split_reports(reports: Sequence[Report], source: Source, kept: Sequence[int]) -> list[Pieces]:
    """The pieces of reports as the close reader sees them."""
    vocabulary = Vocabulary([source.pieces[n] for n in kept], source.scores[kept].tolist(), kept.index(source.unknown))
    ends = (kept.index(source.first), kept.index(source.last))
    found = []
    for report in reports:
        title, body = report.candidate.title, body_of(report.candidate)
        numbers, pieces, body_start = CloseReader.lay_out(title, body, vocabulary, ends, PLACES)
        found.append(Pieces(np.array(numbers), list(agent_rows(pieces, body_start, *report.mentions))))
    return found


class Bottom:
    """What the lowest layers make of each report: they stay as they are, so it is worked out once."""

    def __init__(self, source: Source, kept: Sequence[int], split: Sequence[Pieces]) -> None:
        words = source.weights("emb.word", len(source.pieces) + 35, WIDTH)[torch.tensor(kept)]
        places = source.weights("emb.pos", 512, WIDTH)[:PLACES] + source.weights("emb.type", WIDTH)
        norm = (source.weights("emb.ln.w", WIDTH), source.weights("emb.ln.b", WIDTH))
        self.arrays = {"words": words, "places": places, "first.norm": norm[0], "first.shift": norm[1]}
        self.layers = [Layer(source, number).eval() for number in range(KEPT_LAYERS)]
        self._made: dict[int, np.ndarray] = {}
        order = sorted(range(len(split)), key=lambda n: len(split[n].numbers))
        with torch.no_grad():
            for batch in (order[n : n + 2 * BATCH] for n in range(0, len(order), 2 * BATCH)):
                numbers, mask = _padded([torch.from_numpy(split[n].numbers) for n in batch])
                x = functional.layer_norm(words[numbers] + places[: numbers.shape[1]], (WIDTH,), *norm, 1e-12)
                for layer in self.layers:
                    x = layer(x, mask)
                for row, n in enumerate(batch):
                    self._made[n] = x[row, : len(split[n].numbers)].half().numpy()

    def batch(self, places: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """The vectors of these reports' pieces, padded, and which are real."""
        return _padded([torch.from_numpy(self._made[n]).float() for n in places])

    def size(self, place: int) -> int:
        """How many pieces a report has."""
        return len(self._made[place])


def _padded(rows: Sequence[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(row), dtype=torch.bool) for row in rows], batch_first=True)
    return nn.utils.rnn.pad_sequence(list(rows), batch_first=True), mask


def batches(places: Sequence[int], bottom: Bottom, mixed: random.Random | None) -> Iterator[list[int]]:
    """Reports of like length together, so that little is padded; in mixed order where they teach."""
    order = list(places)
    if mixed:
        mixed.shuffle(order)
    made = []
    for start in range(0, len(order), 24 * BATCH):
        near = sorted(order[start : start + 24 * BATCH], key=bottom.size)
        made += [near[n : n + BATCH] for n in range(0, len(near), BATCH)]
    if mixed:
        mixed.shuffle(made)
    yield from made


def loss_of(model: Taught, bottom: Bottom, reports: Sequence[Report], split: Sequence[Pieces], batch: list[int]) -> Any:
    """What the model answers wrongly in a batch: relevance, codes and parts together."""
    chosen = [reports[n] for n in batch]
    worth = torch.tensor([COMPOSED_WORTH if report.is_composed else 1.0 for report in chosen])
    labels = torch.tensor([report.label for report in chosen])
    asked = worth * torch.tensor([float(report.is_judged) for report in chosen])
    composed = torch.tensor([float(report.is_composed) for report in chosen])
    x, relevance, codes = model(*bottom.batch(batch), composed, (labels < RELEVANT).float())
    target = torch.where(labels == RELEVANT, 1.0, torch.where(labels == BORDERLINE, BORDERLINE_TARGET, 0.0))
    own = torch.where(labels == BORDERLINE, BORDERLINE_WORTH, 1.0)
    lost = (asked * own * _lost(relevance[:, 1], target)).mean()
    lost = lost + CLOSE_WORTH * (asked * _lost(relevance[:, 0], (labels >= BORDERLINE).float())).mean()
    for kind, names in KINDS.items():
        rows = [row for row, report in enumerate(chosen) if report.codes and kind in report.codes]
        if rows:
            wanted = torch.tensor([[float(name in chosen[row].codes[kind]) for name in names] for row in rows])  # type: ignore[index]
            lost = lost + CODE_WORTH * (_lost(codes[kind][rows], wanted).sum(1) * worth[rows]).sum() / len(batch)
    spans = [
        (x[row, start:end].mean(0), [float(code in side) for side in report.sides], worth[row])
        for row, (n, report) in enumerate(zip(batch, chosen, strict=True))
        if report.sides
        for code, start, end in split[n].spans
    ]
    if spans:
        vectors, wanted_parts, worths = zip(*spans, strict=True)
        wrong = _lost(model.part(torch.stack(vectors)), torch.tensor(wanted_parts)).sum(1)
        lost = lost + PART_WORTH * (wrong * torch.stack(worths)).sum() / len(batch)
    return lost


def _lost(odds: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(odds, wanted, reduction="none")


def teach(source: Source, bottom: Bottom, reports: Sequence[Report], split: Sequence[Pieces], held: int) -> Taught:
    """A model taught with all reports outside the held-back fold: the running mean of its later weights."""
    torch.manual_seed(1)
    mixed = random.Random(1)
    model = Taught(source)
    inside = [n for n, report in enumerate(reports) if report.fold != held]
    upper = list(model.layers.parameters())
    rest = [weights for name, weights in model.named_parameters() if not name.startswith("layers")]
    optimizer = torch.optim.AdamW([{"params": upper, "lr": RATE}, {"params": rest, "lr": HEAD_RATE}], weight_decay=0.01)
    steps = EPOCHS * sum(1 for _ in batches(inside, bottom, None))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / (WARM * steps)) * max(0.02, 1 - step / steps)
    )
    mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(1 - 1 / (MEAN_SHARE * steps)))
    began, step = time.monotonic(), 0
    for _ in range(EPOCHS):
        for batch in batches(inside, bottom, mixed):
            lost = loss_of(model, bottom, reports, split, batch)
            optimizer.zero_grad()
            lost.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step > steps / 2:
                mean.update_parameters(model)
            if step % 50 == 0:
                print(f"{held}: {step} of {steps}, {lost.item():.2f}, {time.monotonic() - began:.0f} s", flush=True)
    taught: Taught = mean.module.eval()
    return taught


def round_weights(model: Taught) -> None:
    """Brings the adjusted layers to the eight bits that they are kept at."""
    for layer in model.layers:
        for part in layer.modules():
            if isinstance(part, nn.Linear):
                part.weight.data = torch.from_numpy(unpack(*pack_bytes(part.weight.detach().numpy())))


def readings(
    model: Taught, bottom: Bottom, reports: Sequence[Report], split: Sequence[Pieces], places: Sequence[int]
) -> Iterator[Row]:
    """What the model says of reports, in the form that the weights of judge and coder are fitted with."""
    with torch.no_grad():
        for batch in batches(places, bottom, None):
            none = torch.zeros(len(batch))
            x, relevance, codes = model(*bottom.batch(batch), none, none)
            for row, n in enumerate(batch):
                candidate = reports[n].candidate
                said: Row = {"key": reading_key(candidate.title, body_of(candidate))}
                said |= {
                    name: round(float(relevance[row, place]), 2)
                    for place, name in enumerate(("borderline", "relevant"))
                }
                if reports[n].codes is not None:
                    said["codes"] = {
                        kind: dict(zip(names, codes[kind][row].numpy().round(2).tolist(), strict=True))
                        for kind, names in KINDS.items()
                    }
                    parts: dict[str, list[float]] = {}
                    for code, start, end in split[n].spans:
                        odds = model.part(x[row, start:end].mean(0)).numpy().round(2).tolist()
                        parts[code] = [max(pair) for pair in zip(parts.get(code, odds), odds, strict=True)]
                    said["parts"] = parts
                yield said


def arrays_of(model: Taught, bottom: Bottom, source: Source, kept: Sequence[int]) -> dict[str, np.ndarray]:
    """The file that `core.closereading` reads."""
    half = np.float16
    about = {
        "unknown": kept.index(source.unknown),
        "first": kept.index(source.first),
        "last": kept.index(source.last),
        "heads": HEADS,
        "codes": KINDS,
    }
    arrays: dict[str, np.ndarray] = {
        "about": np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
        "pieces": np.frombuffer("\n".join(source.pieces[n] for n in kept).encode(), dtype=np.uint8),
        "scores": source.scores[kept],
        "layers": np.array(LAYERS),
    }
    arrays["words.steps"], arrays["words.scales"] = pack(bottom.arrays["words"].numpy())
    arrays |= {name: bottom.arrays[name].numpy().astype(half) for name in ("places", "first.norm", "first.shift")}
    for number, layer in enumerate([*bottom.layers, *model.layers]):
        for name in ("query", "key", "value", "attended", "wide", "narrow"):
            part = getattr(layer, name)
            rounded = (pack if number < KEPT_LAYERS else pack_bytes)(part.weight.detach().numpy())
            arrays[f"layer{number}.{name}.steps"], arrays[f"layer{number}.{name}.scales"] = rounded
            arrays[f"layer{number}.{name}.bias"] = part.bias.detach().numpy().astype(half)
        for name in ("attended", "narrow"):
            norm = getattr(layer, f"{name}_norm")
            arrays[f"layer{number}.{name}.norm"] = norm.weight.detach().numpy().astype(half)
            arrays[f"layer{number}.{name}.shift"] = norm.bias.detach().numpy().astype(half)
    arrays["questions"] = model.questions.detach().numpy().astype(half)
    for name, answer in answers_of(model).items():
        arrays[f"{name}.weights"] = answer.weight.detach().numpy().astype(half)
        arrays[f"{name}.bias"] = answer.bias.detach().numpy().astype(np.float32)
    return arrays


def model_from(arrays: Mapping[str, np.ndarray], source: Source) -> Taught:
    """The model that was written by `arrays_of`."""
    model = Taught(source)

    def put(weights: torch.Tensor, array: np.ndarray) -> None:
        weights.data = torch.from_numpy(np.array(array, dtype=np.float32))

    for number, layer in enumerate(model.layers, KEPT_LAYERS):
        own = f"layer{number}"
        for name in ("query", "key", "value", "attended", "wide", "narrow"):
            part = getattr(layer, name)
            put(part.weight, unpack(arrays[f"{own}.{name}.steps"], arrays[f"{own}.{name}.scales"]))
            put(part.bias, arrays[f"{own}.{name}.bias"])
        for name in ("attended", "narrow"):
            put(getattr(layer, f"{name}_norm").weight, arrays[f"{own}.{name}.norm"])
            put(getattr(layer, f"{name}_norm").bias, arrays[f"{own}.{name}.shift"])
    put(model.questions, arrays["questions"])
    for name, answer in answers_of(model).items():
        put(answer.weight, arrays[f"{name}.weights"])
        put(answer.bias, arrays[f"{name}.bias"])
    return model.eval()


def answers_of(model: Taught) -> dict[str, nn.Linear]:
    """The answers of a model by the names that they have in its file."""
    codes = dict(model.codes.items())
    return {"relevance": model.relevance, "part1": model.part1, "part2": model.part2, **codes}


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("labelled", nargs="+", type=Path)
    parser.add_argument("--chosen", nargs="*", type=Path, default=[])
    parser.add_argument("--texts", nargs="*", type=Path, default=[])
    parser.add_argument("--composed", nargs="*", type=Path, default=[])
    parser.add_argument("--coded", nargs="*", type=Path, default=[], help="further reports with codes")
    parser.add_argument("--lessons", type=Path, required=True, help="the folder of our own headlines")
    parser.add_argument(
        "--vocabulary", nargs="*", type=Path, default=[], help="JSON lines that say which pieces are used"
    )
    parser.add_argument("--pieces", type=int, default=60_000)
    parser.add_argument("--pieces-of", type=Path, help="a model whose pieces are kept, in place of --vocabulary")
    parser.add_argument("--source", type=Path, required=True, help="e5-small-q4.bin of the optional package")
    parser.add_argument("--readings", type=Path, help="where the answers to held-back reports go")
    parser.add_argument("--out", type=Path, help="where the model that has seen all goes")
    parser.add_argument("--held", type=Path, help="a folder for the models that read held-back reports")
    parser.add_argument("--reader", type=Path, help="a model that reads what the readings lack; nothing is taught")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.reader and not options.readings:
        parser.error("--reader needs --readings")
    if options.readings and options.readings.exists() and not options.reader:
        raise SystemExit(f"{options.readings} is there already")
    torch.set_num_threads(1)
    source = Source(options.source)
    reports = read_reports(options)
    if options.reader:
        add_readings(options.readings, read_arrays(options.reader), source, reports)
        return
    if options.pieces_of:
        kept = pieces_of(read_arrays(options.pieces_of), source)
    else:
        texts = [f"{r['title']} {r.get('summary') or ''}" for path in options.vocabulary for r in rows_of(path)]
        kept = choose_pieces(source, texts, options.pieces)
    split = split_reports(reports, source, kept)
    print(f"{len(reports)} reports, {sum(len(s.numbers) for s in split)} pieces of {len(kept)} kinds", flush=True)
    bottom = Bottom(source, kept, split)

    def work(held: int) -> list[Row]:
        model = teach(source, bottom, reports, split, held)
        round_weights(model)
        path = options.out if held == NONE_HELD else options.held and options.held / f"held-{held}.npz"
        if path:
            np.savez_compressed(path, **arrays_of(model, bottom, source, kept))
        if held == NONE_HELD:
            return []
        return list(readings(model, bottom, reports, split, [n for n, r in enumerate(reports) if r.fold == held]))

    global _work  # forked processes find it there, with all that was read
    _work = work
    holds = [*(range(FOLDS) if options.readings else []), *([NONE_HELD] if options.out else [])]
    with get_context("fork").Pool(options.processes) as pool:
        for rows in pool.imap(_run, holds):
            if rows:
                add_lines(options.readings, [json.dumps(row) for row in sorted(rows, key=lambda row: str(row["key"]))])


def add_readings(path: Path, arrays: Mapping[str, np.ndarray], source: Source, reports: Sequence[Report]) -> None:
    """Writes what a model says of the reports that the file of readings lacks behind those that it has."""
    read = {row["key"] for row in rows_of(path)}
    unread = [r for r in reports if reading_key(r.candidate.title, body_of(r.candidate)) not in read]
    kept = pieces_of(arrays, source)
    split = split_reports(unread, source, kept)
    rows = readings(model_from(arrays, source), Bottom(source, kept, split), unread, split, range(len(unread)))
    add_lines(path, [json.dumps(row) for row in sorted(rows, key=lambda row: str(row["key"]))])


def add_lines(path: Path, lines: Iterable[str]) -> None:
    """Writes lines behind those that are there: each fold as soon as it is read."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


def _run(held: int) -> list[Row]:
    return _work(held)


if __name__ == "__main__":
    main()
