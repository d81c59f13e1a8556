-- cache.lua - pipe:cache() and pipe:cache(path): the first whole epoch keeps its elements, later ones take them from memory or the file
--
-- A cache file is "LUNCACHE", then for each element its length, checksum and packed values, then a length of -1. It is written beside its name and
-- put in its place when an epoch has come to its end, so a file that is there is whole. An epoch that is left, or that goes on from a state in its
-- middle, keeps nothing: the next whole one does. Read next: lib/data/pipeline.lua, lua_bindings/pack.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local pipeline = require "lunette.data.pipeline"

local magic = "LUNCACHE"

local function from_memory(pipe, saved)
    local k = saved and saved.k or 0
    return {
        next = function()
            if k == #pipe.kept then return nil end
            k = k + 1
            return table.unpack(pipe.kept[k], 1, pipe.kept[k].n)
        end,
        state = function() return {k = k, cached = true} end,
        where = function() return "cached element " .. k end,
    }
end

local function from_file(path, saved)
    local stream, k = core.open(path), saved and saved.k or 0
    if stream:bytes(#magic) ~= magic then lun.fail("pipe:cache", path .. " is no cache", "remove it, or cache elsewhere", "format") end
    if saved then stream:seek(saved.offset) end
    local function step()
        local size, crc = string.unpack("<i8I4", stream:bytes(12) or lun.fail("pipe:cache", path .. " is cut off", "remove it", "format"))
        if size == -1 then return nil end
        k = k + 1
        local bytes = size >= 0 and size < 1 << 31 and stream:bytes(size)
        if not bytes or core.crc32(bytes) ~= crc then
            lun.fail("pipe:cache", ("%s is damaged at element %d"):format(path, k), "remove it", "format")
        end
        return core.unpack(bytes)
    end
    local ended = saved and saved.ended or false
    local function finish(...)
        ended = (...) == nil
        return ...
    end
    return {
        next = function() if not ended then return finish(step()) end end,
        state = function() return {k = k, offset = stream:offset(), ended = ended, cached = true} end,
        where = function() return ("%s, element %d"):format(path, k) end,
        close = function() stream:close() end,
    }
end

-- Passes elements on and hands each to `keep`; `done` is called at the end, `drop` when the epoch is left before.
local function filling(from, keep, done, drop)
    local whole = true
    local function pass(...)
        if whole and (...) ~= nil then keep(...) end
        if whole and (...) == nil then
            whole = false
            done()
        end
        return ...
    end
    return {
        next = function() return pass(from.next()) end,
        state = function() return {from = from.state()} end,
        where = from.where,
        close = function()
            if whole then drop() end
            whole = false
            from.close()
        end,
    }
end

local function fill_memory(pipe, from)
    local kept = {}
    return filling(from, function(...) kept[#kept + 1] = table.pack(...) end, function() pipe.kept = kept end, function() end)
end

local function fill_file(path, from)
    local part = path .. ".part"
    local file, why = io.open(part, "wb")
    local function write(...)
        local good, problem = file:write(...)
        if not good then lun.fail("pipe:cache", ("cannot write %s: %s"):format(part, problem), "make room, or cache elsewhere", "file") end
    end
    if not file then lun.fail("pipe:cache", "cannot write " .. why, "is the folder there?", "file") end
    write(magic)
    return filling(from, function(...)
        local bytes = core.pack(...)
        write(string.pack("<i8I4", #bytes, core.crc32(bytes)), bytes)
    end, function()
        write(string.pack("<i8I4", -1, 0))
        local good, problem = file:close()
        if good then good, problem = os.rename(part, path) end
        if not good then lun.fail("pipe:cache", "cannot write " .. tostring(problem), nil, "file") end
    end, function()
        file:close()
        os.remove(part)
    end)
end

local function is_there(path)
    local file = path and io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

pipeline.kinds.cache = {
    count = function(pipe) return pipe.kept and #pipe.kept or #pipe.from end,
    open = function(pipe, run, saved)
        local path = pipe.options.path
        if saved and not saved.cached then -- from the middle of an epoch that was filling: it is only passed on
            return filling(pipeline.open(pipe.from, run, saved.from), function() end, function() end, function() end)
        end
        if pipe.kept then return from_memory(pipe, saved) end
        if path and is_there(path) then return from_file(path, saved) end
        if saved then -- another process: its cache is gone, so the elements are made again and passed over
            local from = pipeline.open(pipe.from, run)
            for _ = 1, saved.k do from.next() end
            return filling(from, function() end, function() end, function() end)
        end
        local from = pipeline.open(pipe.from, run)
        if path then return fill_file(path, from) end
        return fill_memory(pipe, from)
    end,
}

--- Keeps the elements of the first whole epoch, in memory or in a file at `path`, where other programs find them too; the stages before it do not
--- run again. What changes from epoch to epoch (shuffle, augmentation) belongs behind it.
function pipeline.methods:cache(path)
    if path ~= nil and type(path) ~= "string" then
        lun.fail("pipe:cache", "expected a path, got " .. tostring(path), 'pipe:cache("features.cache")')
    end
    return pipeline.make("cache", {path = path}, self)
end
