"""Messages between the judge and the sandbox, as bytes; nothing in them is code.

A message is a dict of plain data (see :mod:`autograder.checking.drive`), ``bytes`` and the
drive's own types. It becomes a JSON header and blobs::

    u32 length of the header | header (ASCII) | blobs, in the order in which the header names them

In the header None, a bool, a number and a string stand for themselves. Everything else is a list
that begins with the name of its type: ``["tuple", 1, 2]``, ``["dict", key, value, …]``,
``["Previous", 0]``, and for a blob its length: ``["bytes", 12]``, ``["ndarray", 144]``. An array's
blob is an ``.npy`` file of version 1.0. On a socket a message follows its own length, a u32.

:func:`unpack` reads what the student's process writes: whatever the bytes are, they must do no
harm.
"""

from __future__ import annotations

import json
import math
import re
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from types import NoneType
from typing import Any, get_args

import numpy as np

from autograder.checking import drive

MAX_MESSAGE = 64 * 2**20  # bytes
MAX_ITEMS = 200_000  # commas and opening brackets of the header, outside strings
MAX_DEPTH = 32  # containers in containers
MAX_DIGITS = 1_000  # of a number in the header
_LARGEST = 10**MAX_DIGITS - 1
MAX_STRING = 16 * 2**20  # characters
MAX_KEYS = 1_000  # of one dict that are not strings: those could be made to collide

_LENGTH = struct.Struct(">I")
_CHUNK = 2**16


class WireError(ValueError):
    """A message breaks the rules; the error says which."""


def pack(message: dict[str, Any]) -> bytes:
    """The bytes of a message. A lone surrogate in a string, which is no text, becomes ``?``.

    Raises:
        WireError: if a value is not plain, or is over a limit.
    """
    _require(_is_names(message), "a message is a dict with strings as keys")
    blobs: list[bytes] = []
    header = _ENCODER.encode(_write(message, blobs, 1)).encode("ascii")
    _check_items(header)
    size = _LENGTH.size + len(header) + sum(map(len, blobs))
    _cap("bytes in a message", size, "MAX_MESSAGE", MAX_MESSAGE)
    return b"".join((_LENGTH.pack(len(header)), header, *blobs))


def unpack(data: bytes | bytearray | memoryview) -> dict[str, Any]:
    """The message of these bytes; its arrays are copies.

    Raises:
        WireError: if these are not the bytes of a message, whatever they are.
    """
    try:
        _cap("bytes in a message", len(data), "MAX_MESSAGE", MAX_MESSAGE)
        rest = _Blobs(memoryview(data))
        header = bytes(rest.take(_LENGTH.unpack(rest.take(_LENGTH.size))[0]))
        _check_items(header)
        message = _read(_DECODER.decode(header.decode("ascii")), rest, 1)
        _require(_is_names(message), "a message is a dict with strings as keys")
        _require(not rest.left, "bytes after the end of the message")
    except WireError:
        raise
    except (ValueError, TypeError, RecursionError) as error:  # of json, NumPy, an unhashable key
        raise WireError(f"not a message: {type(error).__name__}: {error!s:.200}") from None
    return message  # type: ignore[no-any-return]  # checked above


def send(
    stream: socket.socket,
    message: dict[str, Any],
    limit: int = MAX_MESSAGE,
    deadline: float | None = None,
) -> None:
    """Send a message of at most ``limit`` bytes.

    Raises:
        WireError: see :func:`pack`.
        TimeoutError: when ``time.monotonic()`` passes ``deadline``: the other side does not read.
        OSError: if the other side is gone.
    """
    data = pack(message)
    _cap("bytes in a message", len(data), "the limit", limit)
    before = stream.gettimeout()
    try:
        _wait_until(stream, deadline)
        stream.sendall(_LENGTH.pack(len(data)) + data)
    finally:
        stream.settimeout(before)


def receive(
    stream: socket.socket, limit: int = MAX_MESSAGE, deadline: float | None = None
) -> dict[str, Any] | None:
    """The next message, or None if the other side closed after the last one.

    Raises:
        WireError: if it is longer than ``limit`` bytes, is cut off, or is not a message.
        TimeoutError: when ``time.monotonic()`` passes ``deadline``.
    """
    before = stream.gettimeout()
    try:
        prefix = _receive_bytes(stream, _LENGTH.size, deadline)
        if not prefix:
            return None
        _require(len(prefix) == _LENGTH.size, "the message is cut off")
        (size,) = _LENGTH.unpack(prefix)
        _cap("bytes in a message", size, "the limit", limit)
        data = _receive_bytes(stream, size, deadline)
        _require(len(data) == size, "the message is cut off")
    except ConnectionResetError:
        raise WireError("the message is cut off: the other side is gone") from None
    finally:
        stream.settimeout(before)
    return unpack(data)


def _receive_bytes(stream: socket.socket, size: int, deadline: float | None) -> bytearray:
    """Up to ``size`` bytes, fewer only at the end. Memory grows with the bytes that have come."""
    data = bytearray()
    while len(data) < size:
        _wait_until(stream, deadline)
        chunk = stream.recv(min(size - len(data), _CHUNK))
        if not chunk:
            break
        data += chunk
    return data


def _wait_until(stream: socket.socket, deadline: float | None) -> None:
    if deadline is not None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        stream.settimeout(left)


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise WireError(rule)


def _cap(what: str, size: int, name: str, limit: int) -> None:
    if size > limit:
        raise WireError(f"too many {what}: {name} is {limit:,}")


_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def _check_items(header: bytes) -> None:
    """Before parsing: 64 MiB of ``[],[],…`` would be gigabytes of lists."""
    if header.count(b",") + header.count(b"[") > MAX_ITEMS:
        header = _STRING.sub(b"", header)
        _cap("items", header.count(b",") + header.count(b"["), "MAX_ITEMS", MAX_ITEMS)


def _check_string(value: str) -> str:
    _cap("characters in a string", len(value), "MAX_STRING", MAX_STRING)
    if not value.isascii():
        value.encode()  # raises at a lone surrogate, which could not be written to a file
    return value


def _short(number: str) -> str:
    _cap("digits in a number", len(number.lstrip("-")), "MAX_DIGITS", MAX_DIGITS)
    return number


def _no_object(pairs: Any) -> Any:
    raise WireError("an object in the header: a dict is a list there")


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_DECODER = json.JSONDecoder(
    object_pairs_hook=_no_object,
    parse_int=lambda text: int(_short(text)),
    parse_float=lambda text: float(_short(text)),
)

_DTYPES = {np.dtype(code).str: np.dtype(code) for code in "?bBhHiIqQefd"}
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '([<>|]\w\d)', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,18}, ?)*(?:\d{1,18})?)\), \} *\n",
    re.DOTALL,
)


def _check_shape(shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """An empty array counts as well: a sum over its axis of length 0 is not empty."""
    size = math.prod(filter(None, shape)) * dtype.itemsize
    _cap("bytes in an array", size, "MAX_MESSAGE", MAX_MESSAGE)


def _to_npy(array: np.ndarray[Any, Any]) -> bytes:
    dtype = array.dtype.newbyteorder("=")
    if dtype.str not in _DTYPES:
        raise WireError(f"not plain: an array of {dtype}")
    _check_shape(array.shape, dtype)
    header = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {array.shape}, }}"
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
    return start + array.astype(dtype, copy=False).tobytes()


def _from_npy(blob: memoryview) -> np.ndarray[Any, Any]:
    """Reads what :func:`_to_npy` writes, and no other header: nothing is evaluated here."""
    end = 10 + int.from_bytes(blob[8:10], "little")
    match = _NPY.fullmatch(blob, 0, end)
    dtype = match and _DTYPES.get(match[1].decode())
    if not match or not dtype:
        raise WireError("not the .npy of a plain array")
    shape = tuple(int(size) for size in match[2].split(b",") if size.strip())
    _check_shape(shape, dtype)
    body = blob[end:]
    _require(math.prod(shape) * dtype.itemsize == len(body), "an array's shape is not its length")
    if dtype.kind == "b":  # a byte that is neither 0 nor 1 would make a broken bool
        return np.ndarray(shape, np.uint8, body).astype(bool)
    return np.ndarray(shape, dtype, body).copy()


def _check_keys(keys: Iterable[Any]) -> None:
    others = [key for key in keys if type(key) is not str]
    _cap("keys that are not strings", len(others), "MAX_KEYS", MAX_KEYS)
    # Two nan may be different keys on one side and the same key on the other.
    _require(not any(map(_is_nan, others)), "a dict has nan for a key")


def _is_nan(key: Any) -> bool:
    if type(key) is tuple:
        return any(map(_is_nan, key))
    return type(key) is float and key != key


def _items_of(value: dict[Any, Any]) -> Iterable[Any]:
    _check_keys(value)
    return chain.from_iterable(value.items())


def _dict_of(parts: Sequence[Any]) -> dict[Any, Any]:
    keys, values = parts[::2], parts[1::2]
    _check_keys(keys)
    made = dict(zip(keys, values, strict=True))
    _require(len(made) == len(keys), "a dict has one key twice")
    return made


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: type(value) in kinds


def _tuple_of(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: type(value) is tuple and all(map(rule, value))


def _is_cause(value: Any) -> bool:
    return type(value) is str and value in get_args(drive.Cause)


def _is_seed(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**64


def _is_names(value: Any) -> bool:
    return type(value) is dict and all(type(key) is str for key in value)


def _is_question(value: Any) -> bool:
    return type(value) is tuple and [type(part) for part in value] == [str, tuple]


def _is_node(value: Any) -> bool:
    if type(value) is not tuple or len(value) != 4 or type(value[0]) is not str:
        return False
    return _tuple_of(lambda edge: type(edge) is tuple and len(edge) == 2)(value[3])


# For each field of the drive's types, in order, what it may be.
_FIELDS: dict[type, tuple[Callable[[Any], bool], ...]] = {
    drive.Previous: (_is(int, NoneType),),
    drive.Rng: (_is_seed,),
    drive.Oracle: (_is(str), _tuple_of(_is(str))),
    drive.Graph: (_tuple_of(_is_node), _is(bool)),
    drive.Call: (_is(tuple), _is_names, _is(str, NoneType), _is(str, NoneType)),
    drive.Foreign: (_is(str),),
    drive.Instance: (_tuple_of(_is(str)),),
    drive.Failure: (
        _is(str),
        _is(str),
        _is(int, NoneType),
        _is(str),
        _is(str),
        _is_cause,
        _is(str),
    ),
    drive.Outcome: (
        lambda value: True,
        _is(drive.Failure, NoneType),
        _tuple_of(_is(int, str)),
        _tuple_of(_is_question),
    ),
}


def _record(kind: type) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How to take it apart and make it again; both require that :data:`_FIELDS` hold."""

    def checked(parts: Sequence[Any]) -> Sequence[Any]:
        rules = _FIELDS[kind]
        right = len(parts) == len(rules) and all(map(lambda rule, part: rule(part), rules, parts))
        if not right:
            raise WireError(f"the fields of {kind.__name__} are wrong")
        return parts

    return (
        lambda value: checked([*vars(value).values()]),
        lambda parts: kind(*checked(parts)),
    )


# For each type: how it becomes the bytes of a blob, or parts that are written one by one, and back.
_BLOBS: dict[type[Any], tuple[Callable[[Any], bytes], Callable[[memoryview], Any]]] = {
    bytes: (bytes, bytes),
    np.ndarray: (_to_npy, _from_npy),
}
_CONTAINERS: dict[type, tuple[Callable[[Any], Iterable[Any]], Callable[[list[Any]], Any]]] = {
    list: (list, list),
    tuple: (list, tuple),
    dict: (_items_of, _dict_of),
    **{kind: _record(kind) for kind in _FIELDS},
}
_NAMED: dict[str, type] = {kind.__name__: kind for kind in (*_BLOBS, *_CONTAINERS)}


def _write(value: Any, blobs: list[bytes], depth: int) -> Any:
    """``value`` as it stands in the header; its blobs are added to ``blobs``."""
    kind = type(value)
    if kind in (float, bool, NoneType):
        return value
    if kind is int:
        _cap("digits in a number", abs(value), "MAX_DIGITS", _LARGEST)
        return value
    if kind is str:
        return _check_string(value.encode(errors="replace").decode())
    if kind in _BLOBS:
        blobs.append(_BLOBS[kind][0](value))
        return [kind.__name__, len(blobs[-1])]
    if kind not in _CONTAINERS:
        raise WireError(f"not plain: {kind.__name__:.80}")
    _cap("containers in each other", depth, "MAX_DEPTH", MAX_DEPTH)
    parts = _CONTAINERS[kind][0](value)
    return [kind.__name__, *[_write(part, blobs, depth + 1) for part in parts]]


def _read(value: Any, blobs: _Blobs, depth: int) -> Any:
    """What :func:`_write` was given."""
    if type(value) is str:
        return _check_string(value)
    if type(value) is not list:
        return value
    kind = _NAMED.get(value[0]) if value and type(value[0]) is str else None
    if kind is None:
        raise WireError("a list that does not begin with the name of its type")
    if kind in _BLOBS:
        _require(len(value) == 2, "a blob has one length")
        return _BLOBS[kind][1](blobs.take(value[1]))
    _cap("containers in each other", depth, "MAX_DEPTH", MAX_DEPTH)
    return _CONTAINERS[kind][1]([_read(part, blobs, depth + 1) for part in value[1:]])


class _Blobs:
    """The bytes not read yet. Each is read once, so a message cannot hold more than its length."""

    def __init__(self, left: memoryview) -> None:
        self.left = left

    def take(self, size: Any) -> memoryview:
        fits = type(size) is int and 0 <= size <= len(self.left)
        _require(fits, "a length does not fit the message")
        taken, self.left = self.left[:size], self.left[size:]
        return taken
