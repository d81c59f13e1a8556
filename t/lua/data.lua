-- data.lua - data sets, loaders, IDX and CSV readers (also of damaged files), the sets that travel inside, progress bars
--
-- Fashion-MNIST is skipped where Debian's package is not installed. Read next: lib/data.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data, progress = require "lunette.data", require "lunette.progress"

local says = tap.raises

local paths = {}
local function file_with(bytes)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
    paths[#paths + 1] = path
    return path
end

-- ---- tensor data sets ----

local x, y = lun.arange(0, 20):reshape(10, 2):float(), lun.range(1, 10)
local set = data.TensorDataset(x, y)
tap.is(#set, 10, "#set")
tap.is({(set:get(3))}, {x[3]}, "set:get(i) gives one sample")
do
    local a, b = set:batch(lun.tensor {2, 9})
    tap.is({a:totable(), b:totable()}, {{{2.0, 3.0}, {16.0, 17.0}}, {2, 9}}, "set:batch(indices) gives rows")
    local part = data.Subset(set, {10, 1})
    tap.is({#part, select(2, part:get(1)):item(), (select(2, part:batch(lun.tensor {2, 1}))):totable()}, {2, 10, {1, 10}}, "Subset")
    lun.manual_seed(5)
    local train, test = data.random_split(set, {0.75, 0.25})
    tap.is({#train, #test}, {8, 2}, "random_split by fractions")
    local seen = {}
    for _, piece in ipairs {train, test} do
        for i = 1, #piece do seen[select(2, piece:get(i)):item()] = true end
    end
    tap.is(#seen, 10, "every sample is in one part")
    tap.is(#(data.random_split(set, {7, 3})), 7, "random_split by sizes")
end
says(function() data.TensorDataset() end, "no tensors", "data.TensorDataset(x, y)")
says(function() data.TensorDataset(x, nil) end, "nil among them", "argument 2")
says(function() data.TensorDataset(x, lun.zeros(3)) end, "lengths that differ", "10", "3")
says(function() data.TensorDataset(lun.tensor(1)) end, "a 0-d tensor", "dim")
says(function() set:get(11) end, "a sample beyond the end", "11", "10")
says(function() set:get(0) end, "sample 0", "1")
says(function() data.random_split(set, {7, 4}) end, "sizes that do not add up", "11", "10")
says(function() data.random_split(set, {0.5, 0.6}) end, "fractions beyond 1", "1.1")
says(function() data.random_split(set, {11, -1}) end, "a negative size", "-1")
says(function() data.random_split(set, 0.5) end, "no list", "list")

-- ---- loaders ----

local function labels_of(loader)
    local sizes, labels = {}, {}
    for _, b in loader do
        sizes[#sizes + 1] = #b
        for i = 1, #b do labels[#labels + 1] = b[i]:item() end
    end
    return labels, sizes
end

do
    local loader = data.DataLoader(set, {batch_size = 4})
    local labels, sizes = labels_of(loader)
    tap.is({labels, sizes, #loader}, {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {4, 4, 2}, 3}, "batches in order, the last one smaller")
    labels, sizes = labels_of(data.DataLoader(set, {batch_size = 4, drop_last = true}))
    tap.is({labels, sizes}, {{1, 2, 3, 4, 5, 6, 7, 8}, {4, 4}}, "drop_last")
    tap.is(#data.DataLoader(set, {batch_size = 4, drop_last = true}), 2, "#loader with drop_last")
    tap.is(#data.DataLoader(set), 10, "batch_size is 1 unless told")

    local shuffled = data.DataLoader(set, {batch_size = 3, shuffle = true})
    lun.manual_seed(7)
    local first = labels_of(shuffled)
    local second = labels_of(shuffled)
    lun.manual_seed(7)
    tap.is(labels_of(shuffled), first, "a shuffled epoch follows the seed")
    tap.ok(table.concat(first, ",") ~= table.concat(second, ","), "each epoch has an order of its own")
    table.sort(second)
    tap.is(second, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "and every sample once")

    for _, b in loader do
        if #b == 4 then break end
    end
    tap.is(labels_of(loader), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, "after a loop that was left early, the next epoch is whole")

    local pairs_seen = 0
    for _ in loader:batches() do
        for _ in loader:batches() do pairs_seen = pairs_seen + 1 end
    end
    tap.is(pairs_seen, 9, "loader:batches() can be nested")

    local rows = {}
    for batch in data.DataLoader(x, {batch_size = 5}) do rows[#rows + 1] = batch.shape end
    tap.is(rows, {{5, 2}, {5, 2}}, "a tensor is a data set")

    local squares = setmetatable({get = function(_, i) return lun.full({2}, i * 1.0), i * i end}, {__len = function() return 5 end})
    local got = {}
    for a, b in data.DataLoader(squares, {batch_size = 2}) do got[#got + 1] = {a:totable(), b:totable()} end
    tap.is(got, {{{{1.0, 1.0}, {2.0, 2.0}}, {1, 4}}, {{{3.0, 3.0}, {4.0, 4.0}}, {9, 16}}, {{{5.0, 5.0}}, {25}}}, "a set of one's own, with get and #")
    local collated = {}
    for n in data.DataLoader(squares, {batch_size = 2, collate = function(samples) return #samples end}) do collated[#collated + 1] = n end
    tap.is(collated, {2, 2, 1}, "collate makes the batch")
    local empty = 0
    for _ in data.DataLoader(lun.zeros(0, 3)) do empty = empty + 1 end
    tap.is(empty, 0, "an empty set has no batches")
end
says(function() data.DataLoader(set, {batchsize = 3}) end, "an unknown option", "batchsize", "batch_size")
says(function() data.DataLoader(set, {batch_size = 0}) end, "batch_size 0", "0")
says(function() data.DataLoader(set, {batch_size = 2.5}) end, "batch_size 2.5", "2.5")
says(function() data.DataLoader(set, 4) end, "options that are no table", "table")
says(function() data.DataLoader({1, 2, 3}) end, "a plain table", "set:get(i)")
says(function() data.DataLoader() end, "no set", "nil")

-- ---- IDX ----

local function idx_bytes(code, dims, bytes)
    local parts = {string.char(0, 0, code, #dims)}
    for i, d in ipairs(dims) do parts[i + 1] = string.pack(">I4", d) end
    return table.concat(parts) .. bytes
end

do
    local t = data.idx(file_with(idx_bytes(8, {2, 3}, "\0\1\2\3\4\255")))
    tap.is({t.dtype, t:totable()}, {"uint8", {{0, 1, 2}, {3, 4, 255}}}, "idx: bytes")
    local positions = data.idx(file_with(idx_bytes(12, {2}, string.pack(">i4i4", 1, 2))))
    says(function() return lun.zeros(9):index_select(1, positions) end, "whole numbers of a file are refused as positions", "from_zero_based")
    tap.is(lun.arange(0, 9):index_select(1, positions:from_zero_based():long()), {1, 2}, "until they were made to count from 1")
    t = data.idx(file_with(idx_bytes(12, {2}, string.pack(">i4i4", -5, 70000))))
    tap.is({t.dtype, t:totable()}, {"int32", {-5, 70000}}, "idx: int32, most significant byte first")
    t = data.idx(file_with(idx_bytes(14, {1, 2}, string.pack(">dd", 0.5, -3))))
    tap.is({t.dtype, t:totable()}, {"float64", {{0.5, -3.0}}}, "idx: float64")
    local missing = os.tmpname()
    os.remove(missing)
    says(function() data.idx(missing) end, "idx: no such file", missing, "No such file")
    local path = file_with(idx_bytes(8, {2, 3}, "\0\1"))
    says(function() data.idx(path) end, "idx: a file cut off", path, "ends before")
    path = file_with(idx_bytes(8, {4000000000, 4000000000, 4000000000}, "\0"))
    says(function() data.idx(path) end, "idx: a header that claims more than there can be", path, "too small")
    path = file_with(idx_bytes(8, {100000}, "\0"))
    says(function() data.idx(path) end, "idx: a header that claims more than there is", path)
    path = file_with("hello, world")
    says(function() data.idx(path) end, "idx: another format", path, "no IDX file")
    path = file_with(string.char(0, 0, 7, 1, 0, 0, 0, 1, 0))
    says(function() data.idx(path) end, "idx: an unknown type", path)
    path = file_with(string.char(0, 0, 8, 200, 0, 0, 0, 1, 0))
    says(function() data.idx(path) end, "idx: 200 dims", path)
    path = file_with ""
    says(function() data.idx(path) end, "idx: an empty file", path)
    path = file_with("\31\139\8\0\0\0\0\0\0\3garbage after a gzip header")
    says(function() data.idx(path) end, "idx: damaged gzip", path, "damaged")
    says(function() data.idx(3) end, "idx: no path", "path")
    tap.is(data.idx(file_with(idx_bytes(8, {0, 3}, ""))).shape, {0, 3}, "idx: no elements")
end

-- ---- CSV ----

do
    local t = data.csv(file_with 'name,price,note\r\n"Ann ""A"" B",1.5,"two\nlines"\r\nBob, 2 ,\n')
    tap.is({t.names, t.rows}, {{"name", "price", "note"}, 2}, "csv: names and rows")
    tap.is(t:column "name", {'Ann "A" B', "Bob"}, "csv: quoted fields, doubled quotes")
    tap.is(t:column("price"):totable(), {1.5, 2.0}, "csv: a column of numbers is a tensor")
    tap.is(t:column "note", {"two\nlines", ""}, "csv: a line break inside quotes; an empty last field")
    t = data.csv(file_with "1;2\n3;NA\n", {delimiter = ";", header = false})
    tap.is({t.names, t:column("column1"):totable()}, {{"column1", "column2"}, {1.0, 3.0}}, "csv: delimiter, no header")
    tap.ok(t:column("column2")[2]:item() ~= t:column("column2")[2]:item(), "csv: NA is NaN")
    tap.is(t:matrix({"column1"}).shape, {2, 1}, "csv: matrix")
    tap.is(data.csv(file_with "\239\187\191a\n1\n").names, {"a"}, "csv: a byte order mark is no part of a name")
    tap.is({data.labels {"b", "a", "b"}}, {lun.tensor {1, 2, 1}, {"b", "a"}}, "labels numbers texts from 1")
    t = data.csv(file_with "x,y\n1,a\n")
    says(function() t:column "z" end, "csv: an unknown column", "z", "x, y")
    says(function() t:matrix() end, "csv: a text column in a matrix", "y", "labels")
    local path = file_with "a,b\n1,2\n3\n"
    says(function() data.csv(path) end, "csv: a short row", path, "line 3", "1 fields")
    path = file_with 'a,b\n1,"2\n3,4\n'
    says(function() data.csv(path) end, "csv: a quote that never closes", path, "line 2")
    says(function() data.csv "/no/such/file.csv" end, "csv: no such file", "/no/such/file.csv", "No such file")
    says(function() data.csv "/tmp" end, "csv: a folder", "/tmp")
    says(function() data.csv(path, {sep = ";"}) end, "csv: an unknown option", "sep", "delimiter")
    says(function() data.csv(path, {delimiter = ";;"}) end, "csv: a delimiter of two", "one character")
    says(function() data.csv() end, "csv: no path", "path")
    tap.is(data.csv(file_with "").rows, 0, "csv: an empty file has no rows")
end

-- ---- sets by name ----

do
    local features, species, names = data.iris()
    tap.is({features.shape, features.dtype, species.dtype}, {{150, 4}, "float32", "int64"}, "iris: 150 flowers")
    tap.is({species:min():item(), species:max():item(), names[2]}, {1, 3, "versicolor"}, "iris: species 1..3")
    tap.near(features:mean(1), {5.8433, 3.0573, 3.758, 1.1993}, 1e-4, "iris: Fisher's means")
    local pixels, digit = data.digits()
    tap.is({pixels.shape, pixels:min():item(), pixels:max():item()}, {{1797, 64}, 0.0, 1.0}, "digits: 1797 pictures, 0..1")
    tap.is({digit:min():item(), digit:max():item(), digit[1]:item()}, {1, 10, 1}, "digits: labels 1..10")
    says(function() data.fashion_mnist("tset") end, "fashion_mnist: a mistyped part", "tset", "train")
    says(function() data.fashion_mnist("test", "/no/such/folder") end, "fashion_mnist: not installed", "/no/such/folder", "apt-get install")
    says(function() data.mnist() end, "mnist: no folder", "folder")
    if io.open "/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz" then
        local images, labels, classes = data.fashion_mnist "test"
        tap.is({images.shape, images.dtype, labels.shape, #classes}, {{10000, 28, 28}, "uint8", {10000}, 10}, "fashion_mnist: test part")
        tap.is({labels:min():item(), labels:max():item(), classes[labels[1]:item()]}, {1, 10, "Ankle boot"}, "fashion_mnist: labels 1..10")
        tap.near(images:float():mean():item(), 73.15, 0.01, "fashion_mnist: mean brightness")
    else
        tap.skip "the package dataset-fashion-mnist is not installed"
    end
end

-- ---- progress ----

local function sink()
    local parts = {}
    return {write = function(self, ...) for _, p in ipairs {...} do parts[#parts + 1] = p end return self end, flush = function() end}, parts
end

do
    local file, parts = sink()
    local now = 0
    local bar = progress.bar(200, {label = "epoch 1", file = file, terminal = false, clock = function() return now end})
    for i = 1, 200 do
        now = now + 0.5
        bar:update(i, "loss 0.3")
    end
    bar:close()
    local lines = {}
    for line in table.concat(parts):gmatch "[^\n]+" do lines[#lines + 1] = line end
    tap.is(#lines, 10, "not a terminal: one line per 10 %")
    tap.is(lines[2], "epoch 1  20% [=====                   ] 40/200 2.0/s 1:20 left loss 0.3", "with rate, time left and note")
    tap.is(lines[10], "epoch 1 100% [========================] 200/200 2.0/s 0:00 left loss 0.3", "the last one is full")
    tap.ok(not table.concat(parts):find "[\r\27]", "and no control characters")

    file, parts = sink()
    now = 0
    bar = progress.bar(1000, {file = file, terminal = true, clock = function() return now end})
    for i = 1, 1000 do
        now = now + 0.01
        bar:update(i, ("x"):rep(200))
    end
    bar:close()
    local text = table.concat(parts)
    local _, drawn = text:gsub("\27%[K\n", "")
    tap.ok(drawn >= 80 and drawn <= 102, "a terminal: at most ten times a second: " .. drawn)
    tap.is(select(2, text:gsub("\27%[1A\r", "")), drawn - 1, "each over the one before, the cursor below")
    for piece in text:gmatch "[^\r\n]+" do
        if #piece > 79 + #"\27[K" then
            tap.fail("no line is wider than the terminal", piece)
            break
        end
    end
    tap.ok(text:find("1000/1000", 1, true), "the end is always drawn")
    for label, columns in pairs {["\u{e9}"] = 1, ["\u{65e5}"] = 2} do -- two and three bytes for a character
        file, parts = sink()
        bar = progress.bar(10, {label = label:rep(300), file = file, terminal = true, clock = function() return now end})
        bar:update(10)
        bar:close()
        local line = table.concat(parts):match "\r([^\27]*)\27%[K"
        tap.ok(utf8.len(line) == 79 // columns, "a line is cut at a column: " .. tostring(utf8.len(line)))
    end
    file, parts = sink()
    local before = print
    local outer = progress.bar(2, {label = "all", file = file, terminal = true, clock = function() return now end})
    for i = 1, 2 do
        local inner <close> = progress.bar(1, {label = "part " .. i, file = file, terminal = true, clock = function() return now end})
        inner:update(1)
        tap.ok(parts[#parts]:find("all .*%[K\npart " .. i .. " .*%[K\n$"), "two bars, the outer above")
        print "# a line above the bars"
        tap.is(parts[#parts], "\27[2A\r\27[J", "which go before anything is printed")
    end
    outer:update(2)
    outer:close()
    tap.is(select(2, parts[#parts]:gsub("\n", "")), 1, "at the end the outer one stands alone")
    tap.ok(rawequal(print, before), "and print is what it was")
    file, parts = sink()
    outer = progress.bar(10, {file = file, terminal = false})
    for i = 1, 10 do
        local inner = progress.bar(10, {file = file, terminal = false})
        for j = 1, 10 do inner:update(j) end
        inner:close()
        outer:update(i)
    end
    tap.is(select(2, table.concat(parts):gsub("\n", "")), 10, "not a terminal: of nested bars the outer one speaks")
    file, parts = sink()
    progress.bar(0, {file = file, terminal = false}):update(0)
    tap.ok(progress.bar(0, {drawn = false, label = "epoch 1"}):text(7, "loss 2"):find "^epoch 1 7 done, .*/s loss 2$", "a total that is not known")
    tap.ok(table.concat(parts):find("100%", 1, true), "nothing to do is done")
    tap.is(lun.is_terminal(assert(io.open(paths[1]))), false, "a file is no terminal")
    says(function() progress.bar() end, "no total", "nil")
end

for _, path in ipairs(paths) do os.remove(path) end
tap.done()
