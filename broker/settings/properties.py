"""Java's `.properties` files, as Kafka reads `server.properties`.

Blank lines and lines that begin with `#` or `!` say nothing. An odd number of backslashes at the end
of a line joins it with the next, whose leading blanks go. A name ends at the first `=`, `:` or blank
that has no backslash before it. `\\t \\n \\r \\f` and `\\uXXXX` are what they are in Java; a backslash
before anything else vanishes. Of two lines with the same name the last one counts.
"""

from collections.abc import Iterator

_BLANKS = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def parse_properties(text: str) -> dict[str, str]:
    """Raises: ValueError: a `\\u` without four hexadecimal digits."""
    found = {}
    for line in _logical_lines(text):
        name, value = _split(line)
        found[_unescape(name)] = _unescape(value)
    return found


def _logical_lines(text: str) -> Iterator[str]:
    waiting = ""
    is_continued = False
    for natural in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = natural.lstrip(_BLANKS)
        if not is_continued and (not line or line[0] in "#!"):
            continue
        is_continued = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        waiting += line[:-1] if is_continued else line
        if not is_continued:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _split(line: str) -> tuple[str, str]:
    position = 0
    while position < len(line) and line[position] not in "=:" + _BLANKS:
        position += 2 if line[position] == "\\" else 1
    rest = line[position:].lstrip(_BLANKS)
    if rest[:1] in ("=", ":"):
        rest = rest[1:].lstrip(_BLANKS)
    return line[:position], rest


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    pieces, position = [], 0
    while position < len(text):
        letter = text[position]
        position += 1
        if letter == "\\" and position < len(text):
            letter = text[position]
            position += 1
            if letter == "u":
                letter = _from_hexadecimal(text[position : position + 4])
                position += 4
            else:
                letter = _ESCAPES.get(letter, letter)
        elif letter == "\\":
            break
        pieces.append(letter)
    return "".join(pieces)


def _from_hexadecimal(digits: str) -> str:
    if len(digits) < 4 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ValueError(f"\\u{digits} is not \\u and four hexadecimal digits")
    return chr(int(digits, 16))
