-- listed.lua - the known differences from PyTorch, read from doc/differences.md: the one list that people and tests share
--
-- A row of its tables whose first cell is code is a rule: | `op` | `dtypes` | `kind` | `says` | why |. op and dtypes may be `*`, several are
-- parted by spaces; kind is forward, gradient, refusal or `*`; says is a Lua pattern that the failure's text must hold (empty: any).
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
    for line in file:lines() do
        local op, dtypes, kind, says, why = line:match "^| `([^`]+)` | `([^`]+)` | `([^`]+)` | `?([^`|]*)`? | (.-) |$"
        if op then
            assert(why:find "%S", "a difference without a reason: " .. op)
            rules[#rules + 1] = { ops = words(op), dtypes = words(dtypes), kinds = words(kind), says = says:match "^%s*(.-)%s*$", why = why }
        end
    end
    file:close()
end

-- The reason when a failure is a listed difference, or nil.
function listed.reason(op, dtype, kind, text)
    if not rules then load_rules() end
    for _, rule in ipairs(rules) do
        if (rule.ops["*"] or rule.ops[op]) and (rule.dtypes["*"] or rule.dtypes[dtype]) and (rule.kinds["*"] or rule.kinds[kind]) and
            (rule.says == "" or text:find(rule.says)) then
            return rule.why
        end
    end
end

return listed
