-- markdown.lua - Markdown as HTML: what notebooks are written in
--
-- Headings, paragraphs, lists, quotes, tables, code, rules; emphasis, code, links and pictures inside a line. HTML in the
-- text is shown as text, a link goes to the web or within the page only, a picture is asked of the caller: so a stranger's
-- text can do nothing to who reads the page. Holds: any text gives well-formed HTML; time grows with its length. Read next:
-- lib/notebook/html.lua. SPDX-License-Identifier: MIT
local markdown = {}

local entities = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}

--- A text as HTML text.
function markdown.escape(text) return (text:gsub('[&<>"]', entities)) end
local escape = markdown.escape

-- --- inside a line ---------------------------------------------------------------------------------------------

local function safe_target(target)
    if target:find "^https?://" or target:find "^mailto:" or target:find "^#" then return target end
    return not target:find "^%s*[%w+.-]*:" and not target:find "^//" and target or nil
end

-- Pieces of HTML that are done stand as \1n\2 in the text, out of reach of what follows.
local function keeper()
    local kept = {}
    return function(html)
        kept[#kept + 1] = html
        return "\1" .. #kept .. "\2"
    end, function(text)
        for _ = 1, 8 do -- links hold code, pictures stand in links
            local count
            text, count = text:gsub("\1(%d+)\2", function(n) return kept[tonumber(n)] end)
            if count == 0 then break end
        end
        return text
    end
end

local function emphasis(text)
    text = text:gsub("%*%*(%S[^*]-)%*%*", "<strong>%1</strong>"):gsub("%f[%w_]__(%S[^_]-)__%f[^%w_]", "<strong>%1</strong>")
    text = text:gsub("%*(%S[^*]-)%*", "<em>%1</em>"):gsub("%f[%w_]_(%S[^_]-)_%f[^%w_]", "<em>%1</em>")
    return (text:gsub("~~(%S[^~]-)~~", "<del>%1</del>"))
end

-- `picture(target, words)` gives the HTML of a picture, or nil.
local function inline(text, picture)
    local keep, put_back = keeper()
    text = text:gsub("[\1\2]", "")
    text = text:gsub("(`+)(.-)%1", function(_, code)
        return keep("<code>" .. escape(code:match "^ (.-) $" or code) .. "</code>")
    end)
    text = text:gsub("\\([%p])", function(sign) return keep(escape(sign)) end)
    text = text:gsub("!%[([^%]]*)%](%b())", function(words, inside)
        local target = inside:match "^%(%s*(%S+).*%)$" or ""
        local html = picture and picture(target, words)
        if html then return keep(html) end
        return safe_target(target) and ("[%s](%s)"):format(words ~= "" and words or "picture", target) or keep(escape(words))
    end)
    text = text:gsub("%[([^%]]+)%](%b())", function(words, inside)
        local to = safe_target(inside:match "^%(%s*(%S+).*%)$" or "")
        local shown = emphasis(escape(words))
        return keep(to and ('<a href="%s">%s</a>'):format(escape(to), shown) or shown)
    end)
    text = text:gsub("<(https?://[^%s<>]+)>", function(target)
        return keep(('<a href="%s">%s</a>'):format(escape(target), escape(target)))
    end)
    text = emphasis(escape(text)):gsub("  +\n", "<br>\n")
    return put_back(text)
end

-- --- blocks ----------------------------------------------------------------------------------------------------

local blocks

local function fence_of(line) return line:match "^%s?%s?%s?(```+)%s*([%w_+-]*)" end

local function take_fence(lines, at, out, context)
    local fence, language = fence_of(lines[at])
    local code, i = {}, at + 1
    while lines[i] and not lines[i]:find("^%s*" .. fence .. "`*%s*$") do
        code[#code + 1] = lines[i]
        i = i + 1
    end
    local text = table.concat(code, "\n")
    out[#out + 1] = context.code(text, language)
    return i + 1
end

-- Four spaces make code.
local function take_indented(lines, at, out, context)
    local code, i = {}, at
    while lines[i] and (lines[i] == "" or lines[i]:find "^    ") do
        code[#code + 1] = lines[i]:gsub("^    ", "")
        i = i + 1
    end
    while code[#code] == "" do code[#code] = nil end
    out[#out + 1] = context.code(table.concat(code, "\n"), "text")
    return i
end

local function cells_of(row)
    local cells = {}
    row = row:gsub("^%s*|", ""):gsub("|%s*$", ""):gsub("\\|", "\3")
    for cell in (row .. "|"):gmatch "([^|]*)|" do cells[#cells + 1] = (cell:gsub("\3", "|"):gsub("^%s+", ""):gsub("%s+$", "")) end
    return cells
end

local function is_table(lines, at)
    local rule = lines[at + 1]
    return lines[at]:find "|" and rule and rule:find "^[%s|:-]+$" and rule:find "%-" and rule:find "|" and true
end

local function take_table(lines, at, out, context)
    local sides = {}
    for i, cell in ipairs(cells_of(lines[at + 1])) do
        sides[i] = cell:find "^:.*:$" and "center" or cell:find ":$" and "right" or nil
    end
    local function row(line, tag)
        local html = {}
        for i, cell in ipairs(cells_of(line)) do
            local side = sides[i] and (' class="%s"'):format(sides[i]) or ""
            html[i] = ("<%s%s>%s</%s>"):format(tag, side, inline(cell, context.picture), tag)
        end
        return "<tr>" .. table.concat(html) .. "</tr>"
    end
    local rows, i = {}, at + 2
    while lines[i] and lines[i]:find "|" do
        rows[#rows + 1] = row(lines[i], "td")
        i = i + 1
    end
    local form = '<div class="wide"><table><thead>%s</thead><tbody>%s</tbody></table></div>'
    out[#out + 1] = form:format(row(lines[at], "th"), table.concat(rows, "\n"))
    return i
end

-- Indentation, sign, and text of an item of a list.
local function item_of(line)
    local space, sign, text = line:match "^(%s*)([*+-])%s+(.*)$"
    if not sign then space, sign, text = line:match "^(%s*)(%d%d?%d?%d?[.)])%s+(.*)$" end
    return space and #space, sign, text
end

local function take_list(lines, at, out, context)
    local indent, sign = item_of(lines[at])
    local ordered, items, i = sign:find "%d" ~= nil, {}, at
    while lines[i] do
        local here, other, text = item_of(lines[i])
        if here and here <= indent + 1 and here >= indent and (other:find "%d" ~= nil) == ordered then
            items[#items + 1] = {text}
        elseif lines[i] == "" and lines[i + 1] and #lines[i + 1]:match "^%s*" > indent then
            table.insert(items[#items], "")
        elseif lines[i] ~= "" and
            (#lines[i]:match "^%s*" > indent or lines[i - 1] ~= "" and not here and not lines[i]:find "^[#>|`]") then
            table.insert(items[#items], (lines[i]:gsub("^" .. ("%s?"):rep(math.min(indent + #sign + 1, 12)), "")))
        else
            break
        end
        i = i + 1
    end
    local tag, html = ordered and "ol" or "ul", {}
    local from = ordered and tonumber(sign:match "%d+") or 1
    for k, item in ipairs(items) do
        local body = blocks(item, context, true)
        html[k] = "<li>" .. body .. "</li>"
    end
    out[#out + 1] = ("<%s%s>%s</%s>"):format(tag, from ~= 1 and (' start="%d"'):format(from) or "", table.concat(html, "\n"), tag)
    return i
end

local function take_quote(lines, at, out, context)
    local inner, i = {}, at
    while lines[i] and lines[i]:find "^%s?%s?%s?>" do
        inner[#inner + 1] = lines[i]:gsub("^%s*> ?", "")
        i = i + 1
    end
    out[#out + 1] = "<blockquote>" .. blocks(inner, context) .. "</blockquote>"
    return i
end

local function is_rule(line)
    local plain = line:gsub("%s", "")
    return #plain >= 3 and (plain:find "^%-+$" or plain:find "^%*+$" or plain:find "^_+$") and true
end

-- Does something else than a paragraph begin here?
local function interrupts(lines, i)
    local line = lines[i]
    return line == "" or line:find "^#+%s" or fence_of(line) or line:find "^%s?%s?%s?>" or is_rule(line) or item_of(line) or
        is_table(lines, i)
end

local function take_paragraph(lines, at, out, context, tight)
    local text, i = {lines[at]}, at + 1
    while lines[i] and not interrupts(lines, i) do
        text[#text + 1] = lines[i]
        i = i + 1
    end
    local html = inline(table.concat(text, "\n"), context.picture)
    out[#out + 1] = tight and html or "<p>" .. html .. "</p>"
    return i
end

local function take_heading(lines, at, out, context)
    local signs, text = lines[at]:match "^(#+)%s+(.-)%s*#*%s*$"
    local level, html = math.min(#signs, 6), inline(text, context.picture)
    local id = context.heading and context.heading(level, html:gsub("<[^>]*>", ""))
    out[#out + 1] = ("<h%d%s>%s</h%d>"):format(level, id and (' id="%s"'):format(escape(id)) or "", html, level)
    return at + 1
end

function blocks(lines, context, tight)
    local out, i = {}, 1
    context.depth = (context.depth or 0) + 1
    if context.depth > 40 then lines = {} end -- quotes in quotes in quotes
    while lines[i] do
        local line = lines[i]
        if line:find "^%s*$" then i = i + 1
        elseif fence_of(line) then i = take_fence(lines, i, out, context)
        elseif line:find "^#+%s" then i = take_heading(lines, i, out, context)
        elseif is_rule(line) then out[#out + 1], i = "<hr>", i + 1
        elseif line:find "^%s?%s?%s?>" then i = take_quote(lines, i, out, context)
        elseif line:find "^    " and not tight then i = take_indented(lines, i, out, context)
        elseif is_table(lines, i) then i = take_table(lines, i, out, context)
        elseif item_of(line) then i = take_list(lines, i, out, context)
        else i = take_paragraph(lines, i, out, context, tight) end
    end
    context.depth = context.depth - 1
    return table.concat(out, "\n")
end

--- The HTML of a text. context: code(text, language) and picture(target, words) give HTML, heading(level, words) an id or nil.
function markdown.html(text, context)
    local lines = {}
    for line in (text:gsub("\r", "") .. "\n"):gmatch "([^\n]*)\n" do
        lines[#lines + 1] = line:find "^%s*$" and "" or (line:gsub("\t", "    "))
    end
    return blocks(lines, context)
end

return markdown
