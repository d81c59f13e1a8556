-- compare.lua - is what a cell gave what it gave before?
--
-- Text must be the same but for spaces; numbers may be apart by a tolerance; how long something took, and addresses, are
-- never compared; bars of a sparkline may differ by one step. Whole numbers are exact. A number may also differ by one in
-- the last digit that is shown. Holds: differences name the lines as they were and as they are, and what about them is too
-- far. SPDX-License-Identifier: MIT
local compare = {}

local TOLERANCE, ABSOLUTE = 1e-4, 1e-6

-- What differs from run to run and says nothing, as Lua patterns.
local passing = {"0x%x%x%x%x%x+", "%f[%w.]%d[%d.]*[eE]?[-+]?%d*%s?[mnuµ]*s%f[%W]", "%f[%w.]%d[%d.]*%s?min%f[%W]",
                 "%f[%w.]%d[%d.,]*[kMG]?%s?[%w]*/s%f[%W]"}

-- Numbers, bars of sparklines, words, signs: a list of {kind, text}.
local function tokens(line)
    local list, at = {}, 1
    while at <= #line do
        local word = line:match("^%s+()", at)
        at = word or at
        if at > #line then break end
        local number = line:match("^[-+]?%d+%.?%d*[eE][-+]?%d+", at) or line:match("^[-+]?%d+%.?%d*", at) or
            line:match("^[-+]?%.%d+", at)
        local bars = line:match("^\xE2\x96[\x81-\x88]", at)
        local name = line:match("^[%a_][%w_]*", at)
        local kind = name and "word" or number and "number" or bars and "bar" or "sign"
        local text = name or number or bars or line:match("^[\0-\x7F\xC2-\xFD][\x80-\xBF]*", at) or line:sub(at, at)
        list[#list + 1] = {kind = kind, text = text}
        at = at + #text
    end
    return list
end

-- One unit of the last digit that a number shows.
local function last_digit(text)
    local digits, exponent = text:match "%.(%d*)", tonumber(text:match "[eE]([-+]?%d+)$" or 0)
    return 10.0 ^ (exponent - (digits and #digits or 0))
end

local function whole(text) return not text:find "[.eE]" end

-- nil when the numbers agree, else why not.
local function number_difference(a, b, tolerance)
    if a == b then return nil end
    if whole(a) and whole(b) then return ("%s is now %s"):format(a, b) end
    local x, y = tonumber(a), tonumber(b)
    local apart = math.abs(x - y)
    local allowed = math.max(tolerance.abs or ABSOLUTE, (tolerance.tol or TOLERANCE) * math.max(math.abs(x), math.abs(y)))
    allowed = allowed + math.max(last_digit(a), last_digit(b)) * 1.000001
    if apart <= allowed then return nil end
    return ("%s is now %s: %.3g apart, %.3g allowed"):format(a, b, apart, allowed)
end

local function token_difference(a, b, tolerance)
    if a.kind == "number" and b.kind == "number" then return number_difference(a.text, b.text, tolerance) end
    if a.kind == "bar" and b.kind == "bar" and math.abs(a.text:byte(3) - b.text:byte(3)) <= 1 then return nil end
    if a.text == b.text then return nil end
    return ("'%s' is now '%s'"):format(a.text, b.text)
end

--- nil when two lines agree, else what is too far.
function compare.lines(a, b, tolerance)
    if a == b then return nil end
    for _, patterns in ipairs {passing, tolerance.ignore or {}} do
        for _, pattern in ipairs(patterns) do
            local good, stripped = pcall(string.gsub, a, pattern, "~")
            if good then a, b = stripped, b:gsub(pattern, "~") end
        end
    end
    local old, new = tokens(a), tokens(b)
    for i = 1, math.max(#old, #new) do
        if not old[i] then return ("more stands at its end: '%s'"):format(new[i].text) end
        if not new[i] then return ("its end is gone: '%s'"):format(old[i].text) end
        local why = token_difference(old[i], new[i], tolerance)
        if why then return why end
    end
end

local function split(text)
    local lines = {}
    if text == "" then return lines end
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    return lines
end

local MOST_ALIGNED = 400

-- The longest common subsequence of two lists of lines, as pairs {i, j}; of long lists, line by line.
local function aligned(old, new, tolerance)
    local pairs_of, n, m = {}, #old, #new
    if n == m or n > MOST_ALIGNED or m > MOST_ALIGNED then
        for i = 1, math.min(n, m) do
            if not compare.lines(old[i], new[i], tolerance) then pairs_of[#pairs_of + 1] = {i, i} end
        end
        return pairs_of
    end
    local length, same = {}, {}
    for i = n + 1, 1, -1 do
        length[i], same[i] = {}, {}
        for j = m + 1, 1, -1 do
            if i > n or j > m then
                length[i][j] = 0
            else
                same[i][j] = not compare.lines(old[i], new[j], tolerance)
                length[i][j] = same[i][j] and length[i + 1][j + 1] + 1 or math.max(length[i + 1][j], length[i][j + 1])
            end
        end
    end
    local i, j = 1, 1
    while i <= n and j <= m do
        if same[i][j] then
            pairs_of[#pairs_of + 1] = {i, j}
            i, j = i + 1, j + 1
        elseif length[i + 1][j] >= length[i][j + 1] then i = i + 1 else j = j + 1 end
    end
    return pairs_of
end

--- What differs between two texts: a list of {old = line or nil, new = line or nil, why = text or nil}; empty when they agree.
function compare.texts(old_text, new_text, tolerance)
    local old, new, found, i, j = split(old_text), split(new_text), {}, 1, 1
    local met = aligned(old, new, tolerance)
    met[#met + 1] = {#old + 1, #new + 1}
    for _, pair in ipairs(met) do
        while i < pair[1] or j < pair[2] do
            local a, b = i < pair[1] and old[i] or nil, j < pair[2] and new[j] or nil
            found[#found + 1] = {old = a, new = b, why = a and b and compare.lines(a, b, tolerance) or nil}
            i, j = a and i + 1 or i, b and j + 1 or j
        end
        i, j = pair[1] + 1, pair[2] + 1
    end
    return found
end

-- What of a record is compared: what was printed, values, errors, and which charts there are. Warnings are for the person
-- who runs it.
local function compared(record)
    local parts = {}
    for _, output in ipairs(record.outputs) do
        if output.kind == "chart" then parts[#parts + 1] = "chart " .. output.summary
        elseif output.kind ~= "warning" and output.text ~= "" then parts[#parts + 1] = output.text end
    end
    return table.concat(parts, "\n")
end

--- What differs between two records of a cell.
function compare.records(old, new, tolerance) return compare.texts(compared(old), compared(new), tolerance) end

return compare
