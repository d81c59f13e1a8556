-- html.lua - a notebook as one page that needs nothing else: no script, no font, no picture from elsewhere
--
-- Charts are SVG inside <img>, where they can run nothing, once for light and once for dark readers. Holds: every text of
-- the notebook is escaped; the same notebook gives the same bytes. Read next: lib/notebook/markdown.lua,
-- lib/notebook/style.lua. SPDX-License-Identifier: MIT
local markdown = require "lunette.notebook.markdown"
local pictures = require "lunette.notebook.pictures"
local style = require "lunette.notebook.style"

local html = {}
local escape = markdown.escape

local has_shell, shell = pcall(require, "lunette.shell")

-- --- code ------------------------------------------------------------------------------------------------------

local classes = {b = "k", c = "n", d = "s", e = "c", f = "m"} -- repl/highlight.h: keyword, constant, string, comment, command

-- Lua with a <span> for each run of a style.
local function coloured(text)
    if not has_shell then return escape(text) end
    local styles, parts, at = shell.styles(text), {}, 1
    while at <= #text do
        local letter = styles:sub(at, at)
        local past = styles:find("[^" .. letter .. "]", at) or #text + 1
        local run = escape(text:sub(at, past - 1))
        parts[#parts + 1] = classes[letter] and ('<span class="%s">%s</span>'):format(classes[letter], run) or run
        at = past
    end
    return table.concat(parts)
end

local function code(text, language)
    local lua = language == "lua" or language == ""
    return ('<pre class="source"><code>%s</code></pre>'):format(lua and coloured(text) or escape(text))
end

-- --- outputs ---------------------------------------------------------------------------------------------------

-- NaN and infinity are what one looks for.
local function marked(text)
    return (escape(text):gsub("%f[%w_]([-+]?%a+)%f[^%w_]", function(word)
        local plain = word:lower()
        return (plain == "nan" or plain == "inf" or plain == "-inf") and '<span class="bad">' .. word .. "</span>" or nil
    end))
end

-- The line above a tensor's elements, as facts that wrap on a narrow screen; nil when the line is something else.
local function facts(line)
    if not line:find "^[%a][%w_]*%[[%d,]*%]  " then return nil end
    local parts = {}
    for fact in (line .. "  "):gmatch "(.-)  +" do
        parts[#parts + 1] = #parts == 0 and ("<b>%s</b>"):format(escape(fact)) or ("<span>%s</span>"):format(marked(fact))
    end
    return '<div class="facts">' .. table.concat(parts, "\n") .. "</div>"
end

local function value(text)
    local first, rest = text:match "^([^\n]*)\n?(.*)$"
    local head = facts(first)
    if not head then return "<pre>" .. marked(text) .. "</pre>" end
    return head .. (rest ~= "" and "<pre>" .. marked(rest) .. "</pre>" or "")
end

local function printed(text) return "<pre>" .. escape(text) .. "</pre>" end

local shown = {
    text = function(output) return printed(output.text) end,
    warning = function(output) return printed(output.text) end,
    error = function(output) return printed(output.text) end,
    interrupted = function(output) return printed(output.text) end,
    value = function(output) return value(output.text) end,
    chart = function(output) return pictures.chart(output) or printed(output.text) end,
    image = function(output) return pictures.image(output) end,
}

local function outputs(record)
    local parts = {}
    for _, output in ipairs(record and record.outputs or {}) do
        local class = output.kind == "interrupted" and "error" or output.kind
        local more = output.dropped and ('<p class="note">... %d bytes more were not kept</p>'):format(output.dropped) or ""
        parts[#parts + 1] = ('<div class="output %s">%s%s</div>'):format(class, shown[output.kind](output), more)
    end
    return table.concat(parts, "\n")
end

-- --- the page --------------------------------------------------------------------------------------------------

-- Headings get ids of their words; those of the cells are taken.
local function contents(nb)
    local list, taken = {}, {}
    for _, cell in ipairs(nb.cells) do taken[cell.name] = true end
    return list, function(level, words)
        local base = words:lower():gsub("&%w+;", ""):gsub("[^%w\x80-\xFF]+", "-"):gsub("^%-+", ""):gsub("%-+$", "")
        local id, n = base ~= "" and base or "part", 1
        while taken[id] do
            n = n + 1
            id = base .. "-" .. n
        end
        taken[id] = true
        list[#list + 1] = {level = level, words = words, id = id}
        return id
    end
end

local function navigation(list)
    local rows = {}
    for _, heading in ipairs(list) do
        local row = ('<li><a href="#%s">%s</a></li>'):format(escape(heading.id), heading.words)
        if heading.level == 2 then rows[#rows + 1] = row end
    end
    if #rows < 3 then return "" end
    return "<nav><details><summary>Contents</summary><ul>" .. table.concat(rows, "\n") .. "</ul></details></nav>"
end

local function cell_html(cell, record, context)
    if cell.kind == "markdown" then return '<div class="prose">' .. markdown.html(cell.text, context) .. "</div>" end
    if cell.kind == "raw" then return '<div class="prose"><pre>' .. escape(cell.text) .. "</pre></div>" end
    if cell.text == "" and not record then return "" end
    local words = cell.title ~= "" and cell.title or cell.id
    local name = words and ('<span class="name"><a href="#%s">%s</a></span>'):format(cell.name, escape(words)) or ""
    return ('<section class="cell" id="%s">%s\n%s\n%s</section>'):format(cell.name, name, code(cell.text, "lua"), outputs(record))
end

--- The page.
function html.write(nb, records)
    local list, heading = contents(nb)
    local context = {code = code, heading = heading, picture = pictures.finder(nb.path)}
    local body = {}
    for i, cell in ipairs(nb.cells) do body[i] = cell_html(cell, records[cell.name], context) end
    local file = nb.path:match "[^/]*$"
    local title = list[1] and list[1].words or escape(file)
    table.insert(body, 1, navigation(list))
    return ([[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>%s</title>
<style>
%s</style>
</head>
<body>
<main>
%s
<footer>%s, a Lunette notebook</footer>
</main>
</body>
</html>
]]):format(title, style, table.concat(body, "\n"), escape(file))
end

return html
