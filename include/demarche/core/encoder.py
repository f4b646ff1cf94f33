"""Runs a small transformer over the pieces of a text: one vector for each piece, coloured by all others.

Owns the arithmetic and how weights are packed. It splits no text and knows nothing of what it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

GROUP = 32  # numbers that share a scale
MIDDLE = 8  # of the sixteen steps of four bits
EPSILON = 1e-12
# Abramowitz and Stegun 7.1.26: the error function to 1.5e-7, so that numpy is enough.
_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_SLOPE = 0.3275911


def unpack(steps: NDArray[Any], scales: NDArray[np.float16]) -> Matrix:
    """Weights from their steps: whole bytes (rows, columns), or four bits, two in a byte (rows, columns / 2).

    `scales` (rows, columns / 32) has the size of a step for each group.
    """
    rows = len(steps)
    if steps.dtype == np.int8:
        whole = steps.astype(np.float32)
    else:
        whole = np.empty((rows, steps.shape[1] * 2), dtype=np.float32)
        whole[:, 0::2] = steps & 15
        whole[:, 1::2] = steps >> 4
        whole -= MIDDLE
    return (whole.reshape(rows, -1, GROUP) * scales[:, :, None].astype(np.float32)).reshape(rows, -1)


def pack(weights: Matrix) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Weights at four bits, each group of 32 in a row by its largest number; what was packed before stays the same."""
    groups = weights.reshape(len(weights), -1, GROUP)
    largest = np.take_along_axis(groups, np.abs(groups).argmax(axis=2)[:, :, None], axis=2)[:, :, 0]
    scales = (largest / -MIDDLE).astype(np.float16)
    size = np.where(scales == 0, 1, scales).astype(np.float32)[:, :, None]
    steps = np.clip(np.rint(groups / size) + MIDDLE, 0, 2 * MIDDLE - 1).astype(np.uint8).reshape(len(weights), -1)
    return np.asarray(steps[:, 0::2] | (steps[:, 1::2] << 4), dtype=np.uint8), scales


def pack_bytes(weights: Matrix) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Weights at eight bits: what was learned on top of packed weights is finer than their steps."""
    groups = weights.reshape(len(weights), -1, GROUP)
    scales = (np.abs(groups).max(axis=2) / 127).astype(np.float16)
    size = np.where(scales == 0, 1, scales).astype(np.float32)[:, :, None]
    return np.clip(np.rint(groups / size), -127, 127).astype(np.int8).reshape(len(weights), -1), scales


@dataclass(frozen=True, slots=True)
class _Linear:
    weights: Matrix  # inputs by outputs
    bias: Matrix

    def __call__(self, x: Matrix) -> Matrix:
        return np.asarray(x @ self.weights + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Norm:
    weights: Matrix
    bias: Matrix

    def __call__(self, x: Matrix) -> Matrix:
        moved = x - x.mean(axis=1, keepdims=True)
        spread = np.sqrt((moved * moved).mean(axis=1, keepdims=True) + EPSILON)
        return np.asarray(moved / spread * self.weights + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Layer:
    query: _Linear
    key: _Linear
    value: _Linear
    attended: _Linear
    attended_norm: _Norm
    wide: _Linear
    narrow: _Linear
    narrow_norm: _Norm

    def __call__(self, x: Matrix, heads: int) -> Matrix:
        size, width = x.shape
        query, key, value = (
            part(x).reshape(size, heads, width // heads).transpose(1, 0, 2)
            for part in (self.query, self.key, self.value)
        )
        odds = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads))
        shares = np.exp(odds - odds.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        mixed = (shares @ value).transpose(1, 0, 2).reshape(size, width).astype(np.float32, copy=False)
        x = self.attended_norm(x + self.attended(mixed))
        return self.narrow_norm(x + self.narrow(gelu(self.wide(x))))


def gelu(x: Matrix) -> Matrix:
    """x times the normal distribution function at x (Hendrycks and Gimpel 2016)."""
    size = np.abs(x) * np.float32(np.sqrt(0.5))
    step = 1 / (1 + np.float32(_ERF_SLOPE) * size)
    rest: NDArray[Any] = np.zeros_like(x)
    for factor in reversed(_ERF):
        rest = (rest + np.float32(factor)) * step
    erf = np.sign(x) * (1 - rest * np.exp(-size * size))
    return np.asarray(0.5 * x * (1 + erf), dtype=np.float32)


class Encoder:
    """A transformer of the BERT kind (Devlin et al. 2019): vectors of pieces and places, then layers of attention."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], heads: int) -> None:
        """`arrays` is a file of weights: `words`, `places` and layers, as benchmarks/fit_reader.py writes them.

        Raises KeyError where one is absent.
        """
        self._heads = heads
        self._steps = arrays["words.steps"]  # unpacked a text at a time: few pieces of the vocabulary are in one
        self._scales = arrays["words.scales"]
        self._places = arrays["places"].astype(np.float32)
        self._norm = _norm(arrays, "first")
        self._layers = [_layer(arrays, f"layer{number}") for number in range(int(arrays["layers"]))]

    @property
    def most(self) -> int:
        """How many pieces a text may have."""
        return len(self._places)

    def vectors(self, numbers: NDArray[np.int64]) -> Matrix:
        """A vector for each of the pieces (at most `most`) with these numbers."""
        x = unpack(self._steps[numbers], self._scales[numbers]) + self._places[: len(numbers)]
        x = self._norm(x)
        for layer in self._layers:
            x = layer(x, self._heads)
        return x


def _layer(arrays: Mapping[str, NDArray[Any]], name: str) -> _Layer:
    return _Layer(
        query=_linear(arrays, f"{name}.query"),
        key=_linear(arrays, f"{name}.key"),
        value=_linear(arrays, f"{name}.value"),
        attended=_linear(arrays, f"{name}.attended"),
        attended_norm=_norm(arrays, f"{name}.attended"),
        wide=_linear(arrays, f"{name}.wide"),
        narrow=_linear(arrays, f"{name}.narrow"),
        narrow_norm=_norm(arrays, f"{name}.narrow"),
    )


def _linear(arrays: Mapping[str, NDArray[Any]], name: str) -> _Linear:
    weights = unpack(arrays[f"{name}.steps"], arrays[f"{name}.scales"])
    return _Linear(np.ascontiguousarray(weights.T), arrays[f"{name}.bias"].astype(np.float32))


def _norm(arrays: Mapping[str, NDArray[Any]], name: str) -> _Norm:
    return _Norm(arrays[f"{name}.norm"].astype(np.float32), arrays[f"{name}.shift"].astype(np.float32))
