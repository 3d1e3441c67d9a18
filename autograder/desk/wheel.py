"""Archives that are the same, bit for bit, whenever they are written from the same files."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence

EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a zip file can name
NAME = "neural_networks_from_scratch"


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip file of these files, sorted by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
            zipped.writestr(entry, files[name])
    return made.getvalue()


def wheel(
    files: Mapping[str, bytes],
    version: str,
    requires: Sequence[str],
    python: str,
    commands: Mapping[str, str],
) -> tuple[str, bytes]:
    """The name and content of a wheel for every system.

    Args:
        files: by their places in site-packages.
        version: of the distribution. The files' digest is added to it, so that pip takes another
            edition for another version.
        requires: other distributions, as pyproject.toml names them.
        python: the versions of Python that it runs under.
        commands: name → ``module:function``.
    """
    digest = hashlib.sha256(archive(files)).hexdigest()[:8]
    version = f"{version}+class.{digest}"
    info = f"{NAME}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {NAME}", f"Version: {version}"]
    metadata += [f"Requires-Python: {python}", *(f"Requires-Dist: {one}" for one in requires)]
    scripts = ["[console_scripts]", *(f"{name} = {place}" for name, place in commands.items())]
    kind = ["Wheel-Version: 1.0", "Generator: autograder bundle", "Root-Is-Purelib: true"]
    kind += ["Tag: py3-none-any"]
    everything = dict(files)
    for name, lines in (("METADATA", metadata), ("WHEEL", kind), ("entry_points.txt", scripts)):
        everything[f"{info}/{name}"] = ("\n".join(lines) + "\n").encode()
    record = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in everything.items()]
    everything[f"{info}/RECORD"] = "\n".join([*sorted(record), f"{info}/RECORD,,", ""]).encode()
    return f"{NAME}-{version}-py3-none-any.whl", archive(everything)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
