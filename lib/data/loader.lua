-- loader.lua - data.DataLoader: batches of a data set in order, shuffled, or as a sampler says
--
-- Read next: lib/data/sets.lua, lib/data/samplers.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local background = require "lunette.data.background"
local batches_of = require "lunette.data.batches"
local draw = require "lunette.data.draw"
local pipeline = require "lunette.data.pipeline"
local sets = require "lunette.data.sets"
local data = {}


local DataLoader = {}
DataLoader.__index = DataLoader

local loader_options = {"batch_size", "shuffle", "drop_last", "collate", "device", "sampler", "workers"}

--- for x, y in data.DataLoader(set, {batch_size = 64, shuffle = true, drop_last = false}) do ... end; #loader is the number of batches.
--- {device = "cuda"} gives batches there: while the program works on one, the next is fetched and on its way.
--- Each `for` is one epoch; a shuffled one draws its order from the generator (lun.manual_seed). A sampler has # and sampler:order(epoch),
--- which gives the positions to take: data.WeightedRandomSampler, data.StratifiedSampler. With workers, batches are made in so many threads, to
--- which the set is copied (a set of one's own needs set:recipe()); random numbers in set:get then depend on seed and batch alone.
function data.DataLoader(set, options)
    options = pipeline.options("data.DataLoader", options, loader_options)
    local size = options.batch_size or 1
    if math.type(size) ~= "integer" or size < 1 then
        lun.fail("data.DataLoader", "batch_size must be a whole number above 0, got " .. tostring(size), "{batch_size = 64}")
    end
    if lun.is_tensor(set) then set = sets.TensorDataset(set) end
    if type(set) ~= "table" or not (set.get or set.batch) then
        lun.fail("data.DataLoader", "a data set has #set and set:get(i) or set:batch(indices); this is " ..
                 (type(set) == "table" and "a table without them" or tostring(set)), "data.TensorDataset(x, y)")
    end
    if options.workers then pipeline.whole("data.DataLoader", "workers", options.workers, 0) end
    if options.workers and options.collate then
        lun.fail("data.DataLoader", "collate does not go to worker threads", "leave out workers, or data.pipeline(set):map(f, {workers = 2})")
    end
    local sampler = options.sampler
    if sampler and (options.shuffle or type(sampler) ~= "table" or not sampler.order) then
        lun.fail("data.DataLoader", options.shuffle and "a sampler gives the order itself; leave out shuffle" or
                 "a sampler has #sampler and sampler:order(epoch), got " .. tostring(sampler), "data.StratifiedSampler(labels)")
    end
    return setmetatable({set = set, sampler = sampler, epoch = 0, batch_size = size,
                         shuffle = options.shuffle or false, drop_last = options.drop_last or false,
                         collate = options.collate, device = options.device, workers = options.workers ~= 0 and options.workers or nil}, DataLoader)
end

function DataLoader:__len()
    local n = self.sampler and #self.sampler or #self.set
    return self.drop_last and n // self.batch_size or (n + self.batch_size - 1) // self.batch_size
end

-- The batches of `fetch` on a device, one ahead, from pinned memory.
local function on_device(fetch, device)
    local core_of_cuda = require "lunette.cuda_core"
    local function sent(...)
        local parts = table.pack(...)
        for k = 1, parts.n do
            local x = parts[k]
            if lun.is_tensor(x) and x.device == "cpu" then parts[k] = core_of_cuda.send(core_of_cuda.pin(x, device), device, true) end
        end
        return parts
    end
    local coming = sent(fetch())
    return function()
        local batch = coming
        if batch[1] == nil then return nil end
        core_of_cuda.join(device)
        coming = sent(fetch())
        return table.unpack(batch, 1, batch.n)
    end
end

-- The positions of an epoch, in order.
local function positions(self)
    if self.sampler then return self.sampler:order(self.epoch) end
    local n = #self.set
    return n > 0 and (self.shuffle and lun.randperm(n) or lun.range(1, n))
end

-- The batches at positions that `indices` gives, made in threads, which stay for the next epoch.
local function in_threads(self, indices, epoch)
    self.threads = self.threads or
        pipeline.make("generator", {f = function() return self.indices end}):map(background.fetcher(self.set), {workers = self.workers})
    self.indices, epoch.seed = indices, epoch.seed or draw.seed()
    local iterator = pipeline.open(self.threads, {epoch = self.epoch}, {seed = epoch.seed, count = epoch.given, from = {done = 0}})
    epoch.close = iterator.close
    return iterator.next
end

-- An epoch: {next, order, given, seed}, from batch `given` + 1 on.
local function start(self, order, given, seed)
    local n = order and order:size(1) or 0
    local fetched, batches = given, self.drop_last and n // self.batch_size or (n + self.batch_size - 1) // self.batch_size
    local function indices()
        if fetched >= batches then return nil end
        local from = fetched * self.batch_size + 1
        fetched = fetched + 1
        return order:narrow(1, from, math.min(self.batch_size, n - from + 1))
    end
    local function fetch()
        local wanted = indices()
        lun.collect_young()
        if wanted then return batches_of.fetch(self.set, wanted, self.collate) end
    end
    local epoch = {order = order, given = given, seed = seed}
    if self.workers then fetch = in_threads(self, indices, epoch) end
    local step = self.device and self.device ~= "cpu" and on_device(fetch, self.device) or fetch
    local function count(...)
        if (...) ~= nil then
            epoch.given = epoch.given + 1
        elseif not epoch.ended then
            epoch.ended = true
            if epoch.close then epoch.close() end
        end
        return ...
    end
    function epoch.next()
        if not epoch.ended then return count(step()) end
    end
    return epoch
end

local function begin(self)
    local saved = self.resumed
    self.resumed = nil
    self.epoch = saved and saved.epoch or self.epoch + 1
    if saved and saved.given then return start(self, saved.order, saved.given, saved.seed) end
    return start(self, positions(self), 0)
end

--- A fresh epoch as a Lua iterator, for nested loops over one loader: for x, y in loader:batches() do.
function DataLoader:batches() return begin(self).next end

-- Lua's for calls the loader itself; no control value yet means that an epoch begins.
function DataLoader:__call(_, control)
    if control == nil then
        local left = self.running
        if left and left.close and not left.ended then left.close() end
        self.running = begin(self)
    end
    return self.running.next()
end

--- Ends the worker threads; the next epoch starts new ones.
function DataLoader:close()
    if self.running and self.running.close and not self.running.ended then self.running.close() end
    if self.threads then self.threads:close() end
    self.running = nil
end

--- Where the loader stands, as a plain table: in an epoch with its order, or before the next one, whose order is not yet drawn.
function DataLoader:state()
    if self.resumed then return self.resumed end
    local running = self.running
    if not running or running.ended then return {loader = #self, epoch = self.epoch + 1} end
    return {loader = #self, epoch = self.epoch, given = running.given, order = running.order or nil, seed = running.seed}
end

--- Goes on from a state: the next `for` gives the batches that were still to come.
function DataLoader:restore(state)
    if type(state) ~= "table" or not state.loader then
        lun.fail("loader:restore", "expected what loader:state() gave, got " .. tostring(state), "loader:restore(data.load_state(path))")
    elseif state.loader ~= #self then
        lun.fail("loader:restore", ("the state is of a loader of %d batches, this one has %d"):format(state.loader, #self),
                 "use the same set and batch_size")
    end
    self.resumed, self.running = state, nil
    return self
end

return data
