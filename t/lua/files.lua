-- files.lua - saving and loading tensors; files that lie
--
-- Holds: a damaged file is an error that names it, never a crash; a failed save leaves the old file.
-- Read next: formats/safetensors.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = lun or require "lunette"

local scratch = require "scratch"
local folder, name = scratch.folder, "a.safetensors"
local path = scratch.path(name)
local function write(bytes) scratch.write(name, bytes) end
local function read() return scratch.read(name) end

-- there and back
do
    local tensors = {}
    for _, dtype in ipairs { "float32", "float64", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool" } do
        tensors["x." .. dtype] = lun.tensor({ { 0, 1, 1 }, { 1, 0, 1 } }, { dtype = dtype })
    end
    tensors.scalar = lun.tensor(2.5)
    tensors.empty = lun.zeros(0, 3)
    tensors.turned = lun.range(1, 6):reshape(2, 3).T
    tensors['odd "name"\n\\ ä'] = lun.ones(1)
    lun.save(path, tensors, { note = 'a "text"\tß' })
    local back, texts = lun.load(path)
    local same = true
    for name, x in pairs(tensors) do
        same = same and back[name] == x and back[name].dtype == x.dtype
    end
    tap.ok(same, "all dtypes and names come back")
    tap.is(texts.note, 'a "text"\tß', "metadata too")
    tap.ok(not back["x.int64"].zero_based, "our own whole numbers are as they were")
    local bytes = read()
    lun.save(path, tensors, { note = 'a "text"\tß' })
    tap.ok(read() == bytes, "the same tensors make the same file")
    tensors["x.int64"].zero_based = true
    lun.save(path, tensors)
    tap.ok(lun.load(path)["x.int64"].zero_based, "the mark is kept")
    lun.save(path, {})
    tap.is(next((lun.load(path))), nil, "no tensors at all")
end

-- the name of something that is no file
tap.fails(function() lun.save("/dev/null", {a = lun.ones(1)}) end, "file", "device")
tap.is(io.open("/dev/null"):read "a", "", "and /dev/null is what it was")

-- a file from elsewhere
local function pack(header, data)
    write(string.pack("<I8", #header) .. header .. (data or ""))
end
pack('{"a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}', string.pack("<i8i8", 0, 5))
tap.is(lun.load(path).a, { 0, 5 }, "a foreign file")
tap.ok(lun.load(path).a.zero_based, "its whole numbers carry the mark")

-- files that lie: { header, data, words }
local bad = {
    { '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}', ("x"):rep(16), "shape" },
    { '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', ("x"):rep(15), "end of the file" },
    { '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}', ("x"):rep(17), "left over" },
    { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', ("x"):rep(8), "hole" },
    { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', ("x"):rep(4), "overlap" },
    { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', ("x"):rep(8), "twice" },
    { '{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}', "", "shape" },
    { '{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,4]}}', ("x"):rep(4), "shape" },
    { '{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}', ("x"):rep(4), "too large" },
    { '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', ("x"):rep(4), "whole number" },
    { '{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}', ("x"):rep(4), "not whole" },
    { '{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}', ("x"):rep(4), "8 dims" },
    { '{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}', ("x"):rep(4), "dtype" },
    { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}', ("x"):rep(4), "shape" },
    { '{"a":{"dtype":"F32","shape":[1]}}', ("x"):rep(4), "JSON" },
    { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', ("x"):rep(4), "JSON" },
    { '{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', ("x"):rep(4), "twice" },
    { '{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}', "\2", "BOOL" },
    { '{"a"', "", "JSON" },
    { '{"a', "", "cut off" },
    { '{"a\\', "", "cut off" },
    { '{"\\u12"}', "", "hexadecimal" },
    { '{"\\ud800"}', "", "surrogate" },
    { '{"\\u0000"}', "", "zero" },
    { '{"\xff":1}', "", "UTF-8" },
    { '{"a\nb":1}', "", "control" },
    { "[]", "", "{" },
    { "{}x", "", "follows" },
    { '{"__metadata__":{"a":1}}', "", "JSON" },
}
for i, case in ipairs(bad) do
    pack(case[1], case[2])
    tap.fails(function() lun.load(path) end, "format", case[3], ("lie %d: %s"):format(i, case[3]))
end
write ""
tap.fails(function() lun.load(path) end, "format", "short", "an empty file")
write(string.pack("<I8", 1 << 62) .. "{}")
tap.fails(function() lun.load(path) end, "format", "length", "a header longer than the file")
write(string.pack("<I8", 100) .. "{}")
tap.fails(function() lun.load(path) end, "format", "length", "a header that is cut off")

-- every prefix of a good file, and every byte of its header changed
do
    lun.save(path, { a = lun.ones(2), b = lun.tensor { 1, 2 } }, { k = "v" })
    local good = read()
    local crashed = false
    for i = 0, #good - 1 do
        write(good:sub(1, i))
        if pcall(lun.load, path) then crashed = i end
    end
    tap.is(crashed, false, "no prefix passes for a whole file")
    for i = 1, #good do
        write(good:sub(1, i - 1) .. string.char((good:byte(i) + 1) % 256) .. good:sub(i + 1))
        pcall(lun.load, path)
    end
    tap.ok(true, "no changed byte brings the program down")
end

-- paths and arguments
tap.fails(function() lun.load(folder .. "/none") end, "file", "none", "a missing file is named")
tap.fails(function() lun.load(folder) end, "file", nil, "a folder is no file")
tap.fails(function() lun.save(folder .. "/no/such/place", { a = lun.ones(1) }) end, "file", "No such", "a missing folder")
tap.fails(function() lun.save(folder, { a = lun.ones(1) }) end, "file", nil, "a folder cannot be written")
tap.fails(function() lun.save(path, { a = 1 }) end, "argument", "`a`", "only tensors")
tap.fails(function() lun.save(path, { lun.ones(1) }) end, "argument", "strings", "only names")
tap.fails(function() lun.save(path, { ["a\0b"] = lun.ones(1) }) end, "argument", "zero byte", "no zero bytes in names")
tap.fails(function() lun.save(path, { ["\xff"] = lun.ones(1) }) end, "argument", "UTF-8", "names are UTF-8")
tap.fails(function() lun.save(path, lun.ones(1)) end, "argument", nil, "a tensor is no table of tensors")
do
    lun.save(path, { a = lun.ones(1) })
    local before = read()
    pcall(lun.save, path, { a = lun.ones(2), b = 7 })
    tap.ok(read() == before, "a failed save leaves the old file")
    local f = io.open "/dev/full"
    if f then f:close() end
    local names = io.popen("ls -A '" .. folder .. "'"):read "a"
    tap.is(names, "a.safetensors\n", "and nothing beside it")
end

tap.done()
