"""Cuts a feed document into its items without parsing it, so that items seen before are never parsed again.

It decides nothing about their content; `core.feeds` falls back to a whole parse whenever the counts disagree.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import blake2b

DIGEST_BYTES = 8
MARK = re.compile(rb"<!\[CDATA\[|<!--|<(/?)(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s/>])")
TAG_END = re.compile(rb"[^>]*?(/?)>")
# What outside an item changes its meaning: the root with its namespaces and bases, the feed's language, and the
# site's address, which relative links of RSS are resolved against.
ROOT_TAG = re.compile(rb"<[A-Za-z_][^>]*>")
FEED_LANGUAGE = re.compile(rb"<(?:dc:)?language[\s>][^<]{0,40}")
FEED_LINK = re.compile(rb"<link>.{0,400}?</link>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One item's place in the document (byte offsets) and the digest of all that decides its meaning."""

    start: int
    end: int
    digest: str


def cut_blocks(data: bytes) -> tuple[Block, ...]:
    """The outermost item or entry elements in document order; what stands in CDATA or comments does not count.

    A document that breaks off inside an item gives the whole items before it.
    """
    spans: list[tuple[int, int]] = []
    position = depth = start = 0
    while True:
        found = MARK.search(data, position)
        if found is None:
            break
        if found[1] is None:
            closing = b"]]>" if found[0].startswith(b"<![") else b"-->"
            position = data.find(closing, found.end())
            if position < 0:
                break
            continue
        tag = TAG_END.match(data, found.end())
        if tag is None:
            break
        position = tag.end()
        if found[1]:
            depth -= 1
            if depth == 0:
                spans.append((start, position))
            depth = max(depth, 0)
        elif tag[1]:
            if depth == 0:
                spans.append((found.start(), position))
        else:
            depth += 1
            if depth == 1:
                start = found.start()
    return _digested(data, spans)


def _digested(data: bytes, spans: list[tuple[int, int]]) -> tuple[Block, ...]:
    """The spans with their digests."""
    if not spans:
        return ()
    envelope = blake2b(digest_size=DIGEST_BYTES)
    root = ROOT_TAG.search(data, 0, spans[0][0])
    language = FEED_LANGUAGE.search(data, 0, spans[0][0])
    link = FEED_LINK.search(data, 0, spans[0][0])
    envelope.update(b"".join((found[0] if found else b"") + b"\0" for found in (root, language, link)))
    blocks = []
    for start, end in spans:
        digest = envelope.copy()
        digest.update(data[start:end])
        blocks.append(Block(start, end, digest.hexdigest()))
    return tuple(blocks)


def without_blocks(data: bytes, blocks: Collection[Block]) -> bytes:
    """The document without these blocks, everything else in its place."""
    pieces, position = [], 0
    for block in sorted(blocks, key=lambda block: block.start):
        pieces.append(data[position : block.start])
        position = block.end
    pieces.append(data[position:])
    return b"".join(pieces)
