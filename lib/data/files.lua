-- files.lua - pipelines over files that are read from front to end: text_lines csv_rows json_lines; gzip is unpacked on the fly
--
-- A state is a place in a file, so going on costs one seek. A record that is bad raises, naming path, line and record, and is passed.
-- Read next: lib/data/pipeline.lua, lua_bindings/stream.c. SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.data_core"
local pipeline = require "lunette.data.pipeline"

local files = {}

--- The paths as a list; raises when they are none.
function files.paths(op, paths)
    if type(paths) == "string" then paths = {paths} end
    if type(paths) ~= "table" or #paths == 0 then
        lun.fail(op, "expected a path or a list of paths, got " .. (type(paths) == "table" and "an empty table" or tostring(paths)), op .. '("file")')
    end
    for i, path in ipairs(paths) do
        if type(path) ~= "string" then lun.fail(op, ("path %d is %s"):format(i, tostring(path)), op .. '{"a.txt", "b.txt"}') end
    end
    return paths
end

-- The iterator over all records of the paths; `place` is where to go on in the first of them.
local function over(op, paths, options, format, saved)
    local file, record, place = saved and saved.file or 1, saved and saved.record or 0, saved and saved.place
    local stream, head, line
    local function where()
        return ("%s, %s %d, record %d"):format(paths[math.min(file, #paths)], format.binary and "byte" or "line", line or 1, record)
    end
    local function close()
        if stream then stream:close() end
        stream = nil
    end
    local function next_file()
        close()
        file, record, place = file + 1, 0, nil
    end
    local function open_file()
        local good, problem = pcall(function()
            stream = core.open(paths[file])
            head = format.begin and format.begin(stream, options, paths[file])
            if place then stream:seek(place.offset, place.lines) end
        end)
        if good then return end
        next_file()
        error(problem, 0)
    end
    local function fail(problem, began)
        local text = where()
        if stream:offset() == began then next_file() end -- damaged: nothing more can be read of it
        if type(problem) == "table" and type(problem.message) == "string" then
            if not problem.message:find(paths[math.min(file, #paths)], 1, true) then problem.message = text .. ": " .. problem.message end
            problem.op = op
        end
        error(problem, 0)
    end
    local function next_record()
        while file <= #paths do
            if not stream then open_file() end
            local began = stream:offset()
            line, record = format.binary and began or stream:lines() + 1, record + 1
            local values = table.pack(pcall(format.read, stream, options, head))
            if not values[1] then fail(values[2], began) end
            if values[2] ~= nil then return table.unpack(values, 2, values.n) end
            next_file()
        end
        return nil
    end
    local function state()
        return {file = file, record = record, place = stream and {offset = stream:offset(), lines = stream:lines()} or place}
    end
    return {next = next_record, where = where, close = close, state = state}
end

--- Makes a kind of source of a format: begin(stream, options, path), which may be missing, reads what stands before the records of a file;
--- `binary` says that places are bytes, not lines;
--- read(stream, options, what begin gave) gives the values of one record, nil at the end, and raises for a bad one once it has read it.
function files.kind(kind, op, format)
    pipeline.kinds[kind] = {
        open = function(pipe, _, saved) return over(op, pipe.options.paths, pipe.options, format, saved) end,
    }
end

-- ---- lines ----

files.kind("text_lines", "data.text_lines", {read = function(stream) return stream:line() end})

files.kind("json_lines", "data.json_lines", {
    read = function(stream)
        while true do
            local line = stream:line()
            if line == nil then return nil end
            if line:find "%S" then
                local value = core.json(line)
                if value == nil then lun.fail("data.json_lines", "the record is null", "pipe:skip_bad() leaves bad records out", "format") end
                return value
            end
        end
    end,
})

--- The lines of text files, without their ends.
function files.text_lines(paths) return pipeline.make("text_lines", {paths = files.paths("data.text_lines", paths)}) end

--- The values of files with one JSON text on each line; objects and arrays are tables, null is nil.
function files.json_lines(paths) return pipeline.make("json_lines", {paths = files.paths("data.json_lines", paths)}) end

-- ---- records of one size ----

files.kind("fixed_records", "data.fixed_records", {
    binary = true,
    begin = function(stream, options) if options.header > 0 then stream:bytes(options.header) end end,
    read = function(stream, options) return stream:bytes(options.size) end,
})

--- The records of binary files whose records have `size` bytes each, as strings (data.from_bytes makes tensors of them), behind `header` bytes.
function files.fixed_records(paths, size, options)
    options = pipeline.options("data.fixed_records", options, {"header"})
    return pipeline.make("fixed_records", {
        paths = files.paths("data.fixed_records", paths), size = pipeline.whole("data.fixed_records", "size", size, 1),
        header = pipeline.whole("data.fixed_records", "header", options.header or 0, 0),
    })
end

-- ---- comma-separated values ----

-- Where the wanted columns stand; `names` is the header.
local function find_columns(names, wanted, path)
    local places = {}
    for i, name in ipairs(wanted) do
        for k, known in ipairs(names) do
            if known == name then places[i] = k end
        end
        if not places[i] then
            lun.fail("data.csv_rows", ("%s has no column '%s'; there are: %s"):format(path, tostring(name), table.concat(names, ", ")), nil, "name")
        end
    end
    return places
end

local function csv_begin(stream, options, path)
    local head = {names = options.names}
    if not head.names then
        local record = stream:record(options.delimiter)
        if record and record:sub(1, 3) == "\239\187\191" then record = record:sub(4) end
        head.names = record and core.csv_fields(record, options.delimiter, true) or {}
    end
    if options.columns and #head.names > 0 then head.columns = find_columns(head.names, options.columns, path) end
    if options.label and #head.names > 0 then head.label = find_columns(head.names, {options.label}, path)[1] end
    return head
end

local as_float32 = {dtype = "float32"}

local function csv_read(stream, options, head)
    local record = stream:record(options.delimiter)
    if record == nil then return nil end
    local fields = core.csv_fields(record, options.delimiter)
    if #fields ~= #head.names then
        lun.fail("data.csv_rows", ("%d fields, where %d are expected"):format(#fields, #head.names),
                 'is the delimiter right? {delimiter = ";"}', "format")
    end
    if not head.columns then
        local row = {}
        for k, name in ipairs(head.names) do row[name] = fields[k] end
        if not head.label then return row end
        return row, fields[head.label]
    end
    local values = {}
    for i, k in ipairs(head.columns) do
        values[i] = fields[k]
        if type(values[i]) ~= "number" then
            lun.fail("data.csv_rows", ("column '%s' is '%s', not a number"):format(head.names[k], values[i]),
                     "leave it out of `columns`, or map it", "format")
        end
    end
    local x = lun.tensor(values, as_float32)
    if not head.label then return x end
    return x, fields[head.label]
end

files.kind("csv_rows", "data.csv_rows", {begin = csv_begin, read = csv_read})

--- The rows of CSV files, one table {name = value} each; unquoted numbers are numbers, missing ones NaN. Options: delimiter (","); names (a list,
--- for files without a header); columns (a list of names: the row is then a float32 tensor of these); label (a name: its field comes second).
function files.csv_rows(paths, options)
    options = pipeline.options("data.csv_rows", options, {"delimiter", "names", "columns", "label"})
    local delimiter = options.delimiter or ","
    if type(delimiter) ~= "string" or #delimiter ~= 1 then
        lun.fail("data.csv_rows", ("the delimiter must be one character, got '%s'"):format(tostring(delimiter)), '{delimiter = ";"}')
    end
    return pipeline.make("csv_rows", {
        paths = files.paths("data.csv_rows", paths), delimiter = delimiter, names = options.names, columns = options.columns, label = options.label,
    })
end

return files
