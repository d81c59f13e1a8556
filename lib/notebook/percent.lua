-- percent.lua - a notebook in plain Lua: text to cells and back
--
-- The percent format of jupytext: `-- %%` begins a cell, its text is Lua, or comments in a [markdown] or [raw] cell. Before
-- the first marker may stand a header between two lines `-- ---`. A line of code that looks like a marker has one more `-- `
-- before it. Holds: reading runs nothing and never fails, whatever the bytes are; percent.write(percent.read(text)) is the
-- text, byte for byte, because a cell that nobody changed is written as it stood. Read next: lib/notebook/marker.lua,
-- lib/notebook/settings.lua. SPDX-License-Identifier: MIT
local marker = require "lunette.notebook.marker"
local settings = require "lunette.notebook.settings"

local percent = {}

-- The lines of a text without their "\n"; the last one may have none, which is told.
local function split(text)
    local lines = {}
    for line in text:gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    local rest = text:match "[^\n]*$"
    if rest ~= "" then lines[#lines + 1] = rest end
    return lines, rest == ""
end

local function looks_like_marker(line) return line:find "^%-%- ?%%%%%s" ~= nil or line:find "^%-%- ?%%%%$" ~= nil end

-- One more "-- " before what code lines may look like a marker.
local function escaped(line)
    local plain = line
    while plain:sub(1, 3) == "-- " and not looks_like_marker(plain) do plain = plain:sub(4) end
    return looks_like_marker(plain) and "-- " .. line or line
end

local function unescaped(line)
    local inner = line:match "^%-%- (.*)$"
    return inner and escaped(inner) == line and inner or line
end

local function uncommented(line) return line:match "^%-%- (.*)$" or line:match "^%-%-(.*)$" or line end
local function commented(line) return line == "" and "--" or "-- " .. line end

-- The text of a cell from its lines, without those that are blank at the end; how many these are.
local function body(lines, first, last, kind)
    local content, blank = {}, 0
    while last >= first and lines[last] == "" do last, blank = last - 1, blank + 1 end
    for i = first, last do content[#content + 1] = (kind == "code" and unescaped or uncommented)(lines[i]) end
    return table.concat(content, "\n"), blank
end

-- A cell as it is written, without the blank lines behind it.
local function canonical(cell)
    local parts = {}
    if not cell.unmarked then parts[1] = marker.write(cell) end
    if cell.text ~= "" then
        for line in (cell.text .. "\n"):gmatch "([^\n]*)\n" do
            parts[#parts + 1] = (cell.kind == "code" and escaped or commented)(line)
        end
    end
    return table.concat(parts, "\n")
end

-- What makes two cells the same content.
local function content(cell)
    return table.concat({cell.kind, cell.text, cell.unmarked and "" or marker.write(cell)}, "\0")
end

-- Moves the id out of the attributes.
local function take_id(cell)
    local id = cell.attributes.id
    cell.attributes.id = nil
    if id ~= nil and marker.is_id(id) then cell.id = id
    elseif id ~= nil then cell.bad_id = tostring(id) end
end

-- The cell of lines first..last; the first of them is its marker, unless it has none.
local function read_cell(lines, first, last)
    local mark = marker.read(lines[first])
    local cell = mark or {kind = "code", title = "", attributes = {}, unmarked = true}
    cell.line = mark and first + 1 or first
    cell.text, cell.blank = body(lines, cell.line, last, cell.kind)
    if not mark and cell.blank > last - first then cell.blank = cell.blank - 1 end -- blank lines alone: one of them is the cell
    take_id(cell)
    local written = table.concat(lines, "\n", first, last - cell.blank)
    if written ~= canonical(cell) then cell.written, cell.content = written, content(cell) end
    return cell
end

-- The header: its lines without the comment signs, and the line behind it. Only what comes out as it went in is one.
local function read_header(lines)
    local first = (lines[1] or ""):find "^#!" and 2 or 1
    if lines[first] ~= "-- ---" then return nil, 1 end
    local header = {}
    for i = first + 1, #lines do
        if lines[i] == "-- ---" and #header > 0 then return table.concat(header, "\n"), i + 1 end
        local line = uncommented(lines[i])
        if commented(line) ~= lines[i] or looks_like_marker(lines[i]) then break end
        header[#header + 1] = line
    end
    return nil, 1
end

--- Names of cells: the id, or "cell-3" by place; no two are the same. Also what is wrong with ids.
function percent.name(cells)
    local taken, problems = {}, {}
    for _, cell in ipairs(cells) do
        local function wrong(text, id) problems[#problems + 1] = text:format(cell.line or 0, id) end
        if cell.bad_id then wrong("line %d: '%s' is no id: letters, digits, _ and - make one", cell.bad_id) end
        if cell.id and taken[cell.id] then wrong("line %d: the id '%s' stands twice; the second is not used", cell.id) end
        cell.name = cell.id and not taken[cell.id] and cell.id or nil
        if cell.name then taken[cell.name] = true end
    end
    for i, cell in ipairs(cells) do
        local name = cell.name or "cell-" .. i
        while not cell.name and taken[name] do name = name .. "x" end
        cell.name, taken[name] = name, true
    end
    return problems
end

--- The notebook of a text: {header =, settings =, cells = {{kind =, text =, id =, name =, title =, attributes =, line =},
--- ...}, problems =}.
function percent.read(text)
    local notebook = {cells = {}, language = "lua"}
    notebook.crlf = text:find "\r\n" and not text:gsub("\r\n", ""):find "[\r\n]" or nil
    if notebook.crlf then text = text:gsub("\r\n", "\n") end
    local lines, ends = split(text)
    if not ends and text ~= "" then notebook.unended = true end
    local at
    notebook.header, at = read_header(lines)
    notebook.first = notebook.header and lines[1]:find "^#!" and lines[1] or nil
    local start = at
    notebook.blank = 0
    while notebook.header and lines[start] == "" do start, notebook.blank = start + 1, notebook.blank + 1 end
    while start <= #lines do
        local last = start + 1
        while last <= #lines and not looks_like_marker(lines[last]) do last = last + 1 end
        notebook.cells[#notebook.cells + 1] = read_cell(lines, start, last - 1)
        start = last
    end
    notebook.problems = percent.name(notebook.cells)
    settings.read(notebook)
    return notebook
end

--- The text of a notebook.
function percent.write(notebook)
    local parts = {}
    local function put(text, blank)
        parts[#parts + 1] = text .. "\n" .. ("\n"):rep(blank)
    end
    if notebook.first then put(notebook.first, 0) end
    if notebook.header then
        put("-- ---", 0)
        for line in (notebook.header .. "\n"):gmatch "([^\n]*)\n" do put(commented(line), 0) end
        put("-- ---", notebook.blank or 1)
    end
    for i, cell in ipairs(notebook.cells) do
        local kept = cell.written and cell.content == content(cell) and cell.written
        put(kept or canonical(cell), cell.blank or (i < #notebook.cells and 1 or 0))
    end
    local text = table.concat(parts)
    if notebook.unended then text = text:gsub("\n$", "") end
    return notebook.crlf and text:gsub("\n", "\r\n") or text
end

--- For lib/notebook/ipynb.lua: how a cell stood, if not in the plain form, and whether that is still what it says.
function percent.written(cell) return cell.written and cell.content == content(cell) and cell.written or nil end

--- Takes up how a cell was written, if it still says the same.
function percent.take_written(cell, written)
    local lines = split(written)
    local read = #lines > 0 and read_cell(lines, 1, #lines)
    if read and content(read) == content(cell) then cell.written, cell.content = written, content(cell) end
end

return percent
