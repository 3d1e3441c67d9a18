"""Messages between the judge and the sandbox: what goes in comes out, and no bytes do harm."""

from __future__ import annotations

import fractions
import io
import json
import math
import pickle
import socket
import struct
import threading
import time
import tracemalloc
from collections import OrderedDict, namedtuple
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checking.drive import (
    Call,
    Failure,
    Foreign,
    Graph,
    Instance,
    Oracle,
    Outcome,
    Previous,
    Rng,
    plain,
)
from autograder.exercises import REGISTRY
from autograder.sandbox.wire import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_ITEMS,
    MAX_KEYS,
    MAX_MESSAGE,
    MAX_STRING,
    WireError,
    pack,
    receive,
    send,
    unpack,
)

DTYPES = ["?", "i1", "u1", "i2", "u2", "f2", "i4", "u4", "f4", "i8", "u8", "f8", ">f8", ">i2"]


def same(a, b):
    """Equal to the last bit and type: -0.0 is not 0.0, 1 is not True, nan is nan."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):  # b in native byte order
        native = a.astype(a.dtype.newbyteorder("="))
        return (native.dtype, a.shape, native.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    return same(vars(a), vars(b)) if hasattr(a, "__dataclass_fields__") else a == b


def framed(header, blobs=b""):
    """The bytes of a message with a header that is written by hand."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + blobs


def holding(*value, blobs=b""):
    return framed(["dict", "x", *value], blobs)


def npy(array, **options):
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def refused(data, why=None):
    with pytest.raises(WireError, match=why):
        unpack(data)


# Round trips.

numbers = st.integers() | st.floats() | st.integers(-(2**200), 2**200)
arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
names = st.text(max_size=6)
no_nan = numbers.filter(lambda number: number == number)
keys = st.none() | st.booleans() | no_nan | st.text() | st.binary() | st.tuples(no_nan, names)
markers = (
    st.builds(Previous, st.none() | st.integers())
    | st.builds(Rng, st.integers(0, 2**64 - 1))
    | st.builds(Oracle, names, st.lists(names).map(tuple))
    | st.just(Graph((("x", 1.0, 0.0, ()), ("y", 2.0, 0.0, ((0, 3.0),))), True))
    | st.builds(Foreign, names)
    | st.builds(Instance, st.lists(names).map(tuple))
)
failures = st.builds(Failure, names, names, st.none() | st.integers(), names, names)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text() | st.binary() | arrays | markers | failures,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
        | st.builds(
            Call,
            st.lists(inner, max_size=3).map(tuple),
            st.dictionaries(names, inner, max_size=3),
            st.none() | names,
            st.none() | names,
        )
        | st.builds(
            Outcome,
            inner,
            st.none() | failures,
            st.lists(st.integers() | names, max_size=3).map(tuple),
            st.lists(st.tuples(names, st.tuples(inner)), max_size=2).map(tuple),
        )
    ),
    max_leaves=12,
)
messages = st.dictionaries(names, values, max_size=4)


@given(messages)
def test_a_message_comes_out_as_it_went_in(message):
    assert same(message, unpack(pack(message)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_array_comes_out_plain_and_owned_by_nobody_else(dtype):
    array = np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(dtype))
    for view in (array, array[:, ::2, ::-1], array[0, 0, 0:1].reshape(()), array[:0]):
        data = bytearray(pack({"x": view}))
        got = unpack(data)["x"]
        assert same(view, got)
        assert type(got) is np.ndarray
        assert got.dtype.isnative
        assert got.flags.c_contiguous
        assert got.flags.writeable
        assert got.flags.owndata
        data[:] = bytes(len(data))
        assert same(view, got)


def test_an_arrays_blob_is_an_ordinary_npy_file():
    array = np.arange(6, dtype="f4").reshape(2, 3)
    assert pack({"x": array}).endswith(npy(array))
    assert same(array, unpack(holding(["ndarray", len(npy(array))], blobs=npy(array)))["x"])


@pytest.mark.parametrize("exercise", REGISTRY.values(), ids=lambda e: e.id)
def test_what_an_exercise_asks_and_gets_crosses(exercise):
    for group in exercise.groups:
        for case in group.make(np.random.default_rng(0)):
            outcomes = case.run(exercise.reference)
            asked = [question for outcome in outcomes for question in outcome.asked]
            answers = [plain(case.ask(*question)) for question in asked[:5]]
            message = {"script": list(case.script), "outcomes": outcomes, "answers": answers}
            assert same(message, unpack(pack(message)))


class Text(str):
    pass


Pair = namedtuple("Pair", "a b")


@pytest.mark.parametrize(
    "value",
    [
        np.float64(1.0),
        np.bool_(True),
        np.zeros(2, complex),
        np.zeros(2, "M8[s]"),
        np.zeros(2, np.longdouble),
        np.array([None]),
        np.array(["text"]),
        np.zeros(2, [("a", float)]),
        np.zeros(2).view(np.recarray),
        np.ma.zeros(2),
        {1, 2},
        range(3),
        OrderedDict(a=1),
        Pair(1, 2),
        Text("x"),
        fractions.Fraction(1, 2),
        print,
        object(),
        Rng(-1),
        Rng(np.int64(3)),
        Failure("E", "m", 1.5),
        Failure("E", "m", cause="because"),
        Outcome(changed=(None,)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_is_not_sent(value):
    for message in ({"x": value}, {"x": [(value,)]}, {"x": Outcome(value)}):
        with pytest.raises(WireError):
            pack(message)


@pytest.mark.parametrize("message", [[], None, {1: 2}, {None: 2}, {Text("x"): 1}])
def test_a_message_is_a_dict_with_names(message):
    with pytest.raises(WireError):
        pack(message)


def test_a_lone_surrogate_is_no_text():
    assert unpack(pack({"\ud800x": "a\udfffb"})) == {"?x": "a?b"}
    refused(framed(rb'["dict","x","\ud800"]'))
    refused(framed(rb'["dict","\udfff",1]'))
    assert unpack(framed(rb'["dict","x","\ud83d\ude00"]')) == {"x": "😀"}


# Caps: each is named, on both sides.


def keyed(size):
    return dict.fromkeys(range(size), 0)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("cap", "fits", "too_much"),
    [
        ("MAX_DEPTH", lambda: nested(MAX_DEPTH - 1), lambda: nested(MAX_DEPTH)),
        ("MAX_DIGITS", lambda: -(10**MAX_DIGITS) + 1, lambda: 10**MAX_DIGITS),
        ("MAX_DIGITS", lambda: 10**MAX_DIGITS - 1, lambda: -(10 ** (5 * MAX_DIGITS))),
        ("MAX_STRING", lambda: "a" * MAX_STRING, lambda: "a" * (MAX_STRING + 1)),
        ("MAX_ITEMS", lambda: [0] * (MAX_ITEMS - 10), lambda: [0] * MAX_ITEMS),
        ("MAX_ITEMS", lambda: [[]] * (MAX_ITEMS // 2 - 10), lambda: [[]] * (MAX_ITEMS // 2)),
        ("MAX_KEYS", lambda: keyed(MAX_KEYS), lambda: keyed(MAX_KEYS + 1)),
        ("MAX_MESSAGE", lambda: b"", lambda: bytes(MAX_MESSAGE)),
        ("MAX_MESSAGE", lambda: [], lambda: np.broadcast_to(1.0, (10**6, 10**6))),
        ("MAX_MESSAGE", lambda: [], lambda: np.zeros((0, 10**9))),
    ],
)
def test_what_is_sent_has_caps(cap, fits, too_much):
    message = {"x": fits()}
    assert unpack(pack(message)) == message
    with pytest.raises(WireError, match=cap):
        pack({"x": too_much()})


def test_commas_in_text_are_no_items():
    message = {"x": ['1,[2]"\\' * MAX_ITEMS, "a,\\"]}
    assert unpack(pack(message)) == message


@pytest.mark.parametrize(
    ("cap", "data"),
    [
        ("MAX_MESSAGE", lambda: bytes(MAX_MESSAGE + 1)),
        ("MAX_ITEMS", lambda: framed(b"[" + b"[]," * MAX_ITEMS + b"[]]")),
        ("MAX_ITEMS", lambda: framed(b'["list"' + b',""' * MAX_ITEMS + b"]")),
        ("MAX_ITEMS", lambda: framed(b'["\\"",' + b'"\\\\",' * MAX_ITEMS + b'""]')),
        ("MAX_DEPTH", lambda: framed(b'["list",' * 100 + b"0" + b"]" * 100)),
        ("RecursionError", lambda: framed(b"[" * (MAX_ITEMS - 1))),
        ("MAX_DIGITS", lambda: holding(10**MAX_DIGITS)),
        ("MAX_DIGITS", lambda: framed(b'["dict","x",' + b"9" * 10**6 + b"]")),
        ("MAX_DIGITS", lambda: framed(b'["dict","x",0.' + b"1" * 10**6 + b"]")),
        ("MAX_STRING", lambda: holding("a" * (MAX_STRING + 1))),
        ("MAX_KEYS", lambda: holding(["dict", *chain(*keyed(MAX_KEYS + 1).items())])),
    ],
)
def test_what_is_received_has_caps(cap, data):
    refused(data(), cap)


@pytest.mark.parametrize("key", [float("nan"), (1, ("a", float("nan")))])
def test_nan_is_no_key(key):
    with pytest.raises(WireError, match="nan for a key"):
        pack({"x": {key: 1}})


def peak_of(data):
    tracemalloc.start()
    try:
        refused(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_refused_takes_no_memory():
    true = npy(np.zeros(3))
    for shape in ("(1000000000000,)", "(4,)", "(2,)", "(3, 1000000000000)"):
        padded = f"{shape}, }}".ljust(len("(1000000000000,), }"))
        lie = true.replace(b"(3,), }".ljust(len(padded)), padded.encode(), 1)
        assert len(lie) == len(true)
        assert lie != true
        assert peak_of(holding(["ndarray", len(lie)], blobs=lie)) < 2**20
    lists = framed(b"[" + b"[]," * 10**6 + b"[]]")
    assert peak_of(lists) < 4 * len(lists)


# Bytes that do not come from pack().


def header_of(array_header):
    padded = array_header + b" " * (-(11 + len(array_header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(padded)) + padded


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    "blob",
    [
        npy(np.array([Bomb()]), allow_pickle=True),
        pickle.dumps(Bomb()),
        npy(np.zeros((2, 3), order="F")),
        npy(np.zeros(3, complex)),
        npy(np.zeros(3, "M8[s]")),
        npy(np.zeros(3, np.longdouble)),
        npy(np.zeros(3, ">f8")),
        npy(np.zeros(3, [("a", float)])),
        npy(np.array(["abc"])),
        npy(np.zeros(3)) + b"\x00",
        npy(np.zeros(3))[:-1],
        npy(np.zeros(3)).replace(b"NUMPY\x01", b"NUMPY\x02"),
        npy(np.zeros(3)).replace(b"<f8", b"<f1"),
        npy(np.zeros(3)).replace(b"(3,)", b"(-3)"),
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"",
        header_of(b"{'descr': '<f8', 'fortran_order': False, 'shape': (0," + b"9" * 18 + b"), }"),
        header_of(b"{'descr': '<f8', 'fortran_order': False, 'shape': (0," + b"9" * 19 + b"), }"),
        header_of(b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"0, " * 65 + b"), }"),
        header_of(b"{'descr': '<f8', 'fortran_order': False, 'shape': (,), }"),
        header_of(b"{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os'),), }"),
    ],
    ids=lambda blob: ascii(blob[-60:]),
)
def test_only_the_npy_of_a_plain_array_is_read(blob):
    refused(holding(["ndarray", len(blob)], blobs=blob))


def test_a_bool_is_zero_or_one():
    blob = npy(np.zeros(3, bool))[:-3] + b"\x00\x01\x02"
    got = unpack(holding(["ndarray", len(blob)], blobs=blob))["x"]
    assert got.tobytes() == b"\x00\x01\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x00\x00",
        struct.pack(">I", 2**32 - 1) + b"[]",
        framed(b""),
        framed(b'["dict"'),
        framed(b'["dict"]\x00'),
        framed(b'["dict"] []'),
        framed(b'["dict","x","\xc3\xa4"]'),
        framed(["dict"], b"x"),
        framed(["list"]),
        framed(["dict", 1, 2]),
        framed(["dict", "x"]),
        framed({}),
        framed(1),
        framed(b"NaN"),
        framed(["dict", "x", 1, "x", 2]),
        holding(["dict", 1, 2, True, 3]),
        holding(["dict", ["list"], 1]),
        holding(["dict", ["tuple", ["list"]], 1]),
        holding(["dict", ["Call", ["tuple"], ["dict"], None, None], 1]),
        holding([]),
        holding([["list"]]),
        holding([1, 2]),
        holding({"a": 1}),
        holding(["set", 1]),
        holding(["object"]),
        holding(["WireError", "x"]),
        holding(["bytes"]),
        holding(["bytes", 1, 1], blobs=b"ab"),
        holding(["bytes", -1]),
        holding(["bytes", True], blobs=b"a"),
        holding(["bytes", 1.0], blobs=b"a"),
        holding(["bytes", "1"], blobs=b"a"),
        holding(["bytes", 2**70], blobs=b"a"),
        holding(["tuple", ["bytes", 2], ["bytes", 2]], blobs=b"abc"),
    ],
    ids=ascii,
)
def test_what_breaks_the_rules_is_refused(data):
    refused(data)


T = ["tuple"]


@pytest.mark.parametrize(
    "record",
    [
        ["Previous"],
        ["Previous", "0"],
        ["Previous", True],
        ["Previous", 0, 0],
        ["Rng", None],
        ["Rng", -1],
        ["Rng", 2**64],
        ["Rng", 1.0],
        ["Oracle", "f"],
        ["Oracle", "f", ["list"]],
        ["Oracle", "f", ["tuple", 1]],
        ["Call", ["list"], ["dict"], None, None],
        ["Call", T, ["dict", 1, 2], None, None],
        ["Call", T, T, None, None],
        ["Call", T, ["dict"], 1, None],
        ["Call", T, ["dict"], None, 1],
        ["Foreign", None],
        ["Instance", ["tuple", None]],
        ["Failure", None, "m", 1, "", ""],
        ["Failure", "E", 1, 1, "", ""],
        ["Failure", "E", "m", 1.5, "", ""],
        ["Failure", "E", "m", "1", "", ""],
        ["Failure", "E", "m", 1, None, ""],
        ["Failure", "E", "m", 1, ""],
        ["Outcome", 1, "failure", T, T],
        ["Outcome", 1, None, ["tuple", None], T],
        ["Outcome", 1, None, ["tuple", 1.0], T],
        ["Outcome", 1, None, ["list"], T],
        ["Outcome", 1, None, T, ["tuple", "f"]],
        ["Outcome", 1, None, T, ["tuple", ["tuple", 1, T]]],
        ["Outcome", 1, None, T, ["tuple", ["tuple", "f", ["list"]]]],
        ["Outcome", 1, None, T, ["tuple", ["tuple", "f"]]],
    ],
    ids=str,
)
def test_a_field_of_the_wrong_type_is_refused(record):
    refused(holding(record), f"fields of {record[0]} are wrong")


def harmless(data):
    """Whatever these bytes are: WireError, or a message that can be sent on."""
    try:
        message = unpack(data)
    except WireError:
        return
    assert type(message) is dict
    assert same(message, unpack(pack(message)))


edits = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "remove", "copy"]),
        st.integers(0, 2**16),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


@given(messages, edits)
@settings(max_examples=300)
def test_a_damaged_message_does_no_harm(message, edits):
    data = bytearray(pack(message))
    for edit, place, piece in edits:
        i = place % (len(data) + 1)
        match edit:
            case "flip":
                data[i : i + 1] = bytes(b ^ piece[0] for b in data[i : i + 1])
            case "cut":
                del data[i:]
            case "insert":
                data[i:i] = piece
            case "remove":
                del data[i : i + len(piece)]
            case "copy":
                data[i:i] = data[i : i + 8 * len(piece)]
    harmless(bytes(data))


@given(st.binary(), st.binary())
def test_random_bytes_do_no_harm(header, blobs):
    harmless(header)
    harmless(framed(header, blobs))


TAGS = ["list", "tuple", "dict", "bytes", "ndarray", "Call", "Previous", "Rng", "Oracle", "Outcome"]
headers = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 200) | st.floats() | st.sampled_from(["x", *TAGS]),
    lambda inner: (
        st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=5)).map(lambda p: [p[0], *p[1]])
        | st.lists(inner, max_size=3)
    ),
    max_leaves=20,
)


@given(st.lists(headers, max_size=4), st.sampled_from([b"", b"abc", npy(np.zeros((2, 3)))]))
@settings(max_examples=300)
def test_a_header_written_by_hand_does_no_harm(parts, blobs):
    harmless(framed(["dict", *parts], blobs))
    harmless(holding(["list", *parts], blobs=blobs))


# On a socket.


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds=30.0):
    return time.monotonic() + seconds


def test_messages_arrive_one_by_one_and_then_end(pair):
    ours, theirs = pair
    large = {"x": np.arange(3e5)}

    def other_side():
        send(theirs, {})
        send(theirs, large)
        send(theirs, {"last": 1})
        theirs.close()

    thread = threading.Thread(target=other_side)
    thread.start()
    assert receive(ours) == {}
    assert same(large, receive(ours, deadline=soon()))
    assert receive(ours, deadline=soon()) == {"last": 1}
    assert receive(ours, deadline=soon()) is None
    assert ours.gettimeout() is None
    thread.join()


@pytest.mark.parametrize("length", [1, 3, 4, 10])
def test_a_message_that_is_cut_off_is_refused(pair, length):
    ours, theirs = pair
    data = pack({"x": 1})
    theirs.sendall((struct.pack(">I", len(data)) + data)[:length])
    theirs.close()
    with pytest.raises(WireError, match="cut off"):
        receive(ours, deadline=soon())


def test_a_side_that_dies_with_our_message_unread_is_an_end_not_a_crash(pair):
    ours, theirs = pair
    send(ours, {"x": 1})
    theirs.close()
    with pytest.raises(WireError, match="cut off"):
        receive(ours, deadline=soon())
    with pytest.raises(OSError, match="pipe"):
        send(ours, {"x": 1})


def test_a_long_message_is_refused_before_it_comes(pair):
    ours, theirs = pair
    theirs.sendall(struct.pack(">I", 1001))
    with pytest.raises(WireError, match="limit is 1,000"):
        receive(ours, 1000, deadline=soon())
    with pytest.raises(WireError, match="limit is 1,000"):
        send(ours, {"x": bytes(1000)}, 1000)


def test_a_promise_of_bytes_takes_no_memory(pair):
    ours, theirs = pair
    theirs.sendall(struct.pack(">I", MAX_MESSAGE) + b"a little")
    theirs.close()
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="cut off"):
            receive(ours, deadline=soon())
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_the_deadline_holds_over_a_drip_of_bytes(pair):
    ours, theirs = pair
    stop = threading.Event()

    def drip():
        theirs.sendall(struct.pack(">I", 10_000))
        while not stop.wait(0.02):
            theirs.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises(TimeoutError):
            receive(ours, deadline=soon(0.3))
        assert ours.gettimeout() is None
        with pytest.raises(TimeoutError):
            receive(ours, deadline=soon(-1.0))
    finally:
        stop.set()
        thread.join()


def test_the_deadline_holds_for_a_side_that_does_not_read(pair):
    ours, _ = pair
    with pytest.raises(TimeoutError):
        send(ours, {"x": bytes(2**23)}, deadline=soon(0.3))
    assert ours.gettimeout() is None
