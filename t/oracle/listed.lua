-- listed.lua - the known differences from PyTorch, read from doc/differences.md: the one list that people and tests share
--
-- A row of its tables whose first cell is code is a rule: | `op` | `dtypes` | `kind` | `says` | why |. op and dtypes may be `*`, several are
-- parted by spaces; kind is forward, gradient, refusal or `*`; says is a Lua pattern that the failure's text must hold, or several of them.
-- A failure belongs to the first rule that it matches; each rule counts its own, so that the list can be kept honest (--listed).
-- Holds: no rule without a reason. Read next: doc/differences.md. SPDX-License-Identifier: MIT
local listed = {}

local rules
local function words(text)
    local set = {}
    for word in text:gmatch "%S+" do set[word] = true end
    return set
end

local function load_rules()
    rules = {}
    local here = debug.getinfo(1, "S").source:match "^@(.*)t/oracle/listed%.lua$" or "./"
    local file = io.open(here .. "doc/differences.md")
    if not file then return end
    local number = 0
    for line in file:lines() do
        number = number + 1
        local op, dtypes, kind, cell, why = line:match "^| `([^`]+)` | `([^`]+)` | `([^`]+)` | (`[^|]*`) | (.-) |$"
        if op then
            assert(why:find "%S", "a difference without a reason: " .. op)
            local says = {}
            for text in cell:gmatch "`([^`]*)`" do says[#says + 1] = text end
            rules[#rules + 1] = { ops = words(op), dtypes = words(dtypes), kinds = words(kind), says = says, why = why, line = number, count = 0,
                by_op = {} }
        end
    end
    file:close()
end

local function holds_one(text, says)
    for _, pattern in ipairs(says) do
        if text:find(pattern) then return true end
    end
end

-- The reason when a failure is a listed difference, or nil.
function listed.reason(op, dtype, kind, text)
    if not rules then load_rules() end
    for _, rule in ipairs(rules) do
        if (rule.ops["*"] or rule.ops[op]) and (rule.dtypes["*"] or rule.dtypes[dtype]) and (rule.kinds["*"] or rule.kinds[kind]) and
            holds_one(text, rule.says) then
            rule.count = rule.count + 1
            local key = op .. " " .. dtype
            rule.by_op[key] = (rule.by_op[key] or 0) + 1
            rule.first = rule.first or text
            return rule.why
        end
    end
end

-- Prints each rule of the oracle (those for `fuzz` are compare.py's): its line of the page, how many failures it took, of which ops, and
-- the first of them. A rule that took none after a whole walk is to be removed.
function listed.show()
    if not rules then load_rules() end
    print "\nlisted differences: line of doc/differences.md, calls, of which ops, the first"
    for _, rule in ipairs(rules) do
        if not rule.dtypes.fuzz then
            local parts = {}
            for key, n in pairs(rule.by_op) do parts[#parts + 1] = key .. " " .. n end
            table.sort(parts)
            local says = table.concat(rule.says, " or ")
            print(("line %d: %d %s: %s\n    %s"):format(rule.line, rule.count, says, table.concat(parts, ", "), rule.first or "NONE"))
        end
    end
end

return listed
