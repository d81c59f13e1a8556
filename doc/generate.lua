-- generate.lua - makes doc/ops.md, doc/from-pytorch.md, doc/cuda.md and doc/library/lunette.lua from the op table, doc/errors.md, the man
-- page and the completion from theirs, and doc/debugging.md by running its sessions; `./dev docs` runs it
--
-- ops.md is the help of every row, by family, with the results of its examples. library/lunette.lua is the same for editors: the
-- definitions that lua-language-server completes from. Holds: nothing here is about a single op; t/documents.lua fails when a file in
-- the tree is not what this makes. Usage: lunette doc/generate.lua [ROOT] writes; require "generate" (tests) gives the texts.
-- Read next: lib/help.lua, core/op.h. SPDX-License-Identifier: MIT
local lun = require "lunette"
local help = require "lunette.help"
local core = require "lunette.help_core"

local generate = {}

local function read(path)
    local file = assert(io.open(path))
    local text = file:read "a"
    file:close()
    return text
end

-- The families in the order of core/ops.def: {name, title}, the title from the first line of the family's file. A family may include
-- parts of itself.
local function families(root, file, list)
    list = list or {}
    for name in read(root .. "/" .. (file or "core/ops.def")):gmatch '#include "core/ops/([%w_]+)%.def"' do
        local path = "core/ops/" .. name .. ".def"
        local title = read(root .. "/" .. path):match "^/%*%s*%S+ %- ([^\n]+)"
        assert(title, path .. " has no first line: /* name.def - what it is. */")
        title = title:gsub("^a part of %S+: ", ""):gsub("^rows of ", "")
        title = title:match "^(.-)[.;]%f[%s]" or title
        list[#list + 1] = {name = name, title = title:sub(1, 1):upper() .. title:sub(2)}
        families(root, path, list)
    end
    return list
end

local function rows_of(group)
    local rows = {}
    for _, row in ipairs(lun.ops()) do
        if row.group == group then rows[#rows + 1] = row end
    end
    table.sort(rows, function(a, b) return a.name < b.name end)
    return rows
end

-- --- ops.md -------------------------------------------------------------------------------------------------------------------

local function block(lines, list)
    lines[#lines + 1] = "```lua"
    for _, example in ipairs(list) do
        lines[#lines + 1] = "> " .. example[1]
        lines[#lines + 1] = example[2]
    end
    lines[#lines + 1] = "```"
    lines[#lines + 1] = ""
end

local function argument_text(argument)
    local default = argument.default and " = " .. argument.default or argument.optional and ", optional" or ""
    return ("`%s` %s%s"):format(argument.name, help.kind(argument), default)
end

local function facts(row)
    local list = {"dtypes: " .. help.dtypes(row), "gradient: " .. (row.differentiable and "yes" or "no")}
    if row.shapes then table.insert(list, 1, "shapes: `" .. row.shapes .. "`") end
    if row.flags.inplace then list[#list + 1] = "in place: `" .. row.name .. "_`" end
    if #row.aliases > 0 then list[#list + 1] = "also: `" .. table.concat(row.aliases, "`, `") .. "`" end
    if row.torch ~= row.name then list[#list + 1] = "PyTorch: `" .. row.torch .. "`" end
    if row.see then list[#list + 1] = "see also: " .. row.see:gsub("[%w_]+", "[%0](#%0)") end
    return list
end

local function add_row(lines, row)
    lines[#lines + 1] = ("### %s\n\n`%s`\n\n%s\n"):format(row.name, help.signature(row), row.help)
    local arguments = {}
    for k, argument in ipairs(row.args) do arguments[k] = argument_text(argument) end
    if #arguments > 0 then lines[#lines + 1] = "- arguments: " .. table.concat(arguments, "; ") end
    for _, fact in ipairs(facts(row)) do lines[#lines + 1] = "- " .. fact end
    lines[#lines + 1] = ""
    local examples = help.examples(row)
    examples[#examples + 1] = help.error_example(row)
    block(lines, examples)
end

--- doc/ops.md
function generate.ops(root)
    local all = lun.ops()
    local lines = {"# The functions of Lunette\n",
        ("%d functions, made from the op table by `./dev docs`. In the shell `?name` shows the same, and `?? words` searches it.\n")
            :format(#all), "| family | functions |", "| --- | --- |"}
    local list = families(root)
    for _, family in ipairs(list) do
        local names = {}
        for k, row in ipairs(rows_of(family.name)) do names[k] = ("[%s](#%s)"):format(row.name, row.name) end
        if #names > 0 then lines[#lines + 1] = ("| %s (%d) | %s |"):format(family.title, #names, table.concat(names, " ")) end
    end
    lines[#lines + 1] = ""
    for _, family in ipairs(list) do
        local rows = rows_of(family.name)
        if #rows > 0 then lines[#lines + 1] = "## " .. family.title .. "\n" end
        for _, row in ipairs(rows) do add_row(lines, row) end
    end
    return table.concat(lines, "\n")
end

-- --- library/lunette.lua ------------------------------------------------------------------------------------------------------

local types = {
    tensor = "lunette.Tensor", operand = "lunette.Tensor|number", tensors = "lunette.Tensor[]", indices = "lunette.Tensor|integer[]",
    labels = "lunette.Tensor", int = "integer", float = "number", bool = "boolean", string = "string", number = "number",
    dtype = "lunette.dtype", device = "string", dim = "integer", dims = "integer|integer[]", index = "integer", ints = "integer|integer[]",
    padding = "integer|integer[]|string",
    floats = "number|number[]", order = "number|string", dimlists = "integer|integer[][]", sizes = "integer|integer[]",
}
local reserved = {["end"] = "stop_", ["repeat"] = "repeat_", ["until"] = "until_", ["function"] = "f"}

local function comment(lines, text) lines[#lines + 1] = "---" .. text:gsub("\n", "\n---") end

local function declare(lines, row, target, first, inplace)
    comment(lines, row.help .. (row.shapes and "\n\nShapes: `" .. row.shapes .. "`" or ""))
    local names = {}
    for k = first, #row.args do
        local argument = row.args[k]
        local name = reserved[argument.name] or argument.name
        names[#names + 1] = name
        lines[#lines + 1] = ("---@param %s%s %s%s"):format(name, argument.optional and "?" or "", types[argument.kind] or "any",
            argument.default and " (" .. argument.default .. " unless given)" or "")
    end
    for _, result in ipairs(inplace and {{name = "x"}} or row.returns) do
        lines[#lines + 1] = ("---@return %s %s"):format(result.list and "lunette.Tensor[]" or "lunette.Tensor", result.name)
    end
    lines[#lines + 1] = ("function %s%s(%s) end\n"):format(target, row.name .. (inplace and "_" or ""), table.concat(names, ", "))
end

local function declare_row(lines, row)
    declare(lines, row, "lun.", 1)
    for _, alias in ipairs(row.aliases) do
        if not alias:find(".", 1, true) then lines[#lines + 1] = ("lun.%s = lun.%s\n"):format(alias, row.name) end
    end
    if not row.flags.method then return end
    declare(lines, row, "Tensor:", 2)
    if row.flags.inplace then declare(lines, row, "Tensor:", 2, true) end
    for _, alias in ipairs(row.aliases) do
        if not alias:find(".", 1, true) then lines[#lines + 1] = ("Tensor.%s = Tensor.%s\n"):format(alias, row.name) end
    end
end

local function declare_function(lines, row)
    comment(lines, row.text .. "\n\n`" .. row.signature .. "`")
    local methods = getmetatable(lun.zeros(1)).__methods
    local declared = {}
    if methods[row.name] then declared[1] = ("function Tensor:%s(...) end\n"):format(row.name) end
    if rawget(lun, row.name) then declared[#declared + 1] = ("function lun.%s(...) end\n"):format(row.name) end
    lines[#lines + 1] = table.concat(declared, "\n")
end

local function declare_namespaces(lines)
    for _, space in ipairs(help.namespaces) do
        if not space:find(".", 1, true) then lines[#lines + 1] = ("lun.%s = {}"):format(space) end
    end
    lines[#lines + 1] = "lun.nn = {functional = {}}\n"
    for _, row in ipairs(lun.ops()) do
        for _, space in ipairs(help.namespaces) do
            local short = row.torch:sub(1, #space + 1) == space .. "." and row.torch:sub(#space + 2)
            if short then lines[#lines + 1] = ("lun.%s.%s = lun.%s"):format(space, short, row.name) end
        end
    end
    lines[#lines + 1] = ""
end

local function property_lines(lines)
    local names = {}
    for name in pairs(getmetatable(lun.zeros(1)).__properties) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do lines[#lines + 1] = "---@field " .. name .. " any" end
end

--- doc/library/lunette.lua
function generate.definitions()
    local lines = {"---@meta lunette", "-- Definitions for lua-language-server, made from the op table by `./dev docs`.",
        "-- SPDX-License-Identifier: MIT", "",
        '---@alias lunette.dtype "float32"|"float64"|"float16"|"bfloat16"|"complex64"|"complex128"|"bool"',
        '---|"int8"|"uint8"|"int16"|"int32"|"int64"',
        "", "---@class lunette.Tensor"}
    property_lines(lines)
    for _, event in ipairs {"add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor"} do
        lines[#lines + 1] = ("---@operator %s(lunette.Tensor|number): lunette.Tensor"):format(event)
    end
    lines[#lines + 1] = "---@operator unm: lunette.Tensor\n---@operator bnot: lunette.Tensor\nlocal Tensor = {}\n"
    lines[#lines + 1] = "---@class lunette\nlocal lun = {}\n"
    for _, row in ipairs(lun.ops()) do declare_row(lines, row) end
    for _, row in ipairs(core.function_texts()) do declare_function(lines, row) end
    declare_namespaces(lines)
    lines[#lines + 1] = "return lun"
    return table.concat(lines, "\n") .. "\n"
end

--- What each file that is made should hold: path below the root -> text.
function generate.files(root)
    return {
        ["doc/ops.md"] = generate.ops(root), ["doc/library/lunette.lua"] = generate.definitions(),
        ["doc/from-pytorch.md"] = require "from_pytorch".text(root),
        ["doc/cuda.md"] = require "cuda_page".text(root, lun.ops()),
        ["doc/errors.md"] = require "lunette.errors".document(),
        ["doc/lunette.1"] = require "command_line".manual(), ["doc/lunette.bash"] = require "command_line".completion(),
    }
end

if arg and arg[0] and arg[0]:find "generate%.lua$" then
    local root = arg[1] or "."
    package.path = root .. "/doc/?.lua;" .. package.path
    local files = generate.files(root)
    files["doc/debugging.md"] = require "bugs_page".text(root, arg[-1]) -- no test compares it: numbers are of this machine
    for path, text in pairs(files) do
        local file = assert(io.open(root .. "/" .. path, "w"))
        file:write(text)
        file:close()
    end
end

return generate
