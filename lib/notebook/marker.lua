-- marker.lua - the line that a cell begins with: -- %% A title [markdown] id="intro" tol=1e-3
--
-- As jupytext reads and writes it. Values are JSON; what cannot be read as attributes belongs to the title.
-- Holds: marker.read(marker.write(cell)) is the cell. Read next: lib/notebook/percent.lua. SPDX-License-Identifier: MIT
local json = require "lunette.notebook.json"

local marker = {}

local kinds = {markdown = "markdown", md = "markdown", raw = "raw"}

--- May this be the id of a cell? (nbformat's rule; file names are made of it)
function marker.is_id(id) return type(id) == "string" and #id <= 64 and id:find "^[%w_-]+$" ~= nil end

-- Where the JSON value that begins at `at` ends; nil when none does.
local function value_end(text, at)
    local first = text:sub(at, at)
    if first == '"' then
        local i = at + 1
        while i <= #text do
            local c = text:sub(i, i)
            if c == '"' then return i end
            i = i + (c == "\\" and 2 or 1)
        end
    elseif first == "[" or first == "{" then
        local depth, i = 0, at
        while i and i <= #text do
            local c = text:sub(i, i)
            if c == '"' then i = value_end(text, i)
            elseif c == "[" or c == "{" then depth = depth + 1
            elseif c == "]" or c == "}" then depth = depth - 1 end
            if depth == 0 then return i end
            i = i and i + 1
        end
    else
        return select(2, text:find("^[^%s]+", at))
    end
end

-- The attributes that the text is made of; nil when it is something else.
local function read_attributes(text)
    local attributes, at = {}, 1
    while at <= #text do
        local name, from = text:match("^%s*([%a_][%w_.-]*)=()", at)
        local to = name and value_end(text, from)
        local good, value = false, nil
        if to then good, value = pcall(json.read, text:sub(from, to)) end
        if not good or attributes[name] ~= nil then return nil end
        attributes[name] = value
        at = text:match("^%s*()", to + 1)
        if at == to + 1 and at <= #text then return nil end
    end
    return attributes
end

--- A marker's kind, title and attributes; nil when the line is none.
function marker.read(line)
    local rest = line:match "^%-%- ?%%%%%s*$" and "" or line:match "^%-%- ?%%%%%s+(.-)%s*$"
    if not rest then return nil end
    local title, attributes = rest, {}
    for at in (" " .. rest):gmatch "()%s[%a_][%w_.-]*=" do
        local found = read_attributes(rest:sub(at))
        if found then
            title, attributes = rest:sub(1, at - 1), found
            break
        end
    end
    title = title:gsub("%s+$", "")
    local before, word = title:match "^(.-)%s*%[(%a+)%]$"
    if word and kinds[word] then title = before end
    return {kind = word and kinds[word] or "code", title = title, attributes = attributes}
end

--- The line for a cell.
function marker.write(cell)
    local parts, names = {"-- %%"}, {}
    if cell.title and cell.title ~= "" then parts[#parts + 1] = cell.title end
    if cell.kind ~= "code" then parts[#parts + 1] = "[" .. cell.kind .. "]" end
    if cell.id then parts[#parts + 1] = 'id="' .. cell.id .. '"' end
    for name in pairs(cell.attributes) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do parts[#parts + 1] = name .. "=" .. json.write(cell.attributes[name]) end
    return table.concat(parts, " ")
end

return marker
