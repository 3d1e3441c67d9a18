"""What a student handed in, before any of it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Submission:
    """What a student handed in: notebooks by name, and the files beside them."""

    student: str
    notebooks: Mapping[str, bytes]
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A digest that changes with anything that was handed in."""
        digest = hashlib.sha256()
        for name, content in sorted({**self.notebooks, **self.files}.items()):
            digest.update(f"{len(name)} {len(content)} {name}".encode("utf-8", "surrogatepass"))
            digest.update(content)
        return digest.hexdigest()
