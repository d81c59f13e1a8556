-- data_media.lua - PNG, JPEG, WAV and TFRecord files of other programs, folders of pictures, and damaged ones of each
--
-- Pictures are skipped where Lunette was built without their library. Read next: t/formats/make_media.py. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"
local truth = require "formats.media"

local scratch = require "scratch"
local folder, write = scratch.folder, scratch.write
local function bytes_of(hex) return (hex:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)) end

-- Every prefix and every byte changed in four ways: an error of ours, or something that was read.
local function survives(name, bytes, read_it)
    local foreign, refused = nil, 0
    local function try(damaged, what)
        local good, problem = pcall(read_it, damaged)
        if good then return end
        refused = refused + 1
        if not (type(problem) == "table" and problem.code) then foreign = foreign or what .. ": " .. tostring(problem) end
    end
    for n = 0, #bytes - 1 do try(bytes:sub(1, n), "the first " .. n .. " bytes") end
    for i = 1, #bytes do
        for _, byte in ipairs {0, 255, bytes:byte(i) ~ 0x80, (bytes:byte(i) + 1) % 256} do
            try(bytes:sub(1, i - 1) .. string.char(byte) .. bytes:sub(i + 1), "byte " .. i .. " = " .. byte)
        end
    end
    tap.ok(not foreign and refused > #bytes // 2, ("%s: damage is a clear error (%d)"):format(name, refused) .. (foreign and "; " .. foreign or ""))
end

-- ---- pictures ----

local function has(kind)
    local good, problem = pcall(data.decode_image, bytes_of(truth[kind][1].bytes))
    if good or not tostring(problem):find("without lib", 1, true) then return true end
    tap.skip(kind .. ": " .. problem.message)
    return false
end
local has_png, has_jpeg = has "png", has "jpeg"
if has_png then
    for _, case in ipairs(truth.png) do
        local x = data.image(write("a.png", bytes_of(case.bytes)), {channels = case.channels})
        tap.is({x.dtype, x.shape}, {"uint8", case.shape}, "png " .. case.name .. ": shape")
        tap.is(x:reshape(-1):totable(), case.data, "png " .. case.name .. ": pixels")
    end
    local grey = data.decode_image(bytes_of(truth.png[2].bytes), {channels = 1})
    local rgb = data.decode_image(bytes_of(truth.png[2].bytes)):float()
    tap.near(grey[1]:float(), rgb[1] * 0.299 + rgb[2] * 0.587 + rgb[3] * 0.114, 0.02, "png: colours as grey (within one)")
    survives("png", bytes_of(truth.png[2].bytes), function(bytes) return data.decode_image(bytes, {channels = 3}) end)
    survives("png with a palette", bytes_of(truth.png[9].bytes), data.decode_image)
    survives("png interlaced", bytes_of(truth.png[4].bytes), data.decode_image)
    local huge = bytes_of(truth.png[1].bytes):gsub("IHDR........", "IHDR" .. string.pack(">I4I4", 1 << 30, 1 << 30))
    tap.fails(function() data.decode_image(huge) end, "format", "damaged", "png: a picture that claims 2^60 pixels")
end
if has_jpeg then
    for _, case in ipairs(truth.jpeg) do
        local x = data.image(write("a.jpg", bytes_of(case.bytes)), {channels = case.channels})
        local worst = (x:reshape(-1):int() - lun.tensor(case.data):int()):abs():max():item()
        tap.is(x.shape, case.shape, "jpeg " .. case.name .. ": shape")
        tap.ok(worst <= 2, "jpeg " .. case.name .. ": pixels (off by " .. worst .. ")")
    end
    tap.fails(function() data.decode_image(bytes_of(truth.jpeg[1].bytes), {channels = 4}) end, nil, "opacity", "jpeg has no opacity")
    local small = bytes_of(truth.jpeg[4].bytes)
    tap.fails(function() data.decode_image(small:sub(1, -40)) end, "format", "damaged", "jpeg: cut off")
    local foreign
    for i = 1, #small do
        for _, byte in ipairs {0, 255, small:byte(i) ~ 0x80} do
            local good, problem = pcall(data.decode_image, small:sub(1, i - 1) .. string.char(byte) .. small:sub(i + 1))
            if not good and not (type(problem) == "table" and problem.code) then foreign = tostring(problem) end
        end
    end
    tap.ok(not foreign, "jpeg: damage is a clear error or another picture" .. (foreign or ""))
end
tap.fails(function() data.decode_image "GIF89a" end, "format", "PNG", "another format")
tap.fails(function() data.decode_image("x", {channels = 2}) end, nil, "channels", "2 channels")
tap.fails(function() data.image(folder .. "/none.png") end, "file", "none.png", "no file")
tap.fails(function() data.image(write("b.png", "hello")) end, "format", "b.png", "an error names the file")

if has_png then
    for class, cases in pairs {cat = {1, 2}, dog = {3}} do
        os.execute("mkdir " .. folder .. "/set " .. folder .. "/set/" .. class .. " 2>/dev/null")
        for k, which in ipairs(cases) do write(("set/%s/%d.png"):format(class, k), bytes_of(truth.png[which].bytes)) end
    end
    write("set/cat/notes.txt", "no picture")
    local set = data.image_folder(folder .. "/set")
    tap.is({#set, set.classes, set.labels}, {3, {"cat", "dog"}, {1, 1, 2}}, "image_folder: classes and labels")
    local x, y = set:get(3)
    tap.is({x.shape, y}, {{3, 5, 7}, 2}, "image_folder: a picture and its class")
    local small = data.image_folder(folder .. "/set", {size = {4, 4}, channels = 1})
    for a, b in data.DataLoader(small, {batch_size = 3}) do tap.is({a.shape, a.dtype, b:totable()}, {{3, 1, 4, 4}, "uint8", {1, 1, 2}}, "resized, in a loader") end
    local seen = 0
    for a in data.pipeline(small):shuffle {seed = 1}:map(function(p, label) return p:float() / 255, label end, {workers = 2}):batch(2):prefetch(1) do
        seen = seen + a:size(1)
    end
    tap.is(seen, 3, "through threads")
    write("set/dog/bad.png", "x")
    local pipe = data.pipeline(data.image_folder(folder .. "/set")):skip_bad()
    local count = 0
    for _ in pipe do count = count + 1 end
    tap.is({count, pipe.bad}, {3, 1}, "a bad picture is passed and counted")
    tap.ok(pipe.first_bad:find("bad.png", 1, true), "and named")
    tap.fails(function() data.image_folder(folder .. "/set/cat") end, nil, "no folders", "a folder without classes")
    tap.fails(function() data.image_folder(folder .. "/nowhere") end, "file", "nowhere", "no folder")
    tap.fails(function() set:get(9) end, nil, "no picture 9", "a picture beyond the end")
end

-- ---- sound ----

for _, case in ipairs(truth.wav) do
    local x, rate = data.wav(write("a.wav", bytes_of(case.bytes)))
    tap.is({x.dtype, x.shape, rate}, {"float32", case.shape, case.rate}, "wav " .. case.name .. ": shape and rate")
    tap.near(x:reshape(-1):totable(), case.data, 1e-6, "wav " .. case.name .. ": samples")
end
do
    local bytes = bytes_of(truth.wav[3].bytes)
    survives("wav", bytes, function(damaged) return data.wav(write("h.wav", damaged)) end)
    local at = bytes:find("data", 1, true)
    local streamed = bytes:sub(1, at + 3) .. "\255\255\255\255" .. bytes:sub(at + 8)
    tap.is(data.wav(write("s.wav", streamed)):totable(), data.wav(write("a.wav", bytes)):totable(), "wav: a recording that was streamed")
    tap.fails(function() data.wav(write("c.wav", bytes:sub(1, -3))) end, "format", "c.wav", "wav: cut off")
    tap.fails(function() data.wav(write("k.wav", (bytes:gsub("fmt (....)\1\0", "fmt %1\7\0")))) end, "format", "kind 7", "wav: packed samples")
end

-- ---- TFRecords ----

do
    local bytes = bytes_of(truth.tfrecords)
    local path, seen = write("a.tfrecord", bytes), {}
    for e in data.tfrecords(path):map(data.example) do seen[#seen + 1] = e end
    tap.is(#seen, 3, "tfrecords: three records")
    tap.is({seen[3].label:totable(), seen[3].name, seen[3].none.shape}, {{2, -1, 1 << 40}, {"n2", "\0\255"}, {0}}, "example: whole numbers, byte strings, nothing")
    tap.near(seen[3].x, {0.5, -2.0, 1e10}, "example: floats")
    local pipe = data.tfrecords(path):batch(1)
    for _ in pipe do break end
    local rest = data.tfrecords(path):batch(1):restore(pipe:state())
    local count = 0
    for _ in rest do count = count + 1 end
    tap.is(count, 2, "tfrecords go on from a state")
    local hurt = bytes:sub(1, 20) .. string.char(bytes:byte(21) ~ 1) .. bytes:sub(22)
    tap.fails(function() for _ in data.tfrecords(write("b.tfrecord", hurt)) do end end, "format", "b.tfrecord, byte 0, record 1", "a changed byte fails the checksum")
    local passed = data.tfrecords(folder .. "/b.tfrecord"):skip_bad()
    count = 0
    for _ in passed do count = count + 1 end
    tap.is({count, passed.bad}, {2, 1}, "and only that record is lost")
    tap.fails(function() for _ in data.tfrecords(write("c.tfrecord", "\255\255" .. bytes:sub(3))) do end end, "format", "length", "a length that lies")
    survives("tfrecords", bytes, function(damaged)
        for _ in data.tfrecords(write("h.tfrecord", damaged)):map(data.example) do end
    end)
    local first
    for record in data.tfrecords(path) do first = first or record end
    local foreign
    for i = 1, #first do
        for _, damaged in ipairs {first:sub(1, i - 1), first:sub(1, i - 1) .. string.char(first:byte(i) ~ 0x80) .. first:sub(i + 1)} do
            local good, problem = pcall(data.example, damaged)
            if not good and not (type(problem) == "table" and problem.code) then foreign = tostring(problem) end
        end
    end
    tap.ok(not foreign, "example: damage is a clear error" .. (foreign and ": " .. foreign or ""))
end

tap.done()
