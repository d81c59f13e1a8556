-- help.lua - what lun.help(name) and lun.search(words) say, made from the rows of the op table
--
-- Examples are run when they are shown, so their results are true; the random numbers of whoever asks stay where they were. The
-- errors shown are those that the row's bad calls really raise. Holds: nothing about a single op is said here.
-- Read next: core/op.h (the fields of a row), doc/generate.lua (the same texts as doc/ops.md). SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.help_core"

local help = {}

help.namespaces = core.namespaces()

local dtype_groups = {
    {"floats", "float16", "bfloat16", "float32", "float64"}, {"whole numbers", "uint8", "int8", "int16", "int32", "int64"}, {"bool", "bool"},
    {"complex numbers", "complex64", "complex128"},
}
local kind_words = {
    operand = "tensor or number", tensors = "list of tensors", indices = "tensor of positions, from 1", labels = "tensor of classes, from 1",
    dims = "dim or dims", index = "position, from 1", ints = "number or list", padding = "number, list or word",
    floats = "number or list", order = "number or word", dimlists = "number or two lists of dims", sizes = "sizes",
    counts = "tensor or list of whole numbers",
}

-- --- one row in words ---------------------------------------------------------------------------------------------------------

--- x:sum(dim?, keepdim = false, dtype?) -> out
function help.signature(row)
    local parts = {}
    for k = row.flags.method and 2 or 1, #row.args do
        local argument = row.args[k]
        parts[#parts + 1] = argument.name .. (argument.default and " = " .. argument.default or argument.optional and "?" or "")
    end
    local results = {}
    for k, result in ipairs(row.returns) do results[k] = result.name .. (result.index and ": index" or "") end
    local called = (row.flags.method and row.args[1].name .. ":" or "lun.") .. row.name .. "(" .. table.concat(parts, ", ") .. ")"
    return #results > 1 and called .. " -> " .. table.concat(results, ", ") or called
end

--- The type of an argument as people say it.
function help.kind(argument) return kind_words[argument.kind] or argument.kind end

-- "a, b and c"
local function listed(words)
    if #words < 2 then return words[1] or "none" end
    return table.concat(words, ", ", 1, #words - 1) .. " and " .. words[#words]
end

--- The dtypes that a row takes, in words.
function help.dtypes(row)
    local words, all = {}, true
    for _, group in ipairs(dtype_groups) do
        local names = {}
        for k = 2, #group do
            if row.takes[group[k]] then names[#names + 1] = group[k] end
        end
        all = all and #names == #group - 1
        if #names == #group - 1 then names = {group[1]} end
        table.move(names, 1, #names, #words + 1, words)
    end
    local text = all and "all" or listed(words)
    return row.dtypes == "floats" and text .. "; whole numbers and bool become float32" or text
end

local function first_sentence(text)
    return text:match "^(.-%.)%s" or text
end

-- A formula without the table's K() around constants.
local function plain_formula(formula)
    return (formula:gsub("K(%b())", function(constant) return constant:sub(2, -2) end))
end

-- --- examples -----------------------------------------------------------------------------------------------------------------

local function value_text(value)
    if lun.is_tensor(value) then
        local header, rest = tostring(value):match "^([^\n]*)(.*)$"
        local kind, number = header:match "^(%S+%[%])  (%S+)"
        if kind then return kind .. "  " .. number end
        return header:match "^%S+" .. rest
    end
    if type(value) ~= "table" or getmetatable(value) then return tostring(value) end
    local parts = {}
    for _, item in ipairs(value) do parts[#parts + 1] = value_text(item) end
    if #parts > 0 then return table.concat(parts, "\n") end
    for key, item in pairs(value) do parts[#parts + 1] = key .. " = " .. tostring(item) end
    table.sort(parts)
    return "{" .. table.concat(parts, ", ") .. "}"
end

-- Runs Lua text as an example; returns what it shows. The caller's random numbers are put back.
local function run(text)
    local environment = {lun = lun, math = math, table = table, ipairs = ipairs, pairs = pairs, tostring = tostring, print = print,
                         math_huge = math.huge}
    local chunk, problem = load("return " .. text, "=example", "t", environment)
    if not chunk then return problem end
    local state = lun.get_rng_state()
    lun.manual_seed(1)
    local results = table.pack(pcall(chunk))
    lun.set_rng_state(state)
    if not results[1] then return tostring(results[2]) end
    local lines = {}
    for k = 2, results.n do lines[#lines + 1] = value_text(results[k]) end
    return table.concat(lines, "\n")
end

--- The examples of a row: a list of {call, result}.
function help.examples(row)
    local list = {}
    for k, demo in ipairs(row.demos) do list[k] = {demo, run(demo)} end
    return list
end

--- The first bad call of a row and the error it raises, without the place: {call, error}; nil when it has none.
function help.error_example(row)
    if not row.bads[1] then return nil end
    local call = "lun." .. row.name .. "(" .. row.bads[1] .. ")"
    local text = run(call)
    local kept = {}
    for line in text:gmatch "[^\n]+" do
        local place = line:find "^%s+at example" or line:find "^%s*%S*:%d+ | " or line:find "^%s*|" or line:find "lun.help%("
        if not place then kept[#kept + 1] = line end
    end
    return {call, table.concat(kept, "\n")}
end

-- --- texts --------------------------------------------------------------------------------------------------------------------

local function indent(text, by) return by .. text:gsub("\n", "\n" .. by) end

local function argument_lines(row)
    local lines, width = {}, 0
    for _, argument in ipairs(row.args) do width = math.max(width, #argument.name) end
    for _, argument in ipairs(row.args) do
        local kind = help.kind(argument)
        local default = argument.default and ", " .. argument.default .. " unless given" or argument.optional and ", may be left out" or ""
        lines[#lines + 1] = ("  %-" .. width .. "s  %s%s"):format(argument.name, kind, default)
    end
    return lines
end

local function row_text(row)
    local lines = {help.signature(row), row.help}
    local function add(name, text) if text then lines[#lines + 1] = ("%-10s %s"):format(name, text) end end
    if #row.args > 0 then lines[#lines + 1] = table.concat(argument_lines(row), "\n") end
    add("Shapes:", row.shapes)
    add("Dtypes:", help.dtypes(row))
    add("Gradient:", row.differentiable and "yes" or "no")
    if row.flags.inplace then add("In place:", row.name .. "_") end
    if row.formula then add("Formula:", plain_formula(row.formula)) end
    if row.torch ~= row.name then add("PyTorch:", row.torch) end
    local also = row.aliases and #row.aliases > 0 and table.concat(row.aliases, ", ")
    add("Also:", also or nil)
    for k, example in ipairs(help.examples(row)) do
        if k == 1 then lines[#lines + 1] = #row.demos > 1 and "Examples:" or "Example:" end
        lines[#lines + 1] = "  > " .. example[1]
        lines[#lines + 1] = indent(example[2], "  ")
    end
    local wrong = help.error_example(row)
    if wrong then
        lines[#lines + 1] = "Errors:"
        lines[#lines + 1] = "  > " .. wrong[1]
        lines[#lines + 1] = indent(wrong[2], "  ")
    end
    add("See also:", row.see)
    return table.concat(lines, "\n")
end

local function listing(title, rows, name_of)
    local lines, width = {title}, 0
    for _, row in ipairs(rows) do width = math.max(width, #name_of(row)) end
    for _, row in ipairs(rows) do
        local text = ("  %-" .. width .. "s  %s"):format(name_of(row), first_sentence(row.help))
        lines[#lines + 1] = #text > 118 and text:sub(1, 115) .. "..." or text
    end
    return table.concat(lines, "\n")
end

local function namespace_text(space)
    local rows = {}
    for _, row in ipairs(lun.ops()) do
        if row.torch:sub(1, #space + 1) == space .. "." then rows[#rows + 1] = row end
    end
    local function short(row) return row.torch:sub(#space + 2) end
    table.sort(rows, function(a, b) return short(a) < short(b) end)
    return listing(("lun.%s: %d functions; ?name tells more about one"):format(space, #rows), rows, short)
end

local function all_names()
    local lines, line = {"lun.help(name) explains one of these ops:"}, ""
    for _, row in ipairs(lun.ops()) do
        if #line + #row.name + 1 > 96 then
            lines[#lines + 1] = line
            line = ""
        end
        line = line .. row.name .. " "
    end
    lines[#lines + 1] = line
    return table.concat(lines, "\n")
end

local function function_row(name)
    for _, row in ipairs(core.function_texts()) do
        if row.name == name then return row end
    end
end

-- A table of lun, such as lun.autograd: what is in it.
local function table_text(name)
    local known, found = pcall(function() return lun[name] end) -- an unknown name is an error
    local list = {}
    if not known or type(found) ~= "table" then return nil end
    for key in pairs(found) do
        local row = function_row(key)
        list[#list + 1] = row and {name = key, help = row.text}
    end
    table.sort(list, function(a, b) return a.name < b.name end)
    return list[1] and listing(("lun.%s: ?lun.%s.NAME tells more"):format(name, name), list, function(row) return row.name end)
end

-- The row called so by its name or PyTorch's (whole, or what stands behind the last point), or with a second name and the row's
-- own name.
local function row_called(name)
    local row = lun.ops(name)
    if row then return row, row.name ~= name and row.name end
    local last
    for _, each in ipairs(lun.ops()) do
        if each.torch == name then return each end
        if each.torch:match "[^.]+$" == name then last = last or each end -- rfft is fft.rfft
    end
    return last
end

-- The help of a row by any of its names, also that of the in-place form.
local function op_text(name)
    local row, own = row_called(name)
    local ending = ""
    if not row and name:sub(-1) == "_" then
        ending = "_"
        row, own = row_called(name:sub(1, -2))
        if row and not row.flags.inplace then return nil end
    end
    if not row then return nil end
    return (own and ("%s is the same as %s%s\n"):format(name, own, ending) or "") .. row_text(row)
end

--- lun.help("matmul"), lun.help("add_"), lun.help("linalg.det"), lun.help("nn.functional"), lun.help(): a text.
function help.help(name)
    if name == nil then return all_names() end
    if type(name) ~= "string" then
        lun.fail("help", "needs the name of a function, got " .. type(name), 'lun.help("matmul")')
    end
    local plain = name:gsub("^lun%.", ""):gsub("^torch%.", "")
    for _, space in ipairs(help.namespaces) do
        if plain == space then return namespace_text(space) end
    end
    local last = plain:match "[^.:]+$" or plain
    local on_cuda = plain:find "^cuda" and require "lunette.cuda.describe"(plain)
    if on_cuda then return on_cuda end
    local on_debugger = plain:find "^dbg" and require "lunette.dbg.describe"(plain)
    if on_debugger then return on_debugger end
    local on_data = (plain:find "^data" or plain:find "^pipe:") and require "lunette.data.describe".text(plain)
    if on_data then return on_data end
    local class = (plain:find "^optim" or last:find "^%u%l*%u") and require "lunette.optim".describe(plain)
    class = class or (plain:find "^nn" or last:find "^%u") and require "lunette.nn.describe"(plain) or require "lunette.train.describe"(plain)
    local other = function_row(last)
    local both = class and other and plain == last and not class:find(other.text, 1, true) -- lun.compile(f), model:compile{...}
    if both then return ("%s\n%s\n\n%s"):format(other.signature, other.text, class) end
    if class then return class end
    local text = op_text(plain) or op_text(last)
    if text then return text end
    if other then return other.signature .. "\n" .. other.text end
    return table_text(plain) or core.unknown(last)
end

-- --- search -------------------------------------------------------------------------------------------------------------------

-- How well a row answers a word: its name counts more than its text; 0 is not at all.
local function score(word, name, torch, aliases, text)
    if name == word then return 8 end
    if name:find(word, 1, true) then return 5 end
    if torch:find(word, 1, true) or aliases:find(word, 1, true) then return 4 end
    if (" " .. text):find("%f[%w]" .. word:gsub("%p", "%%%0")) then return 2 end
    return text:find(word, 1, true) and 1 or 0
end

local function candidates()
    local list = {}
    for _, row in ipairs(lun.ops()) do
        list[#list + 1] = {name = row.name, torch = row.torch:lower(), aliases = table.concat(row.aliases or {}, " "), help = row.help}
    end
    for _, row in ipairs(core.function_texts()) do
        list[#list + 1] = {name = row.name, torch = "", aliases = "", help = row.text}
    end
    for name, row in pairs(require "lunette.data.describe".rows) do
        list[#list + 1] = {name = name, torch = "", aliases = "", help = row[2]}
    end
    return list
end

-- The words to look for; a plural counts as its singular.
local function words_of(text)
    local list = {}
    for word in text:lower():gmatch "%S+" do list[#list + 1] = #word > 3 and word:match "^(.-)s?$" or word end
    return list
end

--- lun.search("running sum"): the functions whose name or help holds the words, best first; a text. Where none has all of them, those
--- that have the most.
function help.search(text)
    if type(text) ~= "string" or not text:find "%w" then
        lun.fail("search", "needs words to look for, got " .. tostring(text), 'lun.search("running sum")')
    end
    local words, found, most = words_of(text), {}, 0
    for _, row in ipairs(candidates()) do
        local total, hits = 0, 0
        for _, word in ipairs(words) do
            local points = score(word, row.name:lower(), row.torch, row.aliases, row.help:lower())
            total, hits = total + points, hits + (points > 0 and 1 or 0)
        end
        if hits > 0 and hits >= most then
            if hits > most then found, most = {}, hits end
            found[#found + 1] = {name = row.name, help = row.help, points = total}
        end
    end
    table.sort(found, function(a, b) return a.points > b.points or a.points == b.points and a.name < b.name end)
    if #found == 0 then return ("nothing has any of: %s"):format(text) end
    local title = #found > 20 and ("the best 20 of %d for: %s"):format(#found, text) or ("%d found for: %s"):format(#found, text)
    if most < #words then title = ("none has all of: %s; %d with %d of the words:"):format(text, #found, most) end
    return listing(title, table.move(found, 1, math.min(#found, 20), 1, {}), function(row) return row.name end)
end

return help
