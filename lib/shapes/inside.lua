-- inside.lua - a cell whose blocks are still open, as the straight line that leads to the cursor
--
-- "for i = 1, 3 do y = x[i]" becomes "local i = 1, 3  y = x[i]": the first round of a loop, the branch being typed of an `if`, the body of a
-- function with arguments that nobody knows. Holds: what stands before a block on its row is dropped only where it cannot be a statement of
-- its own. Read next: lib/shapes/ghost.lua. SPDX-License-Identifier: MIT
local tokens = require "lunette.shapes.tokens"

local closes = {["("] = ")", ["["] = "]", ["{"] = "}"}
local closing = {[")"] = true, ["]"] = true, ["}"] = true}

-- What may stand before `function` on its row: the beginning of the statement that it is a part of.
local beginnings = {"^%s*$", "^%s*local%s+$", "^%s*return%s+$", "^%s*[%a_][%w_.]*%s*=%s*$", "^%s*local%s+[%a_][%w_]*%s*=%s*$",
                    "^%s*[%a_][%w_.:]*%s*%([^=;]*$"}

local function begins(prefix, kind)
    for i, pattern in ipairs(beginnings) do
        if (i == 1 or kind == "function") and prefix:find(pattern) then return true end
    end
    return false
end

-- The blocks and brackets that are open at the end, outermost first; nil when the text cannot be read.
local function open_ones(text)
    local stack, r = {}, tokens.start(text)
    local function opened(block) block.open, block.stop = true, r.at end
    while r.kind ~= "end of text" do
        local kind, top = r.kind, stack[#stack]
        if top and top.kind == "function" and not top.open then -- its name and its arguments
            if kind == ":" then top.names[1] = "self" end
            if kind == "(" then top.listed = true elseif kind == ")" then opened(top) end
            if kind == "name" and top.listed then top.names[#top.names + 1] = r.value end
        elseif kind == "for" or kind == "while" or kind == "if" or kind == "function" then
            stack[#stack + 1] = {kind = kind, at = r.before, names = {}}
        elseif kind == "do" or kind == "then" or kind == "else" then
            if kind == "do" and not (top and (top.kind == "for" or top.kind == "while") and not top.open) then
                top = {kind = kind, at = r.before}
                stack[#stack + 1] = top
            end
            if not top then return nil end
            top.header = top.header or text:sub(top.at, r.before - 1)
            opened(top)
        elseif kind == "repeat" then
            stack[#stack + 1] = {kind = kind, at = r.before}
            opened(stack[#stack])
        elseif closes[kind] then
            stack[#stack + 1] = {kind = kind, wanted = closes[kind]}
        elseif closing[kind] or kind == "end" or kind == "until" then
            if not top or closing[kind] and top.wanted ~= kind or not closing[kind] and top.wanted then return nil end
            stack[#stack] = nil
        end
        tokens.advance(r)
    end
    return stack
end

-- What is known where the block begins.
local function entry(block)
    local lines = {}
    local first, values = (block.header or ""):match "^for%s+([%a_][%w_]*)%s*=%s*(.*)$"
    if first then lines[1] = ("local %s = %s"):format(first, values) end
    local listed = not first and (block.header or ""):match "^for%s+(.-)%s+in%s"
    for name in (listed or ""):gmatch "[%a_][%w_]*" do lines[#lines + 1] = ("local %s = _not_known"):format(name) end
    if block.kind == "function" then
        for _, name in ipairs(block.names) do lines[#lines + 1] = ("local %s = _not_known"):format(name) end
    end
    return "\n" .. table.concat(lines, "\n") .. "\n"
end

--- The straight line, or nil where no block is open or nothing stands in it yet.
return function(text)
    local good, stack = pcall(open_ones, text)
    local parts, at = {}, 1
    for _, block in ipairs(good and stack or {}) do
        if block.open then
            local row = text:sub(1, block.at - 1):match ".*\n()" or 1
            local from = row > at and row or at
            if not begins(text:sub(from, block.at - 1), block.kind) then return nil end
            parts[#parts + 1] = text:sub(at, from - 1)
            parts[#parts + 1] = entry(block)
            at = block.stop
        end
    end
    if #parts == 0 or not text:find("%S", at) then return nil end
    return table.concat(parts) .. text:sub(at)
end
