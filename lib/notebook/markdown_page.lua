-- markdown_page.lua - a notebook as Markdown: text as it is, code and what it gave in fences, charts as files beside it
--
-- Holds: pictures are written before the page is. Read next: lib/notebook.lua. SPDX-License-Identifier: MIT
local core = require "lunette.data_core"

local page = {}

-- A fence that the text does not hold itself.
local function fenced(text, language)
    local longest = 2
    for run in text:gmatch "`+" do longest = math.max(longest, #run) end
    local fence = ("`"):rep(longest + 1)
    return fence .. language .. "\n" .. text .. "\n" .. fence
end

-- Writes a chart beside the page; its name.
local function picture(output, path, name, number)
    local stem = path:gsub("%.%w+$", "")
    local file = ("%s-%s-%d.svg"):format(stem, name, number)
    core.replace_file(file, output.text .. "\n")
    return (file:match "[^/]*$")
end

local function output_page(output, path, name, number)
    if output.kind == "chart" and output.text:find("<svg", 1, true) then
        return ("![%s](%s)"):format(output.summary:gsub("[%[%]]", ""), picture(output, path, name, number))
    end
    if output.kind == "image" then
        return ("![picture](data:image/%s;base64,%s)"):format(output.summary, (output.text:gsub("%s", "")))
    end
    local more = output.dropped and ("\n... %d bytes more were not kept"):format(output.dropped) or ""
    return fenced(output.text .. more, "text")
end

--- The page as text; charts are written beside `path`.
function page.write(nb, records, path)
    local parts = {}
    for _, cell in ipairs(nb.cells) do
        if cell.kind == "markdown" then parts[#parts + 1] = cell.text
        elseif cell.kind == "raw" then parts[#parts + 1] = fenced(cell.text, "")
        elseif cell.text ~= "" then
            parts[#parts + 1] = fenced(cell.text, "lua")
            for i, output in ipairs(records[cell.name] and records[cell.name].outputs or {}) do
                parts[#parts + 1] = output_page(output, path, cell.name, i)
            end
        end
    end
    return table.concat(parts, "\n\n") .. "\n"
end

return page
