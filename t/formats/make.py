# make.py - files that NumPy wrote, with what is in them, as t/formats/numpy.lua
#
# Run: python3 t/formats/make.py (needs NumPy). The tests need neither: t/lua/data_files.lua writes the bytes to files and reads them.
# SPDX-License-Identifier: MIT
import io
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def hexadecimal(data):
    return '"' + data.hex() + '"'


def npy(array, **options):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, **options)
    return out.getvalue()


def number(x):
    x = x.item()
    if isinstance(x, bool):
        return str(x).lower()
    if isinstance(x, complex):
        return "{re=%r,im=%r}" % (x.real, x.imag)
    return repr(x)


def cases():
    for name in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 c8 c16".split():
        array = (np.arange(6).reshape(2, 3) * 3 - (0 if name[0] == "u" else 4)).astype(name)
        if name[0] == "u":
            array[1, 2] = np.iinfo(name).max
        yield name, array, {}
        if array.dtype.itemsize > 1:
            yield name + " big-endian", array.astype(array.dtype.newbyteorder(">")), {}
    yield "bool", np.array([[True, False], [False, True]]), {}
    yield "fortran", np.asfortranarray(np.arange(24, dtype="f4").reshape(2, 3, 4)), {}
    yield "fortran of one row", np.asfortranarray(np.arange(3, dtype="f4").reshape(1, 3)), {}
    yield "no dims", np.array(2.5), {}
    yield "empty", np.zeros((0, 3), "f4"), {}
    yield "version 2", np.arange(3, dtype="f4"), {"version": (2, 0)}
    yield "version 3", np.arange(3, dtype="f4"), {"version": (3, 0)}
    yield "eight dims", np.arange(2, dtype="i8").reshape(1, 1, 1, 1, 1, 1, 1, 2), {}


def refused():
    yield "objects", npy(np.array([{"a": 1}, None], dtype=object), allow_pickle=True), "pickled"
    yield "texts", npy(np.array(["a", "bc"])), "no dtype"
    yield "records", npy(np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")])), "fields"
    yield "u8", npy(np.arange(3, dtype="u8")), "no dtype"
    yield "times", npy(np.array(["2020-01-01"], dtype="M8[D]")), "no dtype"
    yield "nine dims", npy(np.zeros((1,) * 9, "f4")), "at most 8"


def archive(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def main():
    with open(os.path.join(HERE, "numpy.lua"), "w") as out:
        out.write("-- numpy.lua - .npy and .npz files as NumPy writes them, in hexadecimal, and their elements\n")
        out.write("-- Written by t/formats/make.py with NumPy %s; do not edit.\n-- SPDX-License-Identifier: MIT\n" % np.__version__)
        out.write("return {\n  arrays = {\n")
        for name, array, options in cases():
            data = ",".join(number(x) for x in array.reshape(-1))
            shape = ",".join(str(n) for n in array.shape)
            out.write("    { name = %s, dtype = \"%s\", shape = {%s}, data = {%s},\n      bytes = %s },\n"
                      % ('"' + name + '"', array.dtype.name, shape, data, hexadecimal(npy(array, **options))))
        out.write("  },\n  refused = {\n")
        for name, data, word in refused():
            out.write("    { name = \"%s\", word = \"%s\", bytes = %s },\n" % (name, word, hexadecimal(data)))
        arrays = {"x": np.arange(6, dtype="f4").reshape(2, 3), "folder/y": np.arange(1000, dtype="i2")}
        out.write("  },\n  stored = %s,\n  deflated = %s,\n}\n"
                  % (hexadecimal(archive(np.savez, **arrays)), hexadecimal(archive(np.savez_compressed, **arrays))))


main()
