-- data_pipeline.lua - pipelines: every stage against lists made by hand, lengths, states taken at every place, errors that name their record
--
-- Read next: lib/data/pipeline.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local data = require "lunette.data"

local paths = {}
local function file_with(text)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    paths[#paths + 1] = path
    return path
end

local function plain(...)
    local values = {...}
    for i, value in ipairs(values) do
        if lun.is_tensor(value) then values[i] = value:totable() end
        if type(value) == "table" then
            values[i] = {}
            for name, part in pairs(value) do values[i][name] = plain(part) end
        end
    end
    return #values == 1 and values[1] or values
end
local function list(pipe, limit)
    local found = {}
    for a, b, c in pipe do
        found[#found + 1] = plain(a, b, c)
        if #found == limit then break end
    end
    return found
end
local function upto(n)
    local t = {}
    for i = 1, n do t[i] = i end
    return data.pipeline(t)
end
local function slow(n) -- the same, not in any order
    return data.pipeline(function()
        local i = 0
        return function()
            if i < n then
                i = i + 1
                return i
            end
        end
    end)
end

-- ---- sources ----

local x, y = lun.arange(0, 12):reshape(6, 2):float(), lun.range(1, 6)
tap.is(list(data.pipeline(x, y)), {{{0.0, 1.0}, 1}, {{2.0, 3.0}, 2}, {{4.0, 5.0}, 3}, {{6.0, 7.0}, 4}, {{8.0, 9.0}, 5}, {{10.0, 11.0}, 6}}, "tensors")
tap.is(list(data.pipeline {"a", "b"}), {"a", "b"}, "a list")
tap.is(list(slow(3)), {1, 2, 3}, "a function that gives an iterator")
tap.is(list(data.pipeline(function(epoch) return coroutine.wrap(function() coroutine.yield(epoch) end) end)), {1}, "a coroutine, told the epoch")
tap.is({#data.pipeline(x), #slow(3)}, {6}, "# is nil where nobody knows")
do
    local pipe = upto(3)
    tap.is(tostring(pipe:batch(2)), "data pipeline: set > batch (2 elements)", "a pipeline shows its stages")
    tap.is({list(pipe, 2), list(pipe)}, {{1, 2}, {1, 2, 3}}, "after a loop that was left early, the next epoch is whole")
    local seen = 0
    for _ in pipe:batches() do for _ in pipe:batches() do seen = seen + 1 end end
    tap.is(seen, 9, "pipe:batches() can be nested")
end
do
    local one, two = file_with "a\nb\r\n\nlast", file_with "x\n"
    tap.is(list(data.text_lines {one, two}), {"a", "b", "", "last", "x"}, "text_lines: several files, CRLF, an empty line, no line end at the end")
    tap.is(list(data.text_lines(file_with "")), {}, "text_lines: an empty file")
    tap.is(list(data.json_lines(file_with '{"a": [1, 2.5, "\\u00e9"], "b": null}\n\n[true, -3]\n')), {{a = {1, 2.5, "é"}}, {true, -3}}, "json_lines")
    local table_of = file_with 'a,b,c\n1,x,"two\nlines"\n\n2,"7",NA\n'
    local rows = list(data.csv_rows(table_of))
    tap.is({rows[1], rows[2].a, rows[2].b}, {{a = 1.0, b = "x", c = "two\nlines"}, 2.0, "7"}, "csv_rows: quoted fields stay text")
    tap.ok(rows[2].c ~= rows[2].c, "csv_rows: NA is NaN")
    local wanted = data.csv_rows(file_with "\239\187\191a;b;c\n1;2;u\n3;4;v\n", {delimiter = ";", columns = {"b", "a"}, label = "c"})
    tap.is(list(wanted), {{{2.0, 1.0}, "u"}, {{4.0, 3.0}, "v"}}, "csv_rows: columns as a tensor, a label")
    tap.is(list(data.csv_rows(file_with "a,b\n1,2\n3,4\n", {columns = {"b"}}):batch(2)), {{{2.0}, {4.0}}}, "csv_rows: without a label, in batches")
    tap.is(list(data.csv_rows(file_with "1,2\n", {names = {"p", "q"}})), {{p = 1.0, q = 2.0}}, "csv_rows: names for a file without a header")
    tap.is(list(data.fixed_records({file_with "hhaabb", file_with "hhcc"}, 2, {header = 2})), {"aa", "bb", "cc"}, "fixed_records")
    tap.fails(function() list(data.fixed_records(file_with "aab", 2)) end, "format", "only 1 are left", "a record that is cut off")
    tap.is(data.from_bytes("\1\0\2\255", "int16"):totable(), {1, -254}, "from_bytes")
    tap.is(data.from_bytes("abcd", "uint8", {-1, 2}):totable(), {{97, 98}, {99, 100}}, "from_bytes with a shape")
    for _, shape in ipairs {{3}, {2, -1}, {-1, 3}, {1 << 62, 1 << 62}, {0, -1}, {-1, 0}} do
        tap.fails(function() data.from_bytes("abcd", "uint8", shape) end, nil, "data.from_bytes", "from_bytes: a shape that does not fit")
    end
    tap.fails(function() data.from_bytes("\2", "bool") end, "format", "booleans", "from_bytes: no booleans")
    local packed = file_with(string.char(31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 228, 74, 226, 2, 0, 151, 42, 87, 24, 4, 0, 0, 0))
    tap.is(list(data.text_lines(packed)), {"a", "b"}, "gzip is unpacked on the fly")
    tap.fails(function() list(data.text_lines(file_with(io.open(packed, "rb"):read(20)))) end, "format", "cut off", "gzip that is cut off")
end

-- ---- stages ----

tap.is(list(upto(4):map(function(i) return i * i, i end)), {{1, 1}, {4, 2}, {9, 3}, {16, 4}}, "map")
tap.is(list(upto(6):filter(function(i) return i % 2 == 0 end)), {2, 4, 6}, "filter")
for name, make in pairs {set = upto, stream = slow} do
    tap.is(list(make(6):take(4)), {1, 2, 3, 4}, name .. ": take")
    tap.is(list(make(3):take(0)), {}, name .. ": take 0")
    tap.is(list(make(6):skip(4)), {5, 6}, name .. ": skip")
    tap.is(list(make(3):skip(5)), {}, name .. ": skip more than there are")
    tap.is(list(make(7):shard(3, 2)), {2, 5}, name .. ": shard")
    tap.is(list(make(7):shard(3, 1):skip(1)), {4, 7}, name .. ": shard, then skip")
    tap.is(list(make(2):rep(3)), {1, 2, 1, 2, 1, 2}, name .. ": rep")
    tap.is(list(make(2):rep(), 5), {1, 2, 1, 2, 1}, name .. ": rep without end")
    tap.is(list(make(0):rep()), {}, name .. ": rep of nothing ends")
    tap.is(list(make(5):batch(2)), {{1, 2}, {3, 4}, {5}}, name .. ": batch")
    tap.is(list(make(5):batch(2, {drop_last = true})), {{1, 2}, {3, 4}}, name .. ": batch, drop_last")
    tap.is(list(make(5):batch(2, {collate = function(t) return #t + t[1][1] end})), {3, 5, 6}, name .. ": batch, collate")
    tap.is(list(make(3):zip(make(2))), {{1, 1}, {2, 2}}, name .. ": zip ends with the shortest")
    tap.is(list(make(2):concat(make(0), make(1))), {1, 2, 1}, name .. ": concat")
    tap.is(list(make(5):window(3)), {{1, 2, 3}, {2, 3, 4}, {3, 4, 5}}, name .. ": window")
    tap.is(list(make(5):window(2, {shift = 3, drop_last = false})), {{1, 2}, {4, 5}}, name .. ": window with a shift")
    tap.is(list(make(3):window(3, {shift = 2, drop_last = false})), {{1, 2, 3}, {3}}, name .. ": the last windows")
    local mixed = list(make(9):shuffle(4, {seed = 1}))
    local again = list(make(9):shuffle(4, {seed = 1}))
    tap.is(again, mixed, name .. ": a seeded shuffle is the same again")
    local near = true
    for place, value in ipairs(mixed) do near = near and value <= place + 3 end
    tap.ok(near, name .. ": drawn from the next four")
    table.sort(mixed)
    tap.is(mixed, {1, 2, 3, 4, 5, 6, 7, 8, 9}, name .. ": every element once")
end
do
    local pipe = upto(50):shuffle {seed = 3}
    local first, second = list(pipe), list(pipe)
    tap.ok(table.concat(first, " ") ~= table.concat(second, " "), "each epoch has an order of its own")
    tap.is(list(upto(50):shuffle {seed = 3}), first, "which depends on the seed alone")
    local state = lun.get_rng_state()
    list(upto(50):shuffle {seed = 3})
    tap.is(lun.get_rng_state(), state, "a seeded shuffle leaves lun's random numbers where they are")
    lun.manual_seed(4)
    local one = list(upto(50):shuffle())
    lun.manual_seed(4)
    tap.is(list(upto(50):shuffle()), one, "without a seed, lun.manual_seed decides")
    local twice = list(upto(20):shuffle {seed = 1}:rep(2))
    tap.ok(table.concat(twice, " ", 1, 20) ~= table.concat(twice, " ", 21, 40), "rounds of rep have orders of their own")
end
tap.is(list(data.pipeline(x, y):batch(4)), {{{{0.0, 1.0}, {2.0, 3.0}, {4.0, 5.0}, {6.0, 7.0}}, {1, 2, 3, 4}}, {{{8.0, 9.0}, {10.0, 11.0}}, {5, 6}}}, "batches of tensors")
tap.is(list(data.pipeline {{a = 1, t = "u"}, {a = 2, t = "v"}}:batch(2)), {{a = {1, 2}, t = {"u", "v"}}}, "tables are joined by field")
tap.is(list(data.pipeline {{1, 2}, {3, 4}}:batch(2)), {{{1, 2}, {3, 4}}}, "lists of numbers become a tensor")
do
    local parts = {lun.tensor {1, 2, 3}, lun.tensor {4}, lun.tensor {5, 6}}
    tap.is(list(data.pipeline(parts):padded_batch(2)), {{{1, 2, 3}, {4, 0, 0}}, {{5, 6}}}, "padded_batch")
    tap.is(list(data.pipeline {lun.ones(1, 2), lun.ones(2, 1)}:padded_batch(2, {value = 7})), {{{{1, 1}, {7, 7}}, {{1, 7}, {1, 7}}}}, "padded_batch of matrices")
    local texts = data.pipeline {"a", "bb", "cccc", "d", "eeeee"}
    tap.is(list(texts:bucket_by_length({1, 4}, {2, 1, 5})), {{"bb"}, {"cccc"}, {"a", "d"}, {"eeeee"}}, "bucket_by_length")
    tap.is(list(texts:bucket_by_length({2}, 2, {drop_last = true})), {{"a", "bb"}, {"cccc", "eeeee"}}, "bucket_by_length, drop_last")
    tap.is(list(upto(3):interleave(function(i) return upto(i):map(function(k) return i * 10 + k end) end, {cycle = 2, block = 1})),
        {11, 21, 22, 31, 32, 33}, "interleave")
end
tap.is({#upto(7):batch(2), #upto(7):batch(2, {drop_last = true}), #upto(7):window(3), #upto(7):shard(3, 1), #upto(7):rep(2), #upto(7):rep()},
    {4, 3, 5, 3, 14, math.huge}, "lengths are known before reading")
tap.is({#upto(7):zip(upto(3)), #upto(7):concat(upto(3)), #upto(7):skip(2):take(9)}, {3, 10, 5}, "of joined ones too")

-- ---- states: taken after every element, in a fresh pipeline, the rest is the same ----

local one, two = file_with "1\n2\n3\n", file_with "4\n5\n6\n7\n"
local state_path = os.tmpname()
paths[#paths + 1] = state_path
local function resumes(name, make)
    local whole = list(make())
    local wrong
    for k = 0, #whole do
        local pipe = make()
        if k > 0 then list(pipe, k) end
        data.save_state(state_path, pipe)
        local rest = k < #whole and list(make():restore(data.load_state(state_path))) or {}
        for i = 1, #whole - k do
            if tap.show(rest[i]) ~= tap.show(whole[k + i]) then wrong = wrong or ("after %d: element %d is %s, not %s"):format(k, i, tap.show(rest[i]), tap.show(whole[k + i])) end
        end
        if #rest ~= #whole - k then wrong = wrong or ("after %d there are %d left, not %d"):format(k, #rest, #whole - k) end
    end
    tap.ok(not wrong and #whole > 1, name .. " goes on from every place" .. (wrong and ": " .. wrong or ""))
end
local function numbers() return data.text_lines {one, two} end
resumes("tensors", function() return data.pipeline(x, y) end)
resumes("batches of tensors", function() return data.pipeline(x, y):shuffle {seed = 5}:batch(4) end)
resumes("a shuffle by lun's numbers", function() lun.manual_seed(3) return data.pipeline(x, y):shuffle():batch(4) end)
resumes("files", numbers)
resumes("map and filter", function() return numbers():map(tonumber):filter(function(i) return i ~= 4 end) end)
resumes("a buffered shuffle", function() return numbers():shuffle(3, {seed = 1}):batch(2) end)
resumes("take, skip, shard", function() return numbers():skip(1):take(5):shard(2, 1) end)
resumes("rep", function() return numbers():shuffle(2, {seed = 1}):rep(3):batch(2) end)
resumes("zip", function() return numbers():zip(numbers():skip(2)) end)
resumes("concat", function() return numbers():concat(numbers():take(2)) end)
resumes("window", function() return numbers():window(3, {shift = 2, drop_last = false}) end)
resumes("a wide window", function() return numbers():window(2, {shift = 3, drop_last = false}) end)
resumes("interleave", function() return data.pipeline {one, two, one}:interleave(function(p) return data.text_lines(p) end, {cycle = 2}) end)
resumes("buckets", function() return data.pipeline {"a", "bb", "c", "dd", "e"}:bucket_by_length({1}, 2) end)
resumes("a generator", function() return slow(5):batch(2) end)
resumes("skip_bad", function() return numbers():map(function(t) return t == "3" and error "three" or t end):skip_bad() end)
do
    local pipe = upto(4):shuffle {seed = 2}
    list(pipe)
    data.save_state(state_path, pipe)
    local second = list(pipe)
    tap.is(list(upto(4):shuffle {seed = 2}:restore(data.load_state(state_path))), second, "a state between epochs leads to the next one")
    tap.fails(function() upto(4):restore(data.load_state(state_path)) end, nil, "'set > shuffle'", "the state of another pipeline")
    tap.fails(function() upto(4):restore(7) end, nil, "pipe:state()", "no state")
    local text = io.open(state_path, "rb"):read "a"
    local foreign
    for i = 1, #text do
        for _, bytes in ipairs {text:sub(1, i - 1), text:sub(1, i - 1) .. string.char(text:byte(i) ~ 0x41) .. text:sub(i + 1)} do
            local good, problem = pcall(data.load_state, file_with(bytes))
            if good or not problem.code then foreign = tostring(problem) end
            os.remove(table.remove(paths))
        end
    end
    tap.ok(not foreign, "a damaged state is a clear error" .. (foreign and ": " .. foreign or ""))
end

-- ---- errors ----

local bad = file_with '{"a": 1}\n{"a": }\n{"a": 3}\n'
tap.fails(function() list(data.json_lines(bad)) end, "format", bad .. ", line 2, record 2", "a bad record names file, line and record")
tap.fails(function() list(data.text_lines(bad):map(function(t) return t:find "}}" .. 1 end)) end, nil, bad .. ", line 1, record 1", "an error in map names the record")
do
    local pipe = data.json_lines(bad):skip_bad()
    tap.is({list(pipe), pipe.bad}, {{{a = 1}, {a = 3}}, 1}, "skip_bad leaves it out and counts")
    tap.ok(pipe.first_bad:find "record 2", "and remembers the first")
    tap.fails(function() list(data.json_lines {bad, bad}:skip_bad(1)) end, nil, "bad element 2", "up to a limit")
    local missing = data.text_lines {"/no/such/file", one}:skip_bad()
    tap.is(list(missing), {"1", "2", "3"}, "a missing file is passed too")
end
tap.fails(function() list(data.text_lines "/no/such/file") end, "file", "/no/such/file", "a missing file")
tap.fails(function() list(data.text_lines "/tmp") end, "file", "/tmp", "a folder")
tap.fails(function() list(data.csv_rows(file_with "a,b\n1,2\n3\n")) end, "format", "line 3, record 2: 1 fields", "a short row")
tap.fails(function() list(data.csv_rows(file_with 'a\n"x\n')) end, "format", "never closed", "a quote that never closes")
tap.fails(function() list(data.csv_rows(one, {columns = {"z"}})) end, nil, "no column 'z'", "an unknown column")
tap.fails(function() list(data.csv_rows(file_with "a\nx\n", {columns = {"a"}})) end, nil, "'x', not a number", "a text among numbers")
tap.fails(function() list(data.text_lines(file_with "\31\139\8\0\0\0\0\0\0\3garbage")) end, "format", "damaged", "damaged gzip")
tap.fails(function() data.text_lines {} end, nil, "empty table", "no paths")
tap.fails(function() data.text_lines {1} end, nil, "path 1", "a path that is none")
tap.fails(function() list(upto(3):map(function() end)) end, nil, "element 1", "map that gives nil")
tap.fails(function() upto(3):map(3) end, nil, "function", "map without a function")
tap.fails(function() slow(3):shuffle() end, nil, "buffer", "a stream needs a buffer")
tap.fails(function() upto(3):batch(0) end, nil, "n must be", "batch 0")
tap.fails(function() upto(3):batch(2, {dropped = true}) end, nil, "dropped", "an unknown option")
tap.fails(function() upto(3):shard(2, 3) end, nil, "shard 3 of 2", "a shard beyond")
tap.fails(function() data.zip() end, nil, "no pipelines", "zip of nothing")
tap.fails(function() data.zip(upto(2), x) end, nil, "argument 2", "zip of a tensor")
tap.fails(function() list(data.pipeline {lun.ones(2), lun.ones(3)}:batch(2)) end, "shape", "padded_batch", "shapes that differ")
tap.fails(function() list(data.pipeline {{a = 1}, {b = 1}}:batch(2)) end, nil, "no field", "fields that differ")
tap.fails(function() list(data.pipeline(function() end)) end, nil, "iterator", "a function that gives no iterator")
tap.fails(function() data.pipeline(7) end, nil, "7", "a pipeline of a number")
tap.fails(function() list(upto(2):interleave(function(i) return i end)) end, nil, "must give a pipeline", "interleave of numbers")
for _, text in ipairs {"{", '{"a"', '{"a":1,"a":2}', "[1,]", "[1 2]", "01", "1.", "-", '"\\q"', "nul", "1 2", ("["):rep(200), '"\\ud800"', ""} do
    tap.fails(function() data.json(text) end, "format", "JSON", "JSON: " .. text:sub(1, 20))
end
tap.is({data.json "-0.5e2", data.json "9223372036854775807", data.json "[]"}, {-50.0, math.maxinteger, {}}, "JSON: numbers")
tap.is(data.json "9223372036854775808", 2.0 ^ 63, "JSON: a whole number that is too large is a float")

-- ---- help ----

do
    local missing = {}
    for name, value in pairs(data) do
        if type(value) == "function" and not lun.help("data." .. name):find("data." .. name, 1, true) then missing[#missing + 1] = "data." .. name end
    end
    for name, value in pairs(getmetatable(upto(1)).__index) do
        if type(value) == "function" and name:sub(1, 2) ~= "__" and not lun.help("pipe:" .. name):find("pipe:" .. name, 1, true) then
            missing[#missing + 1] = "pipe:" .. name
        end
    end
    tap.is(missing, {}, "every function of data and every stage has its help")
    tap.ok(lun.help "data":find "csv_rows", "and data lists them")
    tap.ok(lun.search "gzip lines":find "text_lines", "and they are searched")
end

for _, path in ipairs(paths) do os.remove(path) end
tap.done()
