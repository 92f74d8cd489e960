"""Keep the full lists of code systems, built once from maintained packages and cached as files.

A list is one file: a header line (format, name, version, count, width, SHA-256 of the body),
then sorted records of one width: the code, padded, and ``H`` for a header code or ``L`` for a
leaf. Opening reads and checks the file and parses nothing; a look-up is a binary search.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kg_engine.cache_files import cache_directory, write_atomically
from kg_engine.errors import EngineUnavailable, Fault, KnowledgeRefused

FORMAT = "code-list/1"
_HEADER_LIMIT = 512
_CODE = re.compile(r"[A-Z0-9]{3,16}")


@dataclass(frozen=True, slots=True)
class CodeList:
    """Hold every code of one system; an unavailable list is empty and says so."""

    name: str
    version: str = ""
    available: bool = False
    count: int = 0
    width: int = 0
    digest: str = ""
    body: bytes = b""

    def find(self, code: str) -> bool | None:
        """Return True for a header code, False for a leaf, None for no code of the list.

        ``code`` is upper-case, without ignorable characters.
        """
        if not code.isascii() or len(code) > self.width:
            return None
        wanted = code.encode().ljust(self.width)
        low, high, step = 0, self.count, self.width + 2
        while low < high:
            middle = (low + high) // 2
            found = self.body[middle * step : middle * step + self.width]
            if found == wanted:
                return self.body[middle * step + self.width : (middle + 1) * step] == b"H\n"
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return None

    def verify(self) -> bool:
        """Return whether the body has the size and the SHA-256 that the header states."""
        sized = len(self.body) == self.count * (self.width + 2)
        return sized and hashlib.sha256(self.body).hexdigest() == self.digest


@dataclass(frozen=True, slots=True)
class Supplier:
    """Name the package that supplies a list, and how to read its codes without marks."""

    distribution: str
    codes: Callable[[], Iterable[str]]


def _icd_10_cm() -> Iterable[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = importlib.import_module("simple_icd_10_cm")
    entries: list[str] = package.get_all_codes(False)
    return (entry for entry in entries if _CODE.fullmatch(entry))


SUPPLIERS: Mapping[str, Supplier] = MappingProxyType(
    {"icd-10-cm": Supplier("simple-icd-10-cm", _icd_10_cm)}
)


def open_code_list(name: str, directory: Path | None = None) -> CodeList:
    """Return the list of that name, building its file first where none is sound.

    Without the package the list is unavailable; where no file can be written it is kept in
    memory. Raises KnowledgeRefused for a name that nothing supplies.
    """
    supplier = _supplier(name)
    version = _version(supplier)
    if version is None:
        return CodeList(name)
    try:
        path = build_code_list(name, directory or cache_directory())
        found = read_code_list(path, name=name, version=version)
    except EngineUnavailable:
        return CodeList(name)
    except (OSError, RuntimeError):
        found = None
    return found or _parse(_render(name, version, supplier), name, version) or CodeList(name)


def build_code_list(name: str, directory: Path) -> Path:
    """Return the path of a sound list file, writing it atomically where there is none.

    Raises KnowledgeRefused for an unknown name, EngineUnavailable without the package, and
    OSError where the directory cannot be written.
    """
    supplier = _supplier(name)
    version = _version(supplier)
    if version is None:
        remedy = f"Install {supplier.distribution}."
        raise EngineUnavailable([Fault(name, "the package of this list is absent.", remedy)])
    path = directory / f"{name}-{version}.codes"
    if read_code_list(path, name=name, version=version) is None:
        write_atomically(path, _render(name, version, supplier))
    return path


def read_code_list(path: Path, *, name: str, version: str) -> CodeList | None:
    """Return the list in a file, or None where it is missing, truncated, altered or foreign."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return _parse(content, name, version)


def _parse(content: bytes, name: str, version: str) -> CodeList | None:
    head, _, _ = content[:_HEADER_LIMIT].partition(b"\n")
    fields = head.decode("ascii", "replace").split(" ")
    if len(fields) != 6 or fields[:3] != [FORMAT, name, version]:
        return None
    if not all(re.fullmatch(r"[0-9]{1,9}", field) for field in fields[3:5]):
        return None
    count, width = int(fields[3]), int(fields[4])
    found = CodeList(name, version, True, count, width, fields[5], content[len(head) + 1 :])
    return found if found.verify() else None


def _render(name: str, version: str, supplier: Supplier) -> bytes:
    """Return the file of a list; a code that begins another code is a header."""
    try:
        codes = sorted(set(supplier.codes()))
    except ImportError as error:
        fault = Fault(name, f"{supplier.distribution} does not load: {error}", "Reinstall it.")
        raise EngineUnavailable([fault]) from error
    width = max(map(len, codes), default=0)
    following = [*codes[1:], ""]
    body = b"".join(
        code.encode().ljust(width) + (b"H\n" if after.startswith(code) else b"L\n")
        for code, after in zip(codes, following, strict=True)
    )
    digest = hashlib.sha256(body).hexdigest()
    return f"{FORMAT} {name} {version} {len(codes)} {width} {digest}\n".encode() + body


def _supplier(name: str) -> Supplier:
    if name not in SUPPLIERS:
        remedy = f"Name one of: {', '.join(sorted(SUPPLIERS))}."
        raise KnowledgeRefused([Fault(name, "no package supplies this code list.", remedy)])
    return SUPPLIERS[name]


def _version(supplier: Supplier) -> str | None:
    try:
        return importlib.metadata.version(supplier.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
