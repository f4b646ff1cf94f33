"""The encoder's arithmetic agrees with the definitions, and packing loses little."""

import math

import numpy as np
import pytest

from demarche.core.encoder import GROUP, Encoder, gelu, pack, pack_bytes, unpack

WIDTH, WIDE, HEADS, WORDS, PLACES = 64, 128, 4, 40, 12


def drawn(seed=3):
    return np.random.default_rng(seed)


def arrays(layers=2):
    draw = drawn()
    made = {"places": draw.normal(size=(PLACES, WIDTH)).astype(np.float16), "layers": np.array(layers)}

    def matrix(name, rows, columns):
        steps, scales = pack(draw.normal(size=(rows, columns), scale=0.2).astype(np.float32))
        made[f"{name}.steps"], made[f"{name}.scales"] = steps, scales

    def norm(name):
        made[f"{name}.norm"] = draw.normal(1, 0.1, WIDTH).astype(np.float16)
        made[f"{name}.shift"] = draw.normal(0, 0.1, WIDTH).astype(np.float16)

    matrix("words", WORDS, WIDTH)
    norm("first")
    for n in range(layers):
        for name, inputs, outputs in (
            ("query", WIDTH, WIDTH), ("key", WIDTH, WIDTH), ("value", WIDTH, WIDTH), ("attended", WIDTH, WIDTH),
            ("wide", WIDTH, WIDE), ("narrow", WIDE, WIDTH),
        ):  # fmt: skip
            matrix(f"layer{n}.{name}", outputs, inputs)
            made[f"layer{n}.{name}.bias"] = draw.normal(size=outputs, scale=0.1).astype(np.float16)
        norm(f"layer{n}.attended")
        norm(f"layer{n}.narrow")
    return made


def by_the_book(made, numbers):
    """The same transformer, number by number, in double precision."""

    def linear(name, x):
        weights = unpack(made[f"{name}.steps"], made[f"{name}.scales"]).astype(float)
        return x @ weights.T + made[f"{name}.bias"].astype(float)

    def norm(name, x):
        scale, shift = made[f"{name}.norm"].astype(float), made[f"{name}.shift"].astype(float)
        return np.array([(row - row.mean()) / math.sqrt(row.var() + 1e-12) * scale + shift for row in x])

    x = unpack(made["words.steps"], made["words.scales"])[numbers].astype(float) + made["places"][: len(numbers)]
    x = norm("first", x)
    for n in range(int(made["layers"])):
        query, key, value = (linear(f"layer{n}.{name}", x) for name in ("query", "key", "value"))
        mixed = np.zeros_like(x)
        size = WIDTH // HEADS
        for head in range(HEADS):
            own = slice(head * size, (head + 1) * size)
            for row in range(len(x)):
                odds = np.array([query[row, own] @ key[other, own] / math.sqrt(size) for other in range(len(x))])
                shares = np.exp(odds) / np.exp(odds).sum()
                mixed[row, own] = shares @ value[:, own]
        x = norm(f"layer{n}.attended", x + linear(f"layer{n}.attended", mixed))
        wide = linear(f"layer{n}.wide", x)
        wide = np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))(wide)
        x = norm(f"layer{n}.narrow", x + linear(f"layer{n}.narrow", wide))
    return x


def test_vectors_are_those_of_the_definition():
    made = arrays()
    numbers = np.array([3, 17, 3, 39, 0])
    assert np.allclose(Encoder(made, HEADS).vectors(numbers), by_the_book(made, numbers), atol=1e-4)


def test_a_piece_is_coloured_by_the_pieces_around_it():
    encoder = Encoder(arrays(), HEADS)
    alone, beside = encoder.vectors(np.array([3]))[0], encoder.vectors(np.array([3, 8]))[0]
    assert not np.allclose(alone, beside, atol=1e-3)


def test_gelu_is_that_of_the_error_function():
    points = np.linspace(-6, 6, 101, dtype=np.float32)
    exact = [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in points.tolist()]
    assert np.allclose(gelu(points), exact, atol=1e-5)


def test_packed_weights_lose_less_than_a_step():
    weights = drawn().normal(size=(10, 4 * GROUP)).astype(np.float32)
    largest = np.abs(weights.reshape(10, 4, GROUP)).max(axis=2, keepdims=True)
    lost = np.abs(unpack(*pack(weights)) - weights).reshape(10, 4, GROUP)
    assert (lost <= largest / 7).all() and lost.mean() < 0.1
    finely = np.abs(unpack(*pack_bytes(weights)) - weights).reshape(10, 4, GROUP)
    assert (finely <= largest / 200).all()


def test_packing_again_changes_nothing():
    once = unpack(*pack(drawn().normal(size=(10, 4 * GROUP)).astype(np.float32)))
    assert (unpack(*pack(once)) == once).all()


def test_a_file_without_a_layer_is_refused():
    made = arrays(1) | {"layers": np.array(2)}
    with pytest.raises(KeyError, match="layer1"):
        Encoder(made, HEADS)
