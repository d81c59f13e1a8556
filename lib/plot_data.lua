-- plot_data.lua - brings what people plot into lists of numbers
--
-- Tensors, numbers, nested tables, histories of a training run (a list of records such as {epoch=1, train_loss=0.3}), several
-- runs by name. Holds: the caller's values are never changed; whatever does not fit is an error that says what was found where.
-- Read next: plot.lua. SPDX-License-Identifier: MIT
local core = require "lunette.plot_core"

local data = {}

-- Raises an error about an argument; what follows "\nhint: " is what to type instead.
function data.fail(format, ...)
    local message, hint = format:format(...):match("^(.-)\nhint: (.*)$")
    core.fail(message or format:format(...), hint)
end
local fail = data.fail

local function is_tensor(value)
    if type(value) ~= "userdata" and type(value) ~= "table" then return false end
    local meta = getmetatable(value)
    if type(meta) ~= "table" or (type(value) == "table" and meta.__index == nil) then return false end
    local good, method = pcall(function() return value.totable end)
    return good and type(method) == "function"
end

data.is_tensor = is_tensor

function data.describe(value)
    if is_tensor(value) then return "a tensor" end
    if type(value) == "string" then return ("%q"):format(value) end
    if type(value) == "number" or type(value) == "boolean" or value == nil then return tostring(value) end
    return "a " .. type(value)
end

function data.show(value)
    if type(value) ~= "number" then return tostring(value) end
    return math.type(value) == "integer" and tostring(value) or ("%.4g"):format(value)
end

-- A tensor as nested tables, anything else as it is.
local function plain(value)
    if is_tensor(value) then return value:totable() end
    return value
end

local function number_of(value)
    if type(value) == "number" then return value end
    if type(value) == "boolean" then return value and 1 or 0 end
    value = plain(value)
    return type(value) == "number" and value or nil
end

-- --- shapes ----------------------------------------------------------------------------------------------------------

-- The innermost level, where the time goes.
local function row(name, value, out)
    local at = #out
    for i = 1, #value do
        local number = number_of(value[i])
        if not number then fail("%s: %s where a number should be", name, data.describe(value[i])) end
        out[at + i] = number
    end
    return { #value }
end

-- Appends the numbers of a nested table to `out`, row by row; returns the shape.
local function flatten(name, value, out, depth)
    value = plain(value)
    local number = number_of(value)
    if number then
        out[#out + 1] = number
        return {}
    end
    if type(value) ~= "table" then fail("%s: %s where a number should be", name, data.describe(value)) end
    if depth > 8 then fail("%s: tables nested deeper than 8", name) end
    if type(value[1]) == "number" then return row(name, value, out) end
    local inner
    for i = 1, #value do
        local shape = flatten(name, value[i], out, depth + 1)
        inner = inner or shape
        if table.concat(inner, "x") ~= table.concat(shape, "x") then
            fail("%s: rows of different shape: [%s] and, at %d, [%s]", name, table.concat(inner, ","), i, table.concat(shape, ","))
        end
    end
    return { #value, table.unpack(inner or {}) }
end

function data.flat(name, value)
    local out = {}
    flatten(name, value, out, 1)
    return out
end

local function list(name, value)
    local out = {}
    local shape = flatten(name, value, out, 1)
    if #shape > 1 and #out ~= math.max(table.unpack(shape)) then
        fail("%s: wants a list of numbers, not a table of shape [%s]", name, table.concat(shape, ","))
    end
    return out
end

function data.matrix(name, value)
    local out = {}
    local shape = flatten(name, value, out, 1)
    if #shape == 1 and #out == 0 then return 0, 0, out end
    if #shape ~= 2 then
        fail("%s: wants a matrix (2 dimensions), got shape [%s]%s", name, table.concat(shape, ","),
             #shape == 1 and "\nhint: x:view(1, -1)" or "")
    end
    return shape[1], shape[2], out
end

-- --- histories -------------------------------------------------------------------------------------------------------

local axes = { "step", "epoch", "seconds", "batch", "iteration", "time", "x" }
local is_axis = {}
for _, name in ipairs(axes) do is_axis[name] = true end
function data.is_axis(field) return is_axis[field] == true end

local parts = { train = "train", training = "train", val = "validation", valid = "validation", validation = "validation",
                test = "test", dev = "validation" }
local order = { train = 1, validation = 2, test = 3 }

-- "val_loss" -> "validation", "loss";  "loss" -> "", "loss"
function data.role(field)
    local first, rest = field:match("^(%a+)[_%.](.+)$")
    if first and parts[first] then return parts[first], rest end
    return parts[field] or "", parts[field] and "" or field
end

-- Train before validation before the rest.
local function sorted(names)
    table.sort(names, function(a, b)
        local x, y = order[data.role(a)] or 9, order[data.role(b)] or 9
        if x ~= y then return x < y end
        return a < b
    end)
    return names
end

-- Names of the numeric fields.
function data.fields(record)
    local names = {}
    for key, value in pairs(record) do
        if type(key) == "string" and type(value) == "number" then names[#names + 1] = key end
    end
    return sorted(names)
end

function data.axis_name(record)
    for _, name in ipairs(axes) do if record[name] then return name end end
end

function data.axis_value(record, by)
    return record[by or data.axis_name(record) or ""]
end

-- A record with tensors of one element turned into numbers.
function data.numbers_of(name, record)
    local out = {}
    for key, value in pairs(record) do
        if key == "status" then out.status = tostring(value)
        elseif type(key) == "string" then
            out[key] = number_of(value)
            if not out[key] then fail("%s: %s is %s, not a number", name, key, data.describe(value)) end
        else
            fail("%s: wants names, such as {train_loss = 0.3}", name)
        end
    end
    return out
end

-- What of it is drawn: the loss if there is one, else the first.
function data.main_metric(record)
    local first
    for _, field in ipairs(data.fields(record)) do
        local _, metric = data.role(field)
        if metric == "loss" then return "loss" end
        if not is_axis[field] then first = first or metric end
    end
    return first
end

local function is_record(value)
    return type(value) == "table" and not is_tensor(value) and value[1] == nil and next(value) ~= nil
end

-- Which field lies on the x axis: the first that every record has.
local function axis_of(records, by)
    for _, name in ipairs(by and { by } or axes) do
        local everywhere = true
        for _, record in ipairs(records) do everywhere = everywhere and type(record[name]) == "number" end
        if everywhere then return name end
    end
end

-- Beside "val_loss" a plain "loss" is that of training, and comes first.
local function name_training(series, run)
    for i, item in ipairs(series) do
        if #series > 1 and item.label == (run or "") then
            item.label = run and run .. " train" or "train"
            table.insert(series, 1, table.remove(series, i))
        end
    end
    return series
end

local function from_records(name, records, options, run)
    local clean, all = {}, {}
    for i, record in ipairs(records) do
        if not is_record(record) then fail("%s: record %d is %s", name, i, data.describe(record)) end
        clean[i] = data.numbers_of(name, record)
        for key, value in pairs(clean[i]) do all[key] = value end
    end
    local axis = axis_of(clean, options.by)
    if options.by and not axis then fail("%s: not every record has the field %q", name, tostring(options.by)) end
    local metric, out, known = options.metric or data.main_metric(all), {}, {}
    for _, field in ipairs(data.fields(all)) do
        local part, what = data.role(field)
        if what == metric and not is_axis[field] then
            local x, y = {}, {}
            for i, record in ipairs(clean) do
                if record[field] then x[#x + 1], y[#y + 1] = axis and record[axis] or i, record[field] end
            end
            out[#out + 1] = { label = (run and (part ~= "" and run .. " " .. part or run)) or part, x = x, y = y }
        end
        if not is_axis[field] then known[#known + 1] = what end
    end
    if #out == 0 and options.metric then
        fail("%s: no field of the history is a %q\nhint: metric = %q", name, tostring(options.metric), known[1] or "loss")
    end
    return name_training(out, run), { x = axis, y = metric ~= "" and metric or nil }
end

local function history_of(value)
    if type(value) == "table" and not is_tensor(value) and type(rawget(value, "history")) == "table" then return value.history end
    return value
end

local function names_of(value)
    local names = {}
    for key in pairs(value) do
        if type(key) ~= "string" then fail("plot: a mixture of names and numbers as keys") end
        names[#names + 1] = key
    end
    return sorted(names)
end

-- {train = y1, validation = y2}, perhaps with epoch = x; or runs by name.
local function from_names(name, value, options)
    local out, words, x = {}, {}, nil
    for _, axis in ipairs(axes) do
        if value[axis] ~= nil and not x and next(value, next(value)) ~= nil then x, words.x = list(name, value[axis]), axis end
    end
    for _, key in ipairs(names_of(value)) do
        local item = history_of(value[key])
        if key ~= words.x then
            if type(item) == "table" and not is_tensor(item) and is_record(item[1]) then
                local more, said = from_records(name, item, options, key)
                table.move(more, 1, #more, #out + 1, out)
                words.x, words.y = words.x or said.x, words.y or said.y
            else
                local y = list(name, item)
                if x and #x ~= #y then fail("%s: %s has %d values, %s has %d", name, words.x, #x, key, #y) end
                out[#out + 1] = { label = key, x = x, y = y }
            end
        end
    end
    return out, words
end

-- The columns of a matrix tensor, or the lists in a list.
local function from_lists(name, value, was_tensor, options)
    local out = {}
    if was_tensor then
        for column = 1, #value[1] do
            local y = {}
            for row = 1, #value do y[row] = value[row][column] end
            out[column] = { label = "", y = y }
        end
    else
        for i, item in ipairs(value) do out[i] = { label = "", y = list(name, item) } end
    end
    for i, series in ipairs(out) do series.label = options.labels and options.labels[i] or #out > 1 and tostring(i) or "" end
    return out, {}
end

-- Everything plot.curve takes, as a list of {label, x or nil, y} and the words for the axes.
function data.series(name, value, options)
    local was_tensor = is_tensor(value)
    value = plain(history_of(value))
    if type(value) ~= "table" then
        fail("%s: wants a list of numbers, a tensor or a history, not %s", name, data.describe(value))
    end
    local labels = options.labels
    if labels ~= nil and type(labels) ~= "table" then fail("%s: labels is a list of names, not %s", name, data.describe(labels)) end
    if value[1] == nil then return from_names(name, value, options) end
    if is_record(value[1]) then return from_records(name, value, options) end
    if type(plain(value[1])) == "table" then return from_lists(name, value, was_tensor, options) end
    return { { label = labels and tostring(labels[1]) or "", y = list(name, value) } }, {}
end

-- --- points ------------------------------------------------------------------------------------------------------------

local function is_options(value)
    return type(value) == "table" and not is_tensor(value) and value[1] == nil
end

local function is_flat_numbers(value)
    value = plain(value)
    return type(value) == "table" and (value[1] == nil or number_of(value[1]) ~= nil)
end

-- The forms of plot.scatter's arguments; returns x, y, labels or nil, options or nil.
function data.points(name, first, ...)
    local rest = { ... }
    local options
    if #rest > 0 and is_options(rest[#rest]) then options = table.remove(rest) end
    first = plain(first)
    if type(first) ~= "table" then fail("%s: wants points (n x 2) or x and y, not %s", name, data.describe(first)) end
    if first[1] ~= nil and type(plain(first[1])) == "table" then
        local rows, columns, flat = data.matrix(name, first)
        if columns ~= 2 then fail("%s: wants n x 2 points, got %d x %d\nhint: x[{{}, {1, 2}}]", name, rows, columns) end
        local x, y = {}, {}
        for i = 1, rows do x[i], y[i] = flat[2 * i - 1], flat[2 * i] end
        return x, y, rest[1], options
    end
    if #rest == 0 and #first == 0 then return {}, {}, nil, options end
    if not is_flat_numbers(rest[1]) then fail("%s: wants points (n x 2), or x and y", name) end
    local x, y = list(name, first), list(name, rest[1])
    if #x ~= #y then fail("%s: %d x values but %d y values", name, #x, #y) end
    return x, y, rest[2], options
end

-- One group per label, in order.
function data.groups(name, x, y, labels)
    if labels == nil then return { { label = "", x = x, y = y } } end
    labels = plain(labels)
    if type(labels) ~= "table" then fail("%s: the labels are a list, not %s", name, data.describe(labels)) end
    if #labels ~= #x then fail("%s: %d labels for %d points", name, #labels, #x) end
    local groups, by_label = {}, {}
    for i, label in ipairs(labels) do
        label = plain(label)
        if not by_label[label] then
            by_label[label] = { label = tostring(label), key = label, x = {}, y = {} }
            groups[#groups + 1] = by_label[label]
        end
        local g = by_label[label]
        g.x[#g.x + 1], g.y[#g.y + 1] = x[i], y[i]
    end
    table.sort(groups, function(a, b)
        if type(a.key) == "number" and type(b.key) == "number" then return a.key < b.key end
        return a.label < b.label
    end)
    return groups
end

data.flatten = flatten
require "lunette.plot_picture"(data)

return data
