"""The table of hostile answers in docs/collection.md, written from the cases that tests/adapters/test_http.py plays.

cd tests && PYTHONPATH=../include:. python hostile_page.py > table.md
"""

from adapters.test_http import HOSTILE


def hostile_table() -> str:
    """One line for each case: what the server does, how the attempt ends."""
    lines = ["| What the server does | Outcome | Status |", "| --- | --- | --- |"]
    for case in HOSTILE:
        outcome = f"`{case.outcome}`" if case.outcome else "read whole, judged by its content"
        name = case.name.replace("|", "\\|")
        lines.append(f"| {name} | {outcome} | {case.status or ''} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(hostile_table())
