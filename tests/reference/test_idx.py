"""IDX files, written here byte by byte, and the sets that consist of four of them."""

from __future__ import annotations

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from reference_impl.idx import load_idx, load_mnist

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
shapes = stn.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
arrays = st.sampled_from(list(CODES)).flatmap(lambda code: stn.arrays(code, shapes))


def header(code, *shape):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)


def idx_bytes(array):
    """An array as the format has it: big-endian, last axis fastest."""
    code = CODES[array.dtype.str[1:]]
    return header(code, *array.shape) + array.astype(array.dtype.newbyteorder(">")).tobytes()


def load_or_named_error(path):
    """The array, or None after a ValueError that names the file; anything else is raised."""
    try:
        return load_idx(path)
    except ValueError as error:
        if str(path) not in str(error):
            raise
        return None


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "file"


@given(array=arrays, compressed=st.booleans())
def test_round_trip(path, array, compressed):
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if compressed else content)
    loaded = load_idx(path)
    assert loaded.dtype == array.dtype
    assert loaded.dtype.isnative
    assert loaded.flags.writeable
    np.testing.assert_array_equal(loaded, array)


def test_the_bytes_of_a_file_as_the_format_says():
    # A 2 by 1 array of 16-bit integers, 1 and -2: the round trip could err twice, this cannot.
    assert idx_bytes(np.array([[1], [-2]], "i2")) == bytes.fromhex(
        "00000b02 00000002 00000001 0001 fffe"
    )


def test_large_files_come_in_pieces(path):
    array = np.random.default_rng(0).integers(0, 256, (3, 1000, 1000), dtype=np.uint8)
    path.write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(load_idx(path), array)


@given(st.binary(max_size=60) | st.binary(max_size=30).map(lambda b: b"\0\0\x08" + b))
def test_any_bytes_are_an_array_or_a_value_error(path, content):
    path.write_bytes(content)
    array = load_or_named_error(path)
    assert array is None or content == idx_bytes(array)


@given(st.binary(min_size=1, max_size=4), st.integers(0, 60))
def test_a_changed_gzip_file_is_the_same_array_or_a_value_error(path, damage, place):
    array = np.arange(20, dtype=np.uint8).reshape(4, 5)
    whole = gzip.compress(idx_bytes(array))
    content = whole[:place] + damage + whole[place + len(damage) :]
    path.write_bytes(content)
    loaded = load_or_named_error(path)
    assert loaded is None or np.array_equal(loaded, array)


GOOD = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 4))
PACKED = gzip.compress(GOOD, mtime=0)  # or it would have the time of day in it


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "starts with nothing"),
        (b"\0\0\x08", "starts with 00 00 08"),
        (b"\x89PNG", "starts with 89 50 4e 47"),
        (b"\0\0\x0a\x01", "starts with 00 00 0a 01"),
        (GOOD[:10], "ends within the header, which has 12 bytes"),
        (GOOD[:-1], r"shape \(3, 4\) of uint8 needs 12 bytes .* has 11"),
        (GOOD[:12], r"needs 12 bytes .* has 0"),
        (GOOD + b"\0", r"needs 12 bytes .* has more"),
        (gzip.compress(GOOD[:-1], mtime=0), r"needs 12 bytes .* has 11"),
        (PACKED[:-9], "gzip file is damaged"),
        (PACKED[:5], "gzip file is damaged"),
        (PACKED[:-8] + bytes(4) + PACKED[-4:], "gzip file is damaged .*CRC"),
        (PACKED[:12] + b"\xff\xff" + PACKED[14:], "gzip file is damaged"),
        (header(0x08, *[1] * 100) + b"\0", "no array has shape"),
    ],
)
def test_files_that_are_not_idx(path, content, message):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        load_idx(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_header_that_claims_much_takes_no_memory(path, pack):
    path.write_bytes(pack(header(0x0E, 2**31, 2**31, 28) + bytes(100)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=f"needs {8 * 28 * 2**62} bytes"):
        load_idx(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**23


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_idx(tmp_path / "nowhere")


def mnist_files(n=7, m=3, side=4):
    """A small set of MNIST's form, by file name."""
    rng = np.random.default_rng(n)
    found = {}
    for part, size in [("train", n), ("t10k", m)]:
        found[f"{part}-images-idx3-ubyte"] = rng.integers(0, 256, (size, side, side), np.uint8)
        found[f"{part}-labels-idx1-ubyte"] = rng.integers(0, 10, size, np.uint8)
    return found


def write(folder, files, rename=lambda name: name):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in files.items():
        content = idx_bytes(array) if isinstance(array, np.ndarray) else array
        name = rename(name)
        (folder / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)


@pytest.mark.parametrize("inside", ["", "MNIST", "MNIST/raw"])
@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name,
        lambda name: f"{name}.gz",
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"{name.replace('-idx', '.idx')}.gz",
    ],
)
def test_mnist(tmp_path, inside, rename):
    files = mnist_files()
    write(tmp_path / inside, files, rename)
    split = load_mnist(tmp_path)
    for X, labels, part in [
        (split.X, split.labels, "train"),
        (split.X_test, split.labels_test, "t10k"),
    ]:
        images = files[f"{part}-images-idx3-ubyte"]
        assert X.dtype == np.float32
        assert labels.dtype == np.intp
        np.testing.assert_array_equal(X, (images.reshape(-1, 16) / 255).astype(np.float32))
        np.testing.assert_array_equal(labels, files[f"{part}-labels-idx1-ubyte"])


def test_two_sets_in_two_folders(tmp_path):
    for name, n in [("MNIST", 5), ("Fashion-MNIST", 6)]:
        write(tmp_path / name, mnist_files(n))
    assert len(load_mnist(tmp_path).X) == 5
    assert len(load_mnist(tmp_path, name="Fashion-MNIST").X) == 6


@pytest.mark.parametrize("missing", list(mnist_files()))
def test_a_missing_part_says_what_to_do(tmp_path, missing):
    write(tmp_path, {name: array for name, array in mnist_files().items() if name != missing})
    with pytest.raises(FileNotFoundError) as error:
        load_mnist(tmp_path, name="Fashion-MNIST")
    for needed in (missing, f"{missing}.gz", str(tmp_path), "web page of Fashion-MNIST"):
        assert needed in str(error.value)


def test_files_of_two_places_are_not_mixed(tmp_path):
    files = mnist_files()
    inner = {name: array for name, array in files.items() if "images" in name}
    write(tmp_path, files)
    write(tmp_path / "MNIST", inner)
    with pytest.raises(FileNotFoundError, match="train-labels"):
        load_mnist(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-labels-idx1-ubyte", np.zeros(6, np.uint8), "holds 7 images, .* 6 labels"),
        ("t10k-labels-idx1-ubyte", np.array([0, 10, 2], np.uint8), "the label 10"),
        ("train-labels-idx1-ubyte", np.zeros((7, 1), np.uint8), r"uint8 with shape \(7, 1\)"),
        ("train-images-idx3-ubyte", np.zeros((7, 4, 4), "f4"), "holds float32"),
        (
            "t10k-images-idx3-ubyte",
            np.zeros((3, 4, 5), np.uint8),
            r"\(4, 4\), test images \(4, 5\)",
        ),
        ("t10k-images-idx3-ubyte", b"\0\0\x08", "t10k-images-idx3-ubyte: starts with"),
    ],
)
def test_sets_that_do_not_fit_together(tmp_path, name, content, message):
    write(tmp_path, mnist_files() | {name: content})
    with pytest.raises(ValueError, match=message):
        load_mnist(tmp_path)


def test_a_set_of_no_images(tmp_path):
    write(tmp_path, mnist_files(0, 0))
    assert load_mnist(tmp_path).X.shape == (0, 16)
