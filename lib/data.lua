-- data.lua - data sets and loaders
--
-- A data set has #set samples and set:get(i) (one sample) or set:batch(indices) (a batch at once, faster). A loader yields batches in
-- order or shuffled, in a for loop. Labels count from 1 here, whatever the file says. Read next: lib/nn.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local data = {}

-- ---- data sets ----

local TensorDataset = {}
TensorDataset.__index = TensorDataset
TensorDataset.__len = function(self) return self.count end

--- Samples along dim 1 of one or several tensors of the same length.
function data.TensorDataset(...)
    local tensors = {...}
    local n = select("#", ...)
    if n == 0 then lun.fail("data.TensorDataset", "no tensors given", "data.TensorDataset(x, y)") end
    for i = 1, n do
        local x = tensors[i]
        if not lun.is_tensor(x) or x.ndim == 0 then
            lun.fail("data.TensorDataset", ("argument %d must be a tensor with at least one dim, got %s"):format(i, tostring(x)), "lun.tensor(t)")
        elseif x:size(1) ~= tensors[1]:size(1) then
            lun.fail("data.TensorDataset", ("argument 1 has %d samples, argument %d has %d"):format(tensors[1]:size(1), i, x:size(1)),
                     "samples lie along dim 1 of each tensor", "shape")
        end
    end
    return setmetatable({tensors = tensors, count = tensors[1]:size(1)}, TensorDataset)
end

function TensorDataset:get(i)
    local sample = {}
    for k, x in ipairs(self.tensors) do sample[k] = x[i] end
    return table.unpack(sample)
end

--- The samples at `indices` (a tensor of positions), as one tensor per part.
function TensorDataset:batch(indices)
    local parts = {}
    for k, x in ipairs(self.tensors) do parts[k] = x:index_select(1, indices) end
    return table.unpack(parts)
end

local Subset = {}
Subset.__index = Subset
Subset.__len = function(self) return self.indices:size(1) end
function Subset:get(i) return self.set:get(self.indices[i]:item()) end
function Subset:batch(indices) return self.set:batch(self.indices:index_select(1, indices)) end

--- The samples of a set at some positions (a tensor, or a list of whole numbers).
function data.Subset(set, indices)
    if type(indices) == "table" then indices = lun.tensor(indices) end
    return setmetatable({set = set, indices = indices}, Subset)
end

local function bad_split(message) lun.fail("data.random_split", message, "data.random_split(set, {0.8, 0.2})") end

-- Sizes as whole numbers; the last of several fractions takes what rounding leaves.
local function split_counts(n, sizes)
    local counts, total, share = {}, 0, 0
    if type(sizes) ~= "table" or #sizes == 0 then bad_split("expected a list of sizes or fractions") end
    local fractions = math.type(sizes[1]) == "float" and sizes[1] <= 1
    for i, size in ipairs(sizes) do
        if type(size) ~= "number" or not (size >= 0) then bad_split(("size %d is %s"):format(i, tostring(size))) end
        counts[i] = fractions and math.floor(size * n + 0.5) or math.tointeger(size) or bad_split(("size %d is %s"):format(i, tostring(size)))
        total, share = total + counts[i], share + size
    end
    if fractions and math.abs(share - 1) > 1e-6 then bad_split(("the fractions sum to %g, not to 1"):format(share)) end
    if fractions then
        counts[#counts] = counts[#counts] + n - total
    elseif total ~= n then
        bad_split(("the sizes sum to %d, the set has %d samples"):format(total, n))
    end
    return counts
end

--- Splits at random into parts of the given sizes (which sum to #set) or fractions (which sum to 1).
function data.random_split(set, sizes)
    local counts = split_counts(#set, sizes)
    local order, parts, from = lun.randperm(#set), {}, 1
    for i, count in ipairs(counts) do
        parts[i] = data.Subset(set, order:narrow(1, from, count))
        from = from + count
    end
    return table.unpack(parts)
end

-- ---- the loader ----

local DataLoader = {}
DataLoader.__index = DataLoader

local loader_options = {batch_size = true, shuffle = true, drop_last = true, collate = true, device = true}

--- for x, y in data.DataLoader(set, {batch_size = 64, shuffle = true, drop_last = false}) do ... end; #loader is the number of batches.
--- {device = "cuda"} gives batches there: while the program works on one, the next is fetched and on its way.
--- Each `for` is one epoch; a shuffled one draws its order from the generator (lun.manual_seed).
function data.DataLoader(set, options)
    options = options or {}
    if type(options) ~= "table" then
        lun.fail("data.DataLoader", "options go into a table, got " .. tostring(options), "data.DataLoader(set, {batch_size = 64})")
    end
    for name in pairs(options) do
        if not loader_options[name] then
            lun.fail("data.DataLoader", ("no option '%s'; it takes: batch_size, shuffle, drop_last, collate, device"):format(tostring(name)),
                     "data.DataLoader(set, {batch_size = 64, shuffle = true})", "name")
        end
    end
    local size = options.batch_size or 1
    if math.type(size) ~= "integer" or size < 1 then
        lun.fail("data.DataLoader", "batch_size must be a whole number above 0, got " .. tostring(size), "{batch_size = 64}")
    end
    if lun.is_tensor(set) then set = data.TensorDataset(set) end
    if type(set) ~= "table" or not (set.get or set.batch) then
        lun.fail("data.DataLoader", "a data set has #set and set:get(i) or set:batch(indices); this is " ..
                 (type(set) == "table" and "a table without them" or tostring(set)), "data.TensorDataset(x, y)")
    end
    return setmetatable({set = set, batch_size = size, shuffle = options.shuffle or false, drop_last = options.drop_last or false,
                         collate = options.collate, device = options.device}, DataLoader)
end

function DataLoader:__len()
    local n = #self.set
    return self.drop_last and n // self.batch_size or (n + self.batch_size - 1) // self.batch_size
end

-- Samples of a set without a batch method, stacked part by part.
local function stacked(set, indices, collate)
    local samples = {}
    for k = 1, indices:size(1) do samples[k] = table.pack(set:get(indices[k]:item())) end
    if collate then return collate(samples) end
    local parts = {}
    for p = 1, samples[1].n do
        local column = {}
        for k, sample in ipairs(samples) do
            column[k] = lun.is_tensor(sample[p]) and sample[p] or lun.tensor(sample[p])
        end
        parts[p] = lun.stack(column)
    end
    return table.unpack(parts)
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

--- A fresh epoch as a Lua iterator, for nested loops over one loader: for x, y in loader:batches() do.
function DataLoader:batches()
    local set, n = self.set, #self.set
    local order = n > 0 and (self.shuffle and lun.randperm(n) or lun.range(1, n))
    local next_batch, batches = 0, #self
    local function fetch()
        if next_batch >= batches then return nil end
        local from = next_batch * self.batch_size + 1
        local indices = order:narrow(1, from, math.min(self.batch_size, n - from + 1))
        next_batch = next_batch + 1
        lun.collect_young()
        if set.batch and not self.collate then return set:batch(indices) end
        return stacked(set, indices, self.collate)
    end
    if self.device and self.device ~= "cpu" then return on_device(fetch, self.device) end
    return fetch
end

-- Lua's for calls the loader itself; no control value yet means that an epoch begins.
function DataLoader:__call(_, control)
    if control == nil then self.running = self:batches() end
    return self.running()
end

-- ---- files ----

--- Reads an IDX file, plain or gzip (the format of MNIST). Whole numbers are marked as counting from 0.
data.idx = core.idx

--- Reads a CSV file: {names, columns, rows}; a column of numbers is a float64 tensor, others a list of texts.
--- Options: delimiter (","), header (true). Fields by name: t:column("price"); several as one matrix: t:matrix{"a", "b"}.
local Csv = {}
Csv.__index = Csv
function data.csv(path, options)
    options = options or {}
    if type(path) ~= "string" then lun.fail("data.csv", "expected a path, got " .. tostring(path), 'data.csv("table.csv")') end
    for name in pairs(options) do
        if name ~= "delimiter" and name ~= "header" then
            lun.fail("data.csv", ("no option '%s'; it takes: delimiter, header"):format(tostring(name)), '{delimiter = ";"}', "name")
        end
    end
    local file, why = io.open(path, "rb")
    local text = file and file:read "a"
    if file then file:close() end
    if not text then
        lun.fail("data.csv", "cannot read " .. (why or path .. ": is it a folder?"),
            "relative paths start where the program was started", "file")
    end
    return setmetatable(core.csv(text, options.delimiter or ",", options.header ~= false, path), Csv)
end

function Csv:column(name)
    for k, known in ipairs(self.names) do
        if known == name then return self.columns[k] end
    end
    lun.fail("csv", ("no column '%s'; there are: %s"):format(tostring(name), table.concat(self.names, ", ")), "names are in t.names", "name")
end

function Csv:matrix(names)
    local columns = {}
    for i, name in ipairs(names or self.names) do
        columns[i] = self:column(name)
        if not lun.is_tensor(columns[i]) then
            lun.fail("csv", ("column '%s' is text, not numbers"):format(name), ("data.labels(t:column(%q)) numbers the texts"):format(name), "dtype")
        end
    end
    return lun.stack(columns, 2):float()
end

--- Texts as labels: returns int64 labels counting from 1 and the list of names in order of first appearance.
function data.labels(texts)
    if type(texts) ~= "table" then lun.fail("data.labels", "expected a list of texts, got " .. tostring(texts), 't:column("species")') end
    local ids, names, labels = {}, {}, {}
    for i, text in ipairs(texts) do
        if not ids[text] then
            names[#names + 1] = text
            ids[text] = #names
        end
        labels[i] = ids[text]
    end
    return lun.tensor(labels), names
end

-- ---- data sets by name ----

--- Fisher's iris: x f32[150,4] in cm, y int64[150] in 1..3, names.
function data.iris()
    local t = core.csv(core.embedded("lib/data/iris.csv"), ",", true)
    local columns = {}
    for k = 1, 4 do columns[k] = t.columns[k] end
    return lun.stack(columns, 2):float(), t.columns[5]:long() + 1, {"setosa", "versicolor", "virginica"}
end

--- Handwritten digits 8x8: x f32[1797,64] in 0..1, y int64[1797] in 1..10 (digit + 1).
function data.digits()
    local t = core.csv(core.gunzip(core.embedded("lib/data/digits.csv.gz")), ",", false)
    local columns = {}
    for k = 1, 64 do columns[k] = t.columns[k] end
    return lun.stack(columns, 2):float() / 16, t.columns[65]:long() + 1
end

local fashion_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"}

local function part_name(op, part)
    if part == "train" or part == nil then return "train" end
    if part == "test" then return "t10k" end
    lun.fail(op, ("no part '%s': there are train and test"):format(tostring(part)), op .. '("test")')
end

-- Images and labels of the four files that MNIST and its family come in.
local function idx_set(op, folder, part, hint)
    local stem = ("%s/%s-"):format(folder, part_name(op, part))
    local file = io.open(stem .. "images-idx3-ubyte.gz", "rb")
    if not file then lun.fail(op, ("there is no %simages-idx3-ubyte.gz"):format(stem), hint, "file") end
    file:close()
    local x, y = core.idx(stem .. "images-idx3-ubyte.gz"), core.idx(stem .. "labels-idx1-ubyte.gz")
    if x.ndim ~= 3 or y.ndim ~= 1 or x:size(1) ~= y:size(1) then
        local images, labels = table.concat(x.shape, ","), table.concat(y.shape, ",")
        lun.fail(op, ("%s has images of [%s], but labels of [%s]"):format(folder, images, labels), hint, "format")
    end
    return x, y:from_zero_based()
end

--- Fashion-MNIST (Debian's dataset-fashion-mnist): x u8[60000,28,28], y int64 in 1..10, names; part is "train" or "test".
function data.fashion_mnist(part, folder)
    local x, y = idx_set("data.fashion_mnist", folder or "/usr/share/datasets/fashion-mnist", part, "apt-get install dataset-fashion-mnist")
    return x, y, fashion_names
end

--- MNIST from a folder with the four original .gz files: x u8[n,28,28], y int64 in 1..10 (digit + 1).
function data.mnist(part, folder)
    if type(folder) ~= "string" then lun.fail("data.mnist", "no folder given", 'data.mnist("train", "folder/with/the/four/files")') end
    return idx_set("data.mnist", folder, part, "the folder holds train-images-idx3-ubyte.gz and three more")
end

return data
