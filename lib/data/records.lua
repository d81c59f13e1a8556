-- records.lua - TFRecord files: data.tfrecords(paths) gives the bytes of each record, data.example(bytes) what a tf.train.Example holds
--
-- A record is its length, a checksum of that, its bytes, a checksum of them. An Example is a protocol buffer: a map from names to lists of
-- byte strings, floats or whole numbers. Holds: every length is checked against the bytes there are; unknown fields are passed.
-- Read next: lib/data/files.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local files = require "lunette.data.files"
local pipeline = require "lunette.data.pipeline"

local records = {}
local longest = 1 << 28

local function masked(bytes)
    local crc = core.crc32c(bytes)
    return ((crc >> 15 | crc << 17) + 0xa282ead8) & 0xffffffff
end

local function damaged(message) lun.fail("data.tfrecords", message, "pipe:skip_bad() leaves damaged records out", "format") end

files.kind("tfrecords", "data.tfrecords", {
    binary = true,
    read = function(stream)
        local head = stream:bytes(12)
        if head == nil then return nil end
        local length, crc = string.unpack("<I8I4", head)
        -- a length that cannot be trusted leaves nothing to go on with: the rest of the file is given up
        if crc ~= masked(head:sub(1, 8)) or length < 0 or length > longest then
            stream:give_up()
            damaged "the length of the record fails its checksum, so the rest of the file cannot be read"
        end
        local body = stream:bytes(length + 4)
        if body == nil or string.unpack("<I4", body, length + 1) ~= masked(body:sub(1, length)) then damaged "the record fails its checksum" end
        return body:sub(1, length)
    end,
})

--- The bytes of each record of TFRecord files, plain or gzip; checksums are verified.
function records.tfrecords(paths) return pipeline.make("tfrecords", {paths = files.paths("data.tfrecords", paths)}) end

-- ---- protocol buffers ----

local function wrong(at, message)
    lun.fail("data.example", ("this is no tf.train.Example: %s at byte %d"):format(message, at), nil, "format")
end

local function varint(text, at, stop)
    local value, shift = 0, 0
    while true do
        local byte = at < stop and text:byte(at)
        if not byte or shift > 63 then wrong(at, "a number is cut off") end
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128 then return value, at end
    end
end

-- Calls visit(field, wire type, value or from, to) for each field of the message in [at, stop).
local function each_field(text, at, stop, visit)
    while at < stop do
        local key, size
        key, at = varint(text, at, stop)
        local wire = key & 7
        if wire == 0 then
            local value
            value, at = varint(text, at, stop)
            visit(key >> 3, wire, value)
        else
            size = wire == 1 and 8 or wire == 5 and 4
            if wire == 2 then size, at = varint(text, at, stop) end
            if not size then wrong(at, "an unknown kind of field stands") end
            if size < 0 or size > stop - at then wrong(at, "a field reaches beyond the end") end
            visit(key >> 3, wire, at, at + size)
            at = at + size
        end
    end
end

local readers = {
    function(text, at, stop) -- byte strings
        local list = {}
        each_field(text, at, stop, function(field, wire, from, to)
            if field == 1 and wire == 2 then list[#list + 1] = text:sub(from, to - 1) end
        end)
        return list
    end,
    function(text, at, stop) -- floats
        local list = {}
        each_field(text, at, stop, function(field, wire, from, to)
            if field ~= 1 or wire == 0 then return end
            if (to - from) % 4 ~= 0 then wrong(from, "a list of floats is cut off") end
            for k = from, to - 4, 4 do list[#list + 1] = string.unpack("<f", text, k) end
        end)
        return #list > 0 and lun.tensor(list):float() or lun.zeros(0)
    end,
    function(text, at, stop) -- whole numbers
        local list = {}
        each_field(text, at, stop, function(field, wire, from, to)
            if field ~= 1 then return end
            if wire == 0 then
                list[#list + 1] = from
                return
            end
            while from < to do list[#list + 1], from = varint(text, from, to) end
        end)
        return #list > 0 and lun.tensor(list) or lun.zeros(0):long()
    end,
}

local function read_feature(text, at, stop)
    local value
    each_field(text, at, stop, function(field, wire, from, to)
        if readers[field] and wire == 2 then value = readers[field](text, from, to) end
    end)
    return value
end

--- The features of a tf.train.Example by name: lists of byte strings, float32 tensors, int64 tensors; a feature without a value is left out.
function records.example(bytes)
    if type(bytes) ~= "string" then lun.fail("data.example", "expected bytes, got " .. tostring(bytes), "data.tfrecords(path):map(data.example)") end
    local features = {}
    each_field(bytes, 1, #bytes + 1, function(field, wire, from, to)
        if field ~= 1 or wire ~= 2 then return end
        each_field(bytes, from, to, function(inner, inner_wire, entry, entry_end)
            if inner ~= 1 or inner_wire ~= 2 then return end
            local name, value
            each_field(bytes, entry, entry_end, function(part, part_wire, a, b)
                if part == 1 and part_wire == 2 then name = bytes:sub(a, b - 1) end
                if part == 2 and part_wire == 2 then value = read_feature(bytes, a, b) end
            end)
            if name then features[name] = value end
        end)
    end)
    return features
end

return records
