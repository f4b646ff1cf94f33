"""Makes rules/model/meaning.npz: vectors of pieces of words whose sum comes close to the sentence vectors of e5.

    python benchmarks/fit_meaning.py labels/composed.jsonl PASSED.jsonl --cache vectors.npz
        --without ../shared/gold/dev.jsonl labels/*.jsonl --out include/demarche/rules/model/meaning.npz

Each text is a JSON line with title and summary. The teacher is multilingual-e5-small (MIT), installed as
requirements-embedder.txt says; it reads a few texts a second, so its vectors are kept in the cache. Labelled reports
are left out (`--without`, by id or key): the judge must be trained on vectors as rough as those of reports to come.

Method: ridge regression of the teacher's vectors, less their mean, on hashed pieces weighted by rarity, solved by
conjugate gradients in the dual; then the directions in which the sums differ most (principal components); then a
byte a number with a scale for each row. The same files give the same table on the same machine.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "include"))

from demarche.adapters.embedders import load_embedder  # noqa: E402
from demarche.core.meaning import count_pieces  # noqa: E402
from demarche.core.relevance import embedded_text  # noqa: E402
from demarche.model import Candidate  # noqa: E402

ROWS = 1 << 17
SIZE = 64  # numbers a vector: 384 told the judge no more
PENALTY = 0.3
STEPS = 60  # of conjugate gradients; the residual is printed
TEACHER = "e5"
Matrix = NDArray[np.float64]


def read_texts(paths: Iterable[Path], without: Iterable[Path]) -> list[str]:
    """The texts as an embedder reads them, each once, but for those of labelled reports."""
    labelled = {str(row.get("id") or row.get("key")) for path in without for row in _rows(path)}
    found: dict[str, None] = {}
    for path in paths:
        for row in _rows(path):
            if str(row.get("id")) not in labelled:
                candidate = Candidate(id="", title=str(row["title"]), summary=str(row.get("summary") or ""))
                found[embedded_text(candidate)] = None
    return list(found)


def _rows(path: Path) -> Iterable[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, filter(str.strip, file))


def teach(texts: Sequence[str], cache: Path) -> Matrix:
    """The teacher's vector of each text, read from the cache where it is known."""
    known: dict[str, NDArray[np.float32]] = {}
    if cache.exists():
        with np.load(cache) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    new = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in known]
    embed = load_embedder(TEACHER) if new else None
    for number, (key, text) in enumerate(new, 1):
        assert embed is not None
        known[key] = embed(text).astype(np.float32)
        if number % 500 == 0 or number == len(new):
            np.savez(cache, keys=np.array(list(known)), vectors=np.array(list(known.values())))
            print(f"{number} of {len(new)} texts read by the teacher", flush=True)
    return np.array([known[key] for key in keys], dtype=np.float64)


class Counts:
    """Texts by pieces, as a sparse matrix whose rows have length one."""

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [count_pieces(text, ROWS) for text in texts]
        seen = np.zeros(ROWS)
        for rows, _ in counted:
            seen[rows] += 1
        self.rarity = np.log((1 + len(texts)) / (1 + seen)) + 1
        self.columns = np.concatenate([rows for rows, _ in counted])
        lengths = np.array([len(rows) for rows, _ in counted])
        self.starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        self.rows = np.repeat(np.arange(len(texts)), lengths)
        values = np.concatenate([counts for _, counts in counted])
        values *= self.rarity[self.columns]
        norms = np.sqrt(np.add.reduceat(values**2, self.starts))
        self.values = values / norms[self.rows]

    def onto_pieces(self, texts: Matrix) -> Matrix:
        """The transposed matrix times `texts` (texts by numbers)."""
        return np.stack(
            [np.bincount(self.columns, self.values * column[self.rows], minlength=ROWS) for column in texts.T], axis=1
        )

    def onto_texts(self, pieces: Matrix) -> Matrix:
        """The matrix times `pieces` (pieces by numbers)."""
        return np.stack(
            [np.add.reduceat(self.values * column[self.columns], self.starts) for column in pieces.T], axis=1
        )


def solve(counts: Counts, wanted: Matrix) -> Matrix:
    """Vectors of pieces whose sums come close to `wanted` (conjugate gradients, Hestenes and Stiefel 1952)."""
    dual = np.zeros_like(wanted)
    residual = wanted.copy()
    direction = residual.copy()
    size = (residual**2).sum(axis=0)
    for _ in range(STEPS):
        moved = counts.onto_texts(counts.onto_pieces(direction)) + PENALTY * direction
        step = size / np.maximum((direction * moved).sum(axis=0), 1e-12)
        dual += step * direction
        residual -= step * moved
        new = (residual**2).sum(axis=0)
        direction = residual + (new / np.maximum(size, 1e-12)) * direction
        size = new
    print(f"residual {float(np.sqrt(size.sum() / (wanted**2).sum())):.2e}")
    return counts.onto_pieces(dual)


def quantised(pieces: Matrix) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A byte a number, and the scale of each row."""
    scales = np.abs(pieces).max(axis=1) / 127
    numbers = np.round(pieces / np.maximum(scales, 1e-12)[:, None]).astype(np.int8)
    return numbers, scales.astype(np.float32)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--without", nargs="*", type=Path, default=[], help="labelled reports to be left out")
    parser.add_argument("--cache", type=Path, required=True, help="where the teacher's vectors are kept")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    texts = read_texts(options.texts, options.without)
    raw = teach(texts, options.cache)
    wanted = raw - raw.mean(axis=0)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    # The principal components of what is wanted: fewer columns to solve for than the teacher has numbers.
    _, _, axes = np.linalg.svd(wanted, full_matrices=False)
    counts = Counts(texts)
    pieces = solve(counts, wanted @ axes[:SIZE].T)
    numbers, scales = quantised(pieces * counts.rarity[:, None])
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out, numbers=numbers, scales=scales)
    print(f"{options.out}: {len(texts)} texts, {options.out.stat().st_size / 2**20:.1f} MB")


if __name__ == "__main__":
    main()
