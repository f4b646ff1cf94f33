"""Draws the charts of docs/analyses.md from a published copy: one SVG per query in this folder.

    DEMARCHE_HOME=data-demo python docs/analyses/charts.py [FOLDER]

A query gives a label, then as many numbers as the chart has colours; each number is a part of a bar, or a bar of its
own where the parts do not add up. Plain SVG, no library.
"""

import sys
from html import escape
from pathlib import Path

from demarche.adapters.warehouse import Published
from demarche.settings import read_settings

HERE = Path(__file__).resolve().parent
# Query: title, colours of its numbers in order, and whether they add up to one bar.
CHARTS = {
    "who-presses-whom": ("Stories by who acts on whom", ("#b2182b", "#ef8a62", "#bdbdbd", "#2166ac"), True),
    "how-far-it-went": (
        "Stories by instrument and how far the act has come",
        ("#d9d9d9", "#ef8a62", "#fdcc66", "#2166ac", "#5e3c99"),
        True,
    ),
    "copies": ("The most carried stories: entries, reports, sources", ("#c6dbef", "#6baed6", "#08519c"), False),
    "silence": (
        "Share of the time that feeds were seen whole, by country, percent",
        ("#1b7837", "#b2182b", "#ef8a62", "#d9d9d9"),
        True,
    ),
}
WIDTH, LABELS, ROW = 860, 350, 20


def main() -> None:
    """Write each chart."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "images"
    published = Published(read_settings())
    for name, (title, colours, is_stacked) in CHARTS.items():
        names, rows = published.query((HERE / f"{name}.sql").read_text(encoding="utf-8"))
        svg = chart(
            title,
            names[1 : 1 + len(colours)],
            [(row[0], row[1 : 1 + len(colours)]) for row in rows],
            colours,
            is_stacked,
        )
        (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


def chart(title: str, series: list[str], rows: list, colours: tuple[str, ...], is_stacked: bool) -> str:
    """Horizontal bars, one row a label."""
    most = max((sum(values) if is_stacked else max(values)) for _, values in rows) or 1
    scale = (WIDTH - LABELS - 60) / float(most)
    lanes = 1 if is_stacked else len(series)
    height = ROW if is_stacked else 8 * lanes + 6
    drawn = [_text(10, 24, title, size=15, weight="bold")]
    left = 10
    for name, colour in zip(series, colours, strict=True):
        drawn += [_bar(left, 38, 12, 12, colour), _text(left + 17, 48, name.replace("_", " "))]
        left += 40 + 7 * len(name)
    for number, (label, values) in enumerate(rows):
        top, left = 66 + number * (height + 4), float(LABELS)
        drawn.append(_text(LABELS - 8, top + height / 2 + 4, str(label), anchor="end"))
        for lane, (value, colour) in enumerate(zip(values, colours, strict=True)):
            width = float(value) * scale
            if is_stacked:
                drawn.append(_bar(left, top + 2, width, height - 4, colour))
                left += width
            else:
                drawn.append(_bar(left, top + 2 + 8 * lane, width, 7, colour))
                drawn.append(_text(left + width + 4, top + 9 + 8 * lane, f"{value:g}", size=8))
        if is_stacked:
            drawn.append(_text(left + 5, top + height / 2 + 4, f"{float(sum(values)):g}"))
    bottom = 80 + len(rows) * (height + 4)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{bottom}" fill="white"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _bar(left: float, top: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(left: float, top: float, words: str, *, size: int = 12, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{left:.1f}" y="{top:.1f}" font-size="{size}" text-anchor="{anchor}" '
        f'font-weight="{weight}" fill="#222">{escape(words)}</text>'
    )


if __name__ == "__main__":
    main()
