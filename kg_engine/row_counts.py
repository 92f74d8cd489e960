"""Count the rows, or triples, of a result while its bytes go by, in each form that results are written in.

The store writes a result itself, several times faster than row by row from Python, and tells no
count. What is counted here is exact: quoted and escaped text never counts. Since that takes as
long as writing the result, a sign that rows cannot do without is counted first, and rows only once
there are as many of those signs as rows are allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Count = Callable[[bytes], int]
"""Take the next piece of a result; return how many rows there were in all of them so far."""


def tsv_rows() -> Count:
    """Count lines after the first: in TSV a line break in a value is written as an escape."""
    lines = 0

    def count(piece: bytes) -> int:
        nonlocal lines
        lines += piece.count(b"\n")
        return max(0, lines - 1)

    return count


def line_rows() -> Count:
    """Count lines: in N-Triples each is a triple."""
    lines = 0

    def count(piece: bytes) -> int:
        nonlocal lines
        lines += piece.count(b"\n")
        return lines

    return count


def csv_rows() -> Count:
    """Count lines after the first that end outside of quotes; a quote in quotes is doubled."""
    lines, quoted = 0, False

    def count(piece: bytes) -> int:
        nonlocal lines, quoted
        parts = piece.split(b'"')
        lines += sum(part.count(b"\n") for part in parts[quoted::2])
        quoted ^= len(parts) % 2 == 0
        return max(0, lines - 1)

    return count


def xml_rows() -> Count:
    """Count the ends of rows; text has no sign of a tag."""
    rows, held = 0, b""
    mark = b"</result>"

    def count(piece: bytes) -> int:
        nonlocal rows, held
        text = held + piece
        rows += text.count(mark)
        held = text[1 - len(mark) :]
        return rows

    return count


def json_rows() -> Count:
    """Count the objects that are no member: those are the whole, first, and one for each row."""
    objects, quoted, held, last = -1, False, b"", b""

    def count(piece: bytes) -> int:
        nonlocal objects, quoted, held, last
        text = held + piece
        odd = (len(text) - len(text.rstrip(b"\\"))) % 2
        text, held = (text[:-1], text[-1:]) if odd else (text, b"")
        parts = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
        outside = last + b'"'.join(parts[quoted::2])
        objects += outside.count(b"{") - outside.count(b":{")
        quoted ^= len(parts) % 2 == 0
        last = b":" if outside.endswith(b":") and not quoted else b""
        return max(0, objects)

    return count


def row_guard(form: str, most: int) -> Callable[[bytes], bool]:
    """Return what takes the next piece of a result and says whether there are too many rows."""
    sign, make = ROW_COUNTS[form]
    signs, held, last = 0, list[bytes](), b""
    count: Count | None = None

    def too_many(piece: bytes) -> bool:
        nonlocal signs, count, last
        if count is None:
            text = last + piece
            signs += text.count(sign)
            last = text[max(0, len(text) - len(sign) + 1) :]
            held.append(piece)
            if signs < most:
                return False
            count, piece = make(), b"".join(held)
            held.clear()
        return count(piece) > most

    return too_many


ROW_COUNTS: Mapping[str, tuple[bytes, Callable[[], Count]]] = {
    "application/sparql-results+json": (b"},{", json_rows),
    "application/sparql-results+xml": (b"<result>", xml_rows),
    "text/csv": (b"\n", csv_rows),
    "text/tab-separated-values": (b"\n", tsv_rows),
    "application/n-triples": (b"\n", line_rows),
}
"""For a media type, a sign that stands in each row or between any two, and what makes a count."""
