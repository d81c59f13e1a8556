-- modules.lua - ./dev oracle modules: PyTorch's database of modules, optimisers and schedules over 100 steps, metrics, as one table
--
-- Replays t/lua/modules.lua over the database that modules.py wrote, t/lua/optim_peer.lua and t/lua/metrics.lua, shows every wrong check
-- and counts. Which differences are meant: doc/differences.md. Run: ./dev oracle modules. Read next: modules.py, ../peer/README.md.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local program, folder, database = table.unpack(arg)

-- Calls line(text) for each line that a test prints.
local function each_line(test, line)
    local pipe = assert(io.popen(("LUNETTE_MODULES='%s' LUNETTE_TEST_ROOT='%s/..' '%s' '%s/lua/%s.lua' 2>&1"):format(database, folder, program,
                                                                                                                      folder, test)))
    for text in pipe:lines() do line(text) end
    if not pipe:close() then print(("%s ended badly, or checks of it were wrong"):format(test)) end
end

-- Counts a test's checks under the row that row_of(name) says, with the kinds of things that were checked, and shows the wrong ones.
local function count(rows, test, row_of)
    local wrong = false
    each_line(test, function(text)
        local verdict, name = text:match "^(n?o?t? ?ok) %d+ %- (.*)$"
        local row, kind = row_of(name or "")
        if verdict and row then
            rows[row] = rows[row] or {checks = 0, right = 0, kinds = {}}
            row = rows[row]
            row.checks, row.right = row.checks + 1, row.right + (verdict == "ok" and 1 or 0)
            row.kinds[kind] = true
        end
        if verdict then wrong = verdict ~= "ok" end
        if wrong or text:find "^# there is no" then print((text:gsub("^not ok %d+ %- ", "wrong: "))) end
    end)
end

local rows = {}
count(rows, "modules", function(name) return "modules, losses", name:match "^[%w_]+" end)
count(rows, "optim_peer", function(name)
    local class = name:match "^[%w_]+"
    return lun.optim[class] and "optimisers, 100 steps" or "schedules, 100 steps", class
end)
count(rows, "metrics", function(name)
    local metric = name:match "^%a+ %d+: ([%w_]+)" -- "labels 3: f1 macro"; the rest are refusals
    if metric then return "metrics", metric == "top" and "top_k_accuracy" or metric end
end)

print(("%-22s %-12s %6s %7s %7s"):format("what", "beside", "kinds", "checks", "right"))
local checks, right = 0, 0
for _, line in ipairs {{"modules, losses", "PyTorch"}, {"optimisers, 100 steps", "PyTorch"}, {"schedules, 100 steps", "PyTorch"},
                       {"metrics", "scikit-learn"}} do
    local row, kinds = rows[line[1]] or {checks = 0, right = 0, kinds = {}}, 0
    for _ in pairs(row.kinds) do kinds = kinds + 1 end
    checks, right = checks + row.checks, right + row.right
    print(("%-22s %-12s %6d %7d %6.2f%%"):format(line[1], line[2], kinds, row.checks, 100 * row.right / math.max(row.checks, 1)))
end
print(("%-22s %-12s %6s %7d %6.2f%%"):format("all", "", "", checks, 100 * right / math.max(checks, 1)))
os.exit(right >= 0.99 * checks and checks > 0)
