"""IDX files: the format of MNIST, Fashion-MNIST and their relatives.

Two zero bytes, a byte for the type, a byte for the number of axes; the length of each axis in four
bytes; then the elements, row by row. All numbers are big-endian. The file may be compressed by
gzip.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from reference_impl.datasets import Labels, Split

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP = b"\x1f\x8b"
CHUNK = 1 << 20


def load_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """The array in an IDX file, plain or compressed, which its first bytes tell.

    Parameters
    ----------
    path : of the file

    Returns
    -------
    array of the file's shape and type, in the machine's byte order

    Raises
    ------
    FileNotFoundError : no such file
    ValueError : not an IDX file, shorter or longer than its header says, or a damaged gzip file
    """
    path = Path(path)
    with path.open("rb") as file:
        compressed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not compressed:
            return _read(path, file)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(path, unpacked)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{path}: the gzip file is damaged ({error})") from error


def load_mnist(folder: str | os.PathLike[str], name: str = "MNIST") -> Split:
    """MNIST, or a set of the same form such as Fashion-MNIST, from its four files.

    Nothing is downloaded. The files have the same names in every set (train-images-idx3-ubyte,
    train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; or with `.idx` for
    `-idx`; each with or without .gz), so two sets need two folders.

    Parameters
    ----------
    folder : where the files are, or the folder that holds them in a folder `name` or `name`/raw
    name : of the set

    Returns
    -------
    Split with X (60000, 784) and X_test (10000, 784), pixels in [0, 1] as float32, in which the
    networks train: float64 would take 440 MB

    Raises
    ------
    FileNotFoundError : a file is missing; says which and where it was looked for
    ValueError : a damaged file; images or labels that are not of the right form; their numbers
        differ; a label above 9; training and test images of different sizes
    """
    folder = Path(folder)
    places = [folder / name / "raw", folder / name, folder]
    # All four from one place: a mixture of two sets would load without an error.
    place = _find("train-images", 3, places, name).parent
    X, labels = _part("train", place, name)
    X_test, labels_test = _part("t10k", place, name)
    if X.shape[1:] != X_test.shape[1:]:
        raise ValueError(
            f"{place}: training images have shape {X.shape[1:]}, test images {X_test.shape[1:]}"
        )
    return Split(_pixels(X), labels, _pixels(X_test), labels_test)


def _read(path: Path, file: BinaryIO | gzip.GzipFile) -> NDArray[Any]:
    """Header and elements of an open file; memory grows with the file, not with its header."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES:
        raise ValueError(
            f"{path}: starts with {magic.hex(' ') or 'nothing'}; an IDX file starts with 00 00, "
            "then the type 08, 09, 0b, 0c, 0d or 0e"
        )
    dtype, ndim = np.dtype(TYPES[magic[2]]), magic[3]
    header = file.read(4 * ndim)
    if len(header) < 4 * ndim:
        raise ValueError(f"{path}: ends within the header, which has {4 + 4 * ndim} bytes")
    shape = struct.unpack(f">{ndim}I", header)
    expected = math.prod(shape) * dtype.itemsize
    content = bytearray()
    while len(content) <= expected and (chunk := file.read(CHUNK)):
        content += chunk
    if len(content) != expected:
        got = f"{len(content)}" if len(content) < expected else "more"
        raise ValueError(
            f"{path}: shape {shape} of {dtype.name} needs {expected} bytes after the header; "
            f"the file has {got}"
        )
    try:
        array = np.frombuffer(content, dtype).reshape(shape)
    except ValueError as error:
        raise ValueError(f"{path}: no array has shape {shape} ({error})") from error
    return array.astype(dtype.newbyteorder("="), copy=False)


def _part(part: str, place: Path, name: str) -> tuple[NDArray[np.uint8], Labels]:
    """Images and labels of one part, train or t10k, checked against each other."""
    images_path = _find(f"{part}-images", 3, [place], name)
    labels_path = _find(f"{part}-labels", 1, [place], name)
    images, labels = _load_bytes(images_path, 3), _load_bytes(labels_path, 1)
    if len(images) != len(labels):
        raise ValueError(
            f"{images_path} holds {len(images)} images, {labels_path} {len(labels)} labels"
        )
    if labels.max(initial=0) > 9:
        raise ValueError(f"{labels_path}: holds the label {labels.max()}; labels are 0 to 9")
    return images, labels.astype(np.intp)


def _find(stem: str, ndim: int, places: list[Path], name: str) -> Path:
    """The first file that is there, under any of the names under which it is handed around."""
    names = [f"{stem}{dash}idx{ndim}-ubyte{gz}" for dash in "-." for gz in ("", ".gz")]
    for path in (place / file for place in places for file in names):
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"none of {', '.join(names)} in {' or '.join(map(str, places))}; download the four files "
        f"from the web page of {name} and put them there"
    )


def _load_bytes(path: Path, ndim: int) -> NDArray[np.uint8]:
    """The array in an IDX file that must hold uint8 along `ndim` axes."""
    content = load_idx(path)
    if content.ndim != ndim or content.dtype != np.uint8:
        raise ValueError(
            f"{path}: holds {content.dtype} with shape {content.shape}; "
            f"it must hold uint8 with {ndim} axes"
        )
    return content


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, height, width) of 0 … 255 as (n, height · width) of 0 … 1."""
    rows = images.reshape(len(images), math.prod(images.shape[1:]))
    return np.divide(rows, 255, dtype=np.float32)
