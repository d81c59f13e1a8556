-- run_files.lua - recorded runs on disk: one JSON object a line, the first says what it is
--
-- Holds: a file is data; it is looked through field by field, and nothing in it is run.
-- Read next: lib/dbg/diff.lua, lib/notebook/json.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local json = require "lunette.notebook.json"

local run_files = {}

-- ---- what a record is made of: name -> a test; true: it must be there ----

local function whole(v) return math.type(v) == "integer" end
local function text(v) return type(v) == "string" end
local function truth(v) return type(v) == "boolean" end
local words = {nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge}
local function real(v) return type(v) == "number" or words[v] ~= nil end
local function options(v)
    if type(v) ~= "table" then return false end
    for name, value in pairs(v) do
        if not text(name) or not real(value) then return false end
    end
    return true
end

local print_fields = {hash = {whole}, transposed = {whole}, shape = {text}, parameter = {truth}, absmax = {real}, mean = {real}}
local record_fields = {
    op = {text, true}, of = {text}, module = {text}, phase = {text, true}, file = {text}, line = {whole, true}, sequence = {whole, true},
    attributes = {whole, true}, drawn = {whole, true}, random = {truth, true}, failed = {truth, true}, options = {options},
}

local function fits(value, fields)
    if type(value) ~= "table" then return false end
    for name, rule in pairs(fields) do
        local v = value[name]
        if v == nil and rule[2] or v ~= nil and not rule[1](v) then return false end
    end
    return true
end

local function prints_of(list)
    if type(list) ~= "table" then return nil end
    for _, print in ipairs(list) do
        if not fits(print, print_fields) then return nil end
        print.absmax, print.mean = words[print.absmax] or print.absmax, words[print.mean] or print.mean
    end
    return list
end

local function record_of(value)
    if not (fits(value, record_fields) and prints_of(value.inputs) and prints_of(value.outputs)) then return nil end
    for name, v in pairs(value.options or {}) do value.options[name] = words[v] or v end
    return value
end

-- JSON has no NaN and no infinity.
local function spoken(x)
    if x ~= x then return "nan" end
    return x == math.huge and "inf" or x == -math.huge and "-inf" or x
end

local function written(list)
    local copies = json.list {}
    for i, print in ipairs(list) do
        copies[i] = {}
        for name, value in pairs(print) do copies[i][name] = type(value) == "number" and spoken(value) or value end
    end
    return copies
end

--- Writes a run's records to a file.
function run_files.save(path, records)
    local file <close> = assert(io.open(path, "w"))
    file:write(json.write {lunette_run = 1, version = lun.version, ops = #records}, "\n")
    for _, r in ipairs(records) do
        local copy = {}
        for name, value in pairs(r) do copy[name] = value end
        copy.inputs, copy.outputs, copy.options = written(r.inputs), written(r.outputs), {}
        for name, value in pairs(r.options) do copy.options[name] = spoken(value) end
        file:write(json.write(copy), "\n")
    end
end

--- The records of a file. Raises, naming the line, when it is no such file.
function run_files.load(path)
    local file, why = io.open(path, "r")
    if not file then error(why, 0) end
    local _ <close> = file
    local records, n = {}, 0
    for line in file:lines() do
        n = n + 1
        local ok, value = pcall(json.read, line)
        if n == 1 and not (ok and type(value) == "table" and value.lunette_run == 1) then error(("%s holds no recorded run"):format(path), 0) end
        if n > 1 then
            records[n - 1] = ok and record_of(value) or error(("%s:%d is no record of an op"):format(path, n), 0)
        end
    end
    if n == 0 then error(("%s holds no recorded run"):format(path), 0) end
    return records
end

return run_files
