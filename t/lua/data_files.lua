-- data_files.lua - .npy and .npz against NumPy, arrays that stay in files, and what truncated, damaged and lying files do
--
-- Read next: t/formats/make.py, lib/data/arrays.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"
local truth = require "formats.numpy"

local scratch = require "scratch"
local folder, path_of, write, read = scratch.folder, scratch.path, scratch.write, scratch.read
local function bytes_of(hex) return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)) end
local raises = tap.raises

-- ---- against NumPy ----

local widened = {uint16 = "int32", uint32 = "int64"}
for _, case in ipairs(truth.arrays) do
    local x = data.npy(write("a.npy", bytes_of(case.bytes)))
    tap.is({x.dtype, x.shape}, {widened[case.dtype] or case.dtype, case.shape}, "npy " .. case.name .. ": dtype and shape")
    tap.near(x:contiguous():reshape(-1):totable(), case.data, 1e-3, "npy " .. case.name .. ": elements")
end
for _, case in ipairs(truth.refused) do
    local path = write("a.npy", bytes_of(case.bytes))
    raises(function() data.npy(path) end, "npy: " .. case.name .. " are refused", path, case.word)
end
for _, form in ipairs {"stored", "deflated"} do
    local t = data.npz(write("a.npz", bytes_of(truth[form])))
    tap.is(t.x:totable(), {{0.0, 1.0, 2.0}, {3.0, 4.0, 5.0}}, "npz " .. form .. ": floats")
    tap.is({t["folder/y"].dtype, t["folder/y"]:sum():item()}, {"int16", 499500}, "npz " .. form .. ": whole numbers under a path")
end

-- ---- what is written can be read, with NumPy's bytes ----

for _, case in ipairs(truth.arrays) do
    local plain = not case.name:find "big" and not case.name:find "fortran" and not case.name:find "version" and not widened[case.dtype]
    if plain and case.name ~= "fortran of one row" then
        local x = data.npy(write("a.npy", bytes_of(case.bytes)))
        data.save_npy(path_of "b.npy", x)
        tap.ok(read "b.npy" == bytes_of(case.bytes), "save_npy " .. case.name .. ": NumPy's very bytes")
    end
end
do
    local x = lun.arange(0, 24):reshape(4, 6):float()
    data.save_npy(path_of "b.npy", x:t())
    tap.is(data.npy(path_of "b.npy"):totable(), x:t():totable(), "save_npy: a transposed tensor")
    data.save_npz(path_of "b.npz", {x = x, ["a b"] = lun.tensor {true, false}, empty = lun.zeros(0)})
    local t = data.npz(path_of "b.npz")
    tap.is({t.x:totable(), t["a b"]:totable(), t.empty.shape}, {x:totable(), {true, false}, {0}}, "save_npz and back")
    data.save_npz(path_of "none.npz", {})
    tap.is(next(data.npz(path_of "none.npz")), nil, "an archive of nothing")
    raises(function() data.save_npy(path_of "c.npy", x:bfloat16()) end, "save_npy: bfloat16 has no place there", "bfloat16")
    raises(function() data.save_npz(path_of "c.npz", x) end, "save_npz of a tensor", "named")
    raises(function() data.save_npy("/no/such/folder/x.npy", x) end, "save_npy into no folder", "/no/such/folder/x.npy")
    tap.is(io.open(path_of "c.npy"), nil, "and no file is left")
end

-- ---- arrays that stay in a file ----

do
    local x = lun.arange(0, 40):reshape(10, 2, 2):float()
    data.save_npy(path_of "m.npy", x)
    local m = data.mapped(path_of "m.npy")
    tap.is({#m, m.shape, m.dtype}, {10, {10, 2, 2}, "float32"}, "mapped .npy: sizes")
    tap.is({m:get(3):totable(), m:rows(9, 2):totable()}, {x[3]:totable(), x:narrow(1, 9, 2):totable()}, "mapped: rows")
    tap.is(m:batch(lun.tensor {10, 1, 10}):totable(), x:index_select(1, lun.tensor {10, 1, 10}):totable(), "mapped: a batch at places")
    raises(function() m:get(11) end, "mapped: a row beyond the end", "10 rows", "row 11")
    raises(function() m:get(0) end, "mapped: row 0", "row 0")
    raises(function() m:rows(5, 7) end, "mapped: too many rows", "row 11")
    raises(function() m:batch(lun.tensor {1, -1}) end, "mapped: a negative place", "row -1")
    raises(function() m:rows(1, math.maxinteger) end, "mapped: absurdly many rows")
    raises(function() m:rows(math.mininteger, 2) end, "mapped: an absurd place")
    local raw = data.mapped(path_of "m.npy", {dtype = "float32", shape = {-1, 4}, offset = 128})
    tap.is(raw:rows(1, 10):reshape(10, 2, 2):totable(), x:totable(), "mapped: plain numbers from an offset on")
    raises(function() data.mapped(path_of "m.npy", {dtype = "float64", shape = {1000, 1000}}) end, "mapped: more than the file has", "m.npy", "288 bytes")
    raises(function() data.mapped(path_of "m.npy", {shape = {1 << 40, 1 << 40}}) end, "mapped: sizes that overflow", "m.npy")
    raises(function() data.mapped(path_of "m.npy", {shape = {2, -1}}) end, "mapped: a negative size", "-1")
    raises(function() data.mapped(path_of "m.npy", {offset = -4}) end, "mapped: a negative offset", "-4")
    raises(function() data.mapped(path_of "m.npy", {shape = {}}) end, "mapped: no dims", "dim")
    raises(function() data.mapped("/no/such.npy") end, "mapped: no file", "/no/such.npy")
    raises(function() data.mapped(folder) end, "mapped: a folder", "not a file")
    write("m.npy", "short")
    raises(function() m:get(1) end, "mapped: a file that became shorter is an error, no crash", "became shorter")
    m:close()
    raises(function() m:get(1) end, "mapped: closed", "closed")
    tap.is(#data.mapped(write("e.bin", ""), {shape = {-1, 3}}), 0, "mapped: an empty file has no rows")
end

-- ---- hostile files: every prefix, and every byte changed, reads well or is an error of ours ----

local function survives(name, bytes, read_it, suffix)
    local foreign
    local function try(damaged, what)
        local good, problem = pcall(read_it, write("h" .. suffix, damaged))
        if not good and not (type(problem) == "table" and problem.code) then foreign = foreign or what .. ": " .. tostring(problem) end
    end
    for n = 0, #bytes - 1, math.max(1, #bytes // 400) do try(bytes:sub(1, n), "the first " .. n .. " bytes") end
    for i = 1, #bytes, math.max(1, #bytes // 300) do
        for _, byte in ipairs {0, 255, bytes:byte(i) ~ 0x80, (bytes:byte(i) + 1) % 256} do
            try(bytes:sub(1, i - 1) .. string.char(byte) .. bytes:sub(i + 1), "byte " .. i .. " = " .. byte)
        end
    end
    tap.ok(not foreign, name .. ": damage is a clear error" .. (foreign and "; " .. foreign or ""))
end
survives("npy", bytes_of(truth.arrays[1].bytes), data.npy, ".npy")
survives("mapped npy", bytes_of(truth.arrays[3].bytes), function(path) local m = data.mapped(path); return #m > 0 and m:get(1) end, ".npy")
survives("npz", bytes_of(truth.stored):sub(1, -1), data.npz, ".npz")
survives("deflated npz", bytes_of(truth.deflated), data.npz, ".npz")
do
    local header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }\n"
    local path = write("lie.npy", "\x93NUMPY\1\0" .. string.pack("<I2", #header) .. header)
    raises(function() data.npy(path) end, "npy: a header that claims 2^64 elements", path, "claims")
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }\n"
    path = write("lie.npy", "\x93NUMPY\1\0" .. string.pack("<I2", #header) .. header)
    raises(function() data.npy(path) end, "npy: a size that no integer holds", path)
    path = write("lie.npy", "\x93NUMPY\2\0" .. string.pack("<I4", 0xfffffff0) .. "{")
    raises(function() data.npy(path) end, "npy: a header of 4 GB", path, "length")
    local whole = bytes_of(truth.arrays[1].bytes)
    path = write("cut.npy", whole:sub(1, -3))
    raises(function() data.npy(path) end, "npy: cut off", path, "follow")
    raises(function() data.npz(path) end, "npz: an .npy is none", path, "zip")
    local stored = bytes_of(truth.stored)
    local at = stored:find("\0\0\x80?", 1, true) -- a float 1 in the first array
    path = write("crc.npz", stored:sub(1, at + 1) .. "\x81" .. stored:sub(at + 3))
    raises(function() data.npz(path) end, "npz: a changed element fails the checksum", path, "checksum")
end

do -- what reads strings: every prefix, every byte changed in 52 ways, and random JSON
    local core = require "lunette.data_core"
    local foreign
    local function try(f, text)
        local good, problem = pcall(f, text)
        if not good and not (type(problem) == "table" and problem.code) then foreign = foreign or tostring(problem) end
    end
    local function damage(name, text, f)
        for i = 1, #text do
            try(f, text:sub(1, i - 1))
            for byte = 0, 255, 5 do try(f, text:sub(1, i - 1) .. string.char(byte) .. text:sub(i + 1)) end
        end
        tap.ok(not foreign, name .. ": damage is a clear error" .. (foreign and ": " .. foreign or ""))
    end
    damage("packed values", core.pack({a = 1, b = {2.5, "x", true}}, lun.ones(2, 3), "text", nil, false), core.unpack)
    damage("json", '{"a": [1, 2.5e3, "\\u00e9\\ud83d\\ude00"], "b": {"c": null, "d": true}}', core.json)
    damage("a row of csv", 'a,"b ""q"" c",3\r\n', function(text) return core.csv_fields(text, ",") end)
    for seed = 1, 2000 do
        math.randomseed(seed)
        local parts = {}
        for i = 1, math.random(40) do
            local k = math.random(26)
            parts[i] = ('{}[]",:\\un0123.eE+-tfrals '):sub(k, k)
        end
        try(core.json, table.concat(parts))
    end
    tap.ok(not foreign, "random JSON" .. (foreign and ": " .. foreign or ""))
end

tap.done()
