-- ipynb.lua - Jupyter's form of a notebook: written as nbformat 4.5, read as it comes
--
-- What plain Lua can say and JSON cannot (an odd marker, blank lines) goes into the metadata, in jupytext's names where it
-- has them, so that Lua -> ipynb -> Lua gives the same bytes. A header is the raw cell in front, as jupytext has it.
-- Commands of the shell, `-- %time f()` in Lua, are `%time f()` here. Holds: reading runs nothing, believes nothing, and
-- raises a text that says what is wrong. Read next: lib/notebook/percent.lua, lib/notebook/ipynb_outputs.lua.
-- SPDX-License-Identifier: MIT
local json = require "lunette.notebook.json"
local cell_outputs = require "lunette.notebook.ipynb_outputs"
local marker = require "lunette.notebook.marker"
local outputs = require "lunette.notebook.outputs"
local percent = require "lunette.notebook.percent"
local settings = require "lunette.notebook.settings"

local ipynb = {}

local has_shell, shell = pcall(require, "lunette.shell")

-- Not inside a string or a comment of many lines?
local function between_statements(lines) return not has_shell or shell.judge(table.concat(lines, "\n")) end

-- Each line through `change`, which gives nil for what stays.
local function each_line(text, change)
    local lines = {}
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do
        local new = change(line)
        lines[#lines + 1] = new and between_statements(lines) and new or line
    end
    return table.concat(lines, "\n")
end

local function commands_bare(text)
    return each_line(text, function(line) return line:match "^%-%- (%%[%a_][%w_]+.*)$" end)
end
local function commands_commented(text)
    return each_line(text, function(line) return line:find "^[%%!?]" and "-- " .. line or nil end)
end

-- --- writing ---------------------------------------------------------------------------------------------------

local function plain_kernel()
    return {kernelspec = {display_name = "Lunette", language = "lua", name = "lunette"},
            language_info = {file_extension = ".lua", mimetype = "text/x-lua", name = "lua"}}
end

local function metadata_of(cell, usual_blank)
    local metadata = {}
    for name, value in pairs(cell.attributes) do metadata[name] = value end
    for name, value in pairs(type(metadata.metadata) == "table" and metadata.metadata or {}) do metadata[name] = value end
    metadata.metadata = nil
    if cell.title and cell.title ~= "" then metadata.title = cell.title end
    if cell.id then metadata.id = cell.id end
    if cell.blank and cell.blank ~= usual_blank then metadata.lines_to_next_cell = cell.blank end
    local written = percent.written(cell)
    if written or cell.unmarked then metadata.lunette = {written = written, unmarked = cell.unmarked} end
    return metadata
end

-- `count`: how many cells have run so far; Jupyter numbers them.
local function written_cell(cell, record, last, count)
    local one = {cell_type = cell.kind, id = cell.name, metadata = metadata_of(cell, last and 0 or 1), source = cell.text}
    if cell.kind == "code" then
        local bare = commands_bare(cell.text)
        local returns = commands_commented(bare) == cell.text
        if returns then one.source = bare else one.metadata.lunette = one.metadata.lunette or {} end
        if not returns then one.metadata.lunette.plain = true end -- its lines stand as they stood in Lua

        one.execution_count = record and count or json.null
        one.outputs = json.list(record and cell_outputs.write(record) or {})
    end
    one.source = cell_outputs.lines(one.source)
    return one
end

-- The header as a raw cell, and what of it is Jupyter's own.
local function written_header(nb, metadata)
    local lines = {}
    for line in ((nb.header or "") .. "\n"):gmatch "([^\n]*)\n" do
        lines[#lines + 1] = line
    end
    local own = lines[#lines]:match "^jupyter: ({.*})$"
    local good, value = pcall(json.read, own or "")
    if own and good and json.write(value) == own and value.lunette == nil then -- as read_header writes it
        for name, each in pairs(value) do metadata[name] = each end
        lines[#lines] = nil
    end
    local header = table.concat(lines, "\n")
    if not nb.header or #lines == 0 then return nil end
    local one = {cell_type = "raw", id = "header", metadata = {}, source = cell_outputs.lines("---\n" .. header .. "\n---")}
    if nb.blank ~= 1 then one.metadata.lines_to_next_cell = nb.blank end
    return one
end

--- The notebook as the text of an .ipynb file, with what its cells gave.
function ipynb.write(nb, records)
    local metadata, cells = plain_kernel(), json.list {}
    local own = {crlf = nb.crlf, unended = nb.unended, first = nb.first}
    if nb.recorded_with ~= "" then own.arguments = nb.recorded_with end
    cells[1] = written_header(nb, metadata)
    if nb.header and not cells[1] and nb.blank ~= 1 then own.blank = nb.blank end
    if next(own) then metadata.lunette = own end
    local count = 0
    for i, cell in ipairs(nb.cells) do
        if cell.kind == "code" and records[cell.name] then count = count + 1 end
        cells[#cells + 1] = written_cell(cell, records[cell.name], i == #nb.cells, count)
    end
    return json.write({cells = cells, metadata = metadata, nbformat = 4, nbformat_minor = 5}, "") .. "\n"
end

-- --- reading ---------------------------------------------------------------------------------------------------

local function fail(text, ...) error(text:format(...), 0) end

local function table_or_empty(value) return type(value) == "table" and value ~= json.null and value or {} end

-- Attributes for the marker line; names that it cannot hold go into one of them together.
local function attributes_of(metadata)
    local attributes, odd = {}, {}
    for name, value in pairs(metadata) do
        local to = name:find "^[%a_][%w_.-]*$" and name ~= "metadata" and attributes or odd
        to[name] = value
    end
    if next(odd) then attributes.metadata = odd end
    return attributes
end

-- The id that the author chose: in the metadata as jupytext keeps it, else the cell's own unless it is one by place.
local function id_of(given, metadata, number)
    if metadata.id ~= nil then return metadata.id end
    if given == nil or given == ("cell-%d"):format(number) then return nil end
    return given
end

local kinds = {code = true, markdown = true, raw = true}

local function read_cell(given, number, problems)
    if type(given) ~= "table" or given == json.null then fail("cell %d is no object", number) end
    local kind = given.cell_type
    if not kinds[kind] then fail("cell %d is of the unknown kind '%s'", number, tostring(kind)) end
    local metadata = {}
    for name, value in pairs(table_or_empty(given.metadata)) do
        if type(name) == "string" then metadata[name] = value end
    end
    local id = id_of(given.id, metadata, number)
    local cell = {kind = kind, title = type(metadata.title) == "string" and metadata.title:gsub("%c", " ") or "",
                  text = cell_outputs.text(given.source, number), blank = math.tointeger(metadata.lines_to_next_cell)}
    local own = table_or_empty(metadata.lunette)
    if kind == "code" and own.plain ~= true then cell.text = commands_commented(cell.text) end
    if cell.blank and (cell.blank < 0 or cell.blank > 100) then cell.blank = nil end
    if marker.is_id(id) then cell.id = id elseif id ~= nil then cell.bad_id = tostring(id) end
    metadata.id, metadata.title, metadata.lines_to_next_cell, metadata.lunette = nil, nil, nil, nil
    cell.attributes = attributes_of(metadata)
    local bare = kind == "code" and not next(cell.attributes) and cell.title == "" and not id
    if number == 1 and own.unmarked == true and bare then cell.unmarked = true end
    if type(own.written) == "string" then percent.take_written(cell, own.written) end
    if type(given.attachments) == "table" and next(given.attachments) then
        problems[#problems + 1] = ("cell %d: its attached pictures are left out"):format(number)
    end
    return cell
end

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then return a == b end
    for key, value in pairs(a) do if not same(value, b[key]) then return false end end
    for key in pairs(b) do if a[key] == nil then return false end end
    return true
end

-- Jupyter's metadata of the notebook, without what is always there, as a line of the header.
local function metadata_line(metadata)
    local rest, plain = {}, plain_kernel()
    for name, value in pairs(metadata) do
        if name ~= "lunette" and not same(value, plain[name]) then rest[name] = value end
    end
    return next(rest) and "jupyter: " .. json.write(rest) or nil
end

local function read_header(nb, given)
    local first = nb.cells[1]
    local header = first and first.kind == "raw" and first.text:match "^%-%-%-\n(.*)\n%-%-%-$"
    if header then
        table.remove(nb.cells, 1)
        nb.blank = first.blank or 1
    end
    local line = metadata_line(given)
    if line then
        header = (header and header .. "\n" or "") .. line
        nb.blank = nb.blank or math.tointeger(table_or_empty(given.lunette).blank) or 1
    end
    nb.header = header
end

--- The notebook of an .ipynb file's text; its records stand in `records`. Raises what is wrong.
function ipynb.read(text)
    local good, root = pcall(json.read, text)
    if not good then fail("%s", type(root) == "table" and root.message or tostring(root)) end
    if type(root) ~= "table" or root == json.null then fail "it is no notebook: an object with cells is missing" end
    if root.nbformat ~= 4 then
        fail("it is of nbformat %s; 4 is read (jupyter nbconvert --to notebook makes it of older ones)", tostring(root.nbformat))
    end
    if type(root.cells) ~= "table" or root.cells == json.null then fail "it has no list of cells" end
    local metadata = table_or_empty(root.metadata)
    local own = table_or_empty(metadata.lunette)
    local language = table_or_empty(metadata.kernelspec).language or table_or_empty(metadata.language_info).name
    local nb = {cells = {}, problems = {}, records = {}, language = type(language) == "string" and language:lower() or "lua",
                crlf = own.crlf == true or nil, unended = own.unended == true or nil}
    nb.recorded_with = type(own.arguments) == "string" and own.arguments or ""
    if type(own.first) == "string" and own.first:find "^#![^\n]*$" then nb.first = own.first end
    local given = {}
    local shift = 0
    for i, each in ipairs(root.cells) do
        local cell = read_cell(each, i - shift, nb.problems)
        if i == 1 and cell.kind == "raw" and cell.text:find "^%-%-%-\n.*\n%-%-%-$" then shift = 1 end
        nb.cells[i], given[cell] = cell, each
    end
    read_header(nb, metadata)
    for _, problem in ipairs(percent.name(nb.cells)) do nb.problems[#nb.problems + 1] = problem end
    for _, cell in ipairs(nb.cells) do
        local record = cell.kind == "code" and cell_outputs.read(given[cell].outputs, given[cell].execution_count)
        if record then
            record.hash = outputs.hash(cell.text)
            nb.records[cell.name] = record
        end
    end
    settings.read(nb)
    return nb
end

return ipynb
