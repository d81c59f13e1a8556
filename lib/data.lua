-- data.lua - data sets, loaders, and pipelines from files to batches
--
-- A data set has #set samples and set:get(i) or set:batch(indices); a pipeline is a row of stages over a source. Both kinds of things that give
-- batches, a DataLoader and a pipeline, are walked by `for`; #loader is the number of batches where it is known. Labels count from 1.
-- Read next: lib/data/sets.lua, lib/data/loader.lua, lib/data/pipeline.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local pipeline = require "lunette.data.pipeline"
local data = {}

for _, name in ipairs {"sets", "loader", "csv", "named", "arrays", "state", "samplers", "media", "records", "profile"} do
    for key, value in pairs(require("lunette.data." .. name)) do data[key] = value end
end
require "lunette.data.combine"
require "lunette.data.join"
require "lunette.data.parallel"
require "lunette.data.cache"
data.zip, data.concat = pipeline.zip, pipeline.concat
data.collate = require("lunette.data.batches").collate

local files = require "lunette.data.files"
data.text_lines, data.csv_rows, data.json_lines = files.text_lines, files.csv_rows, files.json_lines
data.fixed_records = files.fixed_records

--- Reads an IDX file, plain or gzip (the format of MNIST). Whole numbers are marked as counting from 0.
data.idx = core.idx

--- The value of a JSON text: objects and arrays are tables, null is nil.
data.json = core.json

local List = {}
List.__index = List
List.__len = function(self) return #self.items end
function List:get(i) return self.items[i] end
function List:recipe() return "list", {self.items} end

--- A Lua list as a data set.
function data.list(items)
    if type(items) ~= "table" then lun.fail("data.list", "expected a list, got " .. tostring(items), "data.list {1, 2, 3}") end
    return setmetatable({items = items}, List)
end

pipeline.kinds.generator = {
    open = function(pipe, run, saved)
        local done = 0
        local step = pipe.options.f(run.epoch)
        if type(step) ~= "function" then
            lun.fail("data.pipeline", "the function must give an iterator, it gave " .. tostring(step),
                     "data.pipeline(function() return coroutine.wrap(f) end)")
        end
        local function next_element(...)
            if (...) ~= nil then done = done + 1 end
            return ...
        end
        for _ = 1, saved and saved.done or 0 do next_element(step()) end
        return {
            next = function() return next_element(step()) end, state = function() return {done = done} end,
            where = function() return "element " .. done end,
        }
    end,
}

--- A pipeline over samples: of tensors along dim 1 (data.pipeline(x, y)), of a data set, of a Lua list, or of a function that is called with the
--- number of the epoch and gives an iterator: data.pipeline(function() return coroutine.wrap(f) end). A pipeline comes back as it is.
function data.pipeline(x, ...)
    if pipeline.is(x) then return x end
    if lun.is_tensor(x) then return pipeline.make("set", {set = data.TensorDataset(x, ...)}) end
    if type(x) == "function" then return pipeline.make("generator", {f = x}) end
    if type(x) ~= "table" then
        lun.fail("data.pipeline", "expected tensors, a data set, a list or a function, got " .. tostring(x), "data.pipeline(x, y)")
    end
    if x.get then return pipeline.make("set", {set = x}) end
    return pipeline.make("set", {set = data.list(x)})
end

return data
