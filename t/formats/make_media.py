# make_media.py - pictures, sounds and TFRecords made by other programs, with what is in them, as t/formats/media.lua
#
# PNG by the few lines below over Python's zlib, JPEG by Pillow (which also says what it decodes to), WAV by Python's wave, TFRecords by
# protobuf and google-crc32c. Run: python3 t/formats/make_media.py (needs NumPy, Pillow, protobuf, google-crc32c). Tests need none of them.
# SPDX-License-Identifier: MIT
import io
import os
import struct
import wave
import zlib

import google_crc32c
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))


def hexadecimal(data):
    return '"' + data.hex() + '"'


def numbers(array):
    return "{" + ",".join(repr(x) for x in np.asarray(array).reshape(-1).tolist()) + "}"


# ---- PNG ----

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def filtered(row, before, width, kind):
    out = bytearray()
    for i, byte in enumerate(row):
        a, b, c = row[i - width] if i >= width else 0, before[i], before[i - width] if i >= width else 0
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        out.append((byte - [0, a, b, (a + b) // 2, paeth][kind]) & 255)
    return bytes([kind]) + bytes(out)


def rows_of(samples, depth):
    for row in samples.reshape(samples.shape[0], -1):
        if depth == 16:
            yield row.astype(">u2").tobytes()
        elif depth == 8:
            yield row.astype("u1").tobytes()
        else:
            bits = "".join(format(int(x), "0%db" % depth) for x in row)
            bits += "0" * (-len(bits) % 8)
            yield bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def scan(samples, depth, channels):
    rows = list(rows_of(samples, depth))
    before, out, width = bytes(len(rows[0])) if rows else b"", b"", max(1, channels * depth // 8)
    for i, row in enumerate(rows):
        out += filtered(row, before, width, i % 5)
        before = row
    return out


def png(samples, depth, colour, extra=b"", interlaced=False):
    height, width, channels = samples.shape
    if interlaced:
        data = b""
        for x, y, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
            part = samples[y::dy, x::dx]
            if part.size:
                data += scan(part, depth, channels)
    else:
        data = scan(samples, depth, channels)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))


def planes(samples):
    return samples.transpose(2, 0, 1)


def pictures():
    rng = np.random.default_rng(1)
    grey, rgb, rgba = rng.integers(0, 256, (5, 7, 1)), rng.integers(0, 256, (5, 7, 3)), rng.integers(0, 256, (5, 7, 4))
    yield "grey", png(grey, 8, 0), 0, planes(grey)
    yield "rgb", png(rgb, 8, 2), 0, planes(rgb)
    yield "rgba", png(rgba, 8, 6), 0, planes(rgba)
    yield "rgb interlaced", png(rgb, 8, 2, interlaced=True), 0, planes(rgb)
    yield "rgba as rgb", png(rgba, 8, 6), 3, planes(rgba)[:3]
    yield "grey as rgb", png(grey, 8, 0), 3, planes(np.repeat(grey, 3, 2))
    yield "rgb with opacity", png(rgb, 8, 2), 4, planes(np.concatenate([rgb, np.full((5, 7, 1), 255)], 2))
    for depth in 1, 2, 4:
        small = rng.integers(0, 1 << depth, (5, 7, 1))
        yield "grey of %d bits" % depth, png(small, depth, 0), 0, planes(small * 255 // ((1 << depth) - 1))
        palette = rng.integers(0, 256, (1 << depth, 3))
        yield ("palette of %d bits" % depth, png(small, depth, 3, chunk(b"PLTE", palette.astype("u1").tobytes())), 3,
               planes(palette[small[:, :, 0]]))
    wide = rng.integers(0, 65536, (5, 7, 3))
    yield "rgb of 16 bits", png(wide, 16, 2), 0, planes(wide >> 8)
    yield "grey and opacity", png(rgba[:, :, :2], 8, 4), 4, planes(np.concatenate([np.repeat(rgba[:, :, :1], 3, 2), rgba[:, :, 1:2]], 2))


def jpegs():
    y, x = np.mgrid[0:20, 0:30]
    smooth = np.stack([x * 8, y * 12, 255 - x * 4 - y * 6], 2).astype("u1")
    for name, options in [("4:2:0", {"subsampling": 2}), ("4:4:4", {"subsampling": 0}), ("progressive", {"progressive": True})]:
        out = io.BytesIO()
        Image.fromarray(smooth).save(out, "JPEG", quality=90, **options)
        yield name, out.getvalue(), 3, planes(np.asarray(Image.open(io.BytesIO(out.getvalue())).convert("RGB")))
    out = io.BytesIO()
    Image.fromarray(smooth[:, :, 0]).save(out, "JPEG", quality=90)
    yield "grey", out.getvalue(), 0, np.asarray(Image.open(io.BytesIO(out.getvalue())))[None]


# ---- WAV ----

def sounds():
    rng = np.random.default_rng(2)
    for width in 1, 2, 3, 4:
        for channels in 1, 2:
            top = 1 << (8 * width - 1)
            samples = rng.integers(-top, top, (6, channels))
            samples[0, 0], samples[1, 0] = -top, top - 1
            raw = b"".join(int(s + top).to_bytes(1, "little") if width == 1 else int(s).to_bytes(width, "little", signed=True)
                           for s in samples.reshape(-1))
            out = io.BytesIO()
            with wave.open(out, "wb") as w:
                w.setnchannels(channels)
                w.setsampwidth(width)
                w.setframerate(8000 * channels)
                w.writeframes(raw)
            yield "%d bits, %d channels" % (8 * width, channels), out.getvalue(), 8000 * channels, (samples / top).T
    for kind in "f4", "f8":
        samples = rng.normal(size=(5, 2)).astype(kind)
        head = struct.pack("<HHIIHH", 3, 2, 44100, 44100 * 2 * samples.itemsize, 2 * samples.itemsize, 8 * samples.itemsize)
        body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"LIST\x03\0\0\0abc\0data" + struct.pack("<I", samples.nbytes) + samples.tobytes()
        yield kind, b"RIFF" + struct.pack("<I", len(body)) + body, 44100, samples.T


# ---- TFRecord ----

def example_class():
    file = descriptor_pb2.FileDescriptorProto(name="example.proto", package="t", syntax="proto3")

    def message(name, *fields):
        m = file.message_type.add(name=name)
        for number, (field, kind, repeated, type_name) in enumerate(fields, 1):
            m.field.add(name=field, number=number, type=kind, label=3 if repeated else 1, type_name=type_name)
        return m
    message("BytesList", ("value", 12, True, None))
    message("FloatList", ("value", 2, True, None))
    message("Int64List", ("value", 3, True, None))
    feature = message("Feature", ("bytes_list", 11, False, ".t.BytesList"), ("float_list", 11, False, ".t.FloatList"),
                      ("int64_list", 11, False, ".t.Int64List"))
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    features = message("Features", ("feature", 11, True, ".t.Features.FeatureEntry"))
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=9, label=1)
    entry.field.add(name="value", number=2, type=11, label=1, type_name=".t.Feature")
    message("Example", ("features", 11, False, ".t.Features"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("t.Example"))


def masked(data):
    crc = google_crc32c.value(data)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff


def record(data):
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def records():
    Example = example_class()
    out = b""
    for i in range(3):
        e = Example()
        e.features.feature["label"].int64_list.value.extend([i, -1, 1 << 40])
        e.features.feature["x"].float_list.value.extend([0.5, -i, 1e10])
        e.features.feature["name"].bytes_list.value.extend([b"n%d" % i, b"\0\xff"])
        e.features.feature["none"].float_list.SetInParent()
        out += record(e.SerializeToString(deterministic=True))
    return out


def main():
    with open(os.path.join(HERE, "media.lua"), "w") as out:
        out.write("-- media.lua - pictures, sounds and TFRecords of other programs, in hexadecimal, and what is in them\n")
        out.write("-- Written by t/formats/make_media.py; do not edit.\n-- SPDX-License-Identifier: MIT\nreturn {\n")
        for kind, cases in ("png", pictures()), ("jpeg", jpegs()):
            out.write("  %s = {\n" % kind)
            for name, data, channels, samples in cases:
                out.write("    { name = \"%s\", channels = %d, shape = %s, data = %s,\n      bytes = %s },\n"
                          % (name, channels, numbers(samples.shape), numbers(samples), hexadecimal(data)))
            out.write("  },\n")
        out.write("  wav = {\n")
        for name, data, rate, samples in sounds():
            out.write("    { name = \"%s\", rate = %d, shape = %s, data = %s,\n      bytes = %s },\n"
                      % (name, rate, numbers(samples.shape), numbers(samples), hexadecimal(data)))
        out.write("  },\n  tfrecords = %s,\n}\n" % hexadecimal(records()))


main()
