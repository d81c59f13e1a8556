-- diff.lua - two runs side by side: record, diff
--
-- Records are laid against each other by what they are (phase, module, op), by longest common subsequence, not by position; so an op too
-- many in one run does not hide the rest. The first pair that differs although its inputs agree is where the runs part; a parameter that
-- differs is a cause of its own. Read next: debugger/journal.h, lib/dbg/run.lua. SPDX-License-Identifier: MIT
local core = require "lunette.dbg_core"
local commands = require "lunette.dbg.commands"
local look = require "lunette.dbg.look"
local run_files = require "lunette.dbg.run_files"
local say = look.say

local diff = {levels = {}}       -- levels: what other words after `record` do (lib/dbg/travel.lua)
local runs = {}                  -- name -> list of records
local current                    -- the name that is recorded now

--- Records what runs from now on as run `name`; nil ends the recording. Returns the number of records that were kept.
function diff.record(name)
    local kept = 0
    if current then
        runs[current] = core.journal(false)
        kept = #runs[current]
    end
    current = name
    if name then core.journal(true) end
    return kept
end

--- The records of run `name`, or of a file of that name.
function diff.run(name)
    if name == current then diff.record(nil) end
    local list = runs[name]
    if not list and tostring(name):find "[./]" then list = run_files.load(name) end
    if not list then error(("there is no run '%s'; record %s before it, record off behind it"):format(tostring(name), tostring(name)), 0) end
    return list
end

--- Writes run `name` to a file, which diff takes in place of a run.
function diff.save(name, path) run_files.save(path, diff.run(name)) end

-- ---- alignment ----

-- A path below its root: two networks held under two names are laid side by side.
local function below_root(path) return path and (path:match "^[^.]*%.(.+)$" or "") or "-" end
local function key_of(r) return ("%s %s %s %s"):format(r.phase, below_root(r.module), r.op, r.of or "") end

local TABLE_MOST = 4000000

-- The longest common subsequence of what is left after equal heads and tails, as pairs {i, j}; nil where the table would be too large.
local function common(a, b, from, last_a, last_b)
    local n, m = last_a - from + 1, last_b - from + 1
    if n * m > TABLE_MOST then return nil end
    local rows = {[n + 1] = {}}
    for j = 1, m + 1 do rows[n + 1][j] = 0 end
    for i = n, 1, -1 do
        local row, below = {[m + 1] = 0}, rows[i + 1]
        for j = m, 1, -1 do
            row[j] = a[from + i - 1] == b[from + j - 1] and below[j + 1] + 1 or math.max(below[j], row[j + 1])
        end
        rows[i] = row
    end
    local list, i, j = {}, 1, 1
    while i <= n and j <= m do
        if a[from + i - 1] == b[from + j - 1] then
            list[#list + 1] = {from + i - 1, from + j - 1}
            i, j = i + 1, j + 1
        elseif rows[i + 1][j] >= rows[i][j + 1] then
            i = i + 1
        else
            j = j + 1
        end
    end
    return list
end

local function align(first, second)
    local a, b, list = {}, {}, {}
    for i, r in ipairs(first) do a[i] = key_of(r) end
    for j, r in ipairs(second) do b[j] = key_of(r) end
    local from, last_a, last_b = 1, #a, #b
    while from <= last_a and from <= last_b and a[from] == b[from] do
        list[#list + 1] = {from, from}
        from = from + 1
    end
    while last_a >= from and last_b >= from and a[last_a] == b[last_b] do last_a, last_b = last_a - 1, last_b - 1 end
    local middle = common(a, b, from, last_a, last_b)
    if not middle then error("the runs differ too much to be laid side by side", 0) end
    for _, pair in ipairs(middle) do list[#list + 1] = pair end
    for k = 1, #a - last_a do list[#list + 1] = {last_a + k, last_b + k} end
    return list
end

-- ---- what differs ----

local function same(x, y, tolerance)
    if x.hash == y.hash and x.shape == y.shape then return true end
    if tolerance == 0 or x.shape ~= y.shape or not x.absmax then return false end
    local scale = math.max(x.absmax, y.absmax)
    return math.abs(x.absmax - y.absmax) <= tolerance * scale and math.abs(x.mean - y.mean) <= tolerance * scale
end

local function all_same(list, other, tolerance)
    if #list ~= #other then return false end
    for k = 1, #list do
        if not same(list[k], other[k], tolerance) then return false, k end
    end
    return true
end

local function place(r)
    local where = r.module and "mod:" .. r.module or ""
    local of = r.of and " of bwd op:" .. r.of or ""
    return ("op:%s%s #%d %s %s %s:%d"):format(r.op, of, r.sequence, where, r.phase, r.file or "?", r.line):gsub("%s+", " ")
end

-- Those that are numbers or truths (0 and 1), by name.
local function options_text(p, q)
    local list = {}
    for name, value in pairs(p or {}) do
        local other = q and q[name]
        if other ~= nil and other ~= value then list[#list + 1] = ("%s = %.6g in A, %.6g in B"):format(name, value, other) end
    end
    table.sort(list)
    return #list > 0 and ": " .. table.concat(list, "; ") or ""
end

-- In words, why a pair of records differs, most telling first; nil when only what came before differs.
local function cause(x, y, tolerance)
    for k = 1, math.min(#x.inputs, #y.inputs) do
        local p, q = x.inputs[k], y.inputs[k]
        if p.shape ~= q.shape then return ("in%d is %s in A and %s in B"):format(k, p.shape or "absent", q.shape or "absent") end
        if (p.parameter or q.parameter) and not same(p, q, tolerance) then
            if p.transposed and p.transposed == q.hash then return ("in%d, a parameter: B's is A's transposed"):format(k) end
            return ("in%d, a parameter %s, has other values (absmax %.4g and %.4g)"):format(k, p.shape, p.absmax, q.absmax)
        end
    end
    if not all_same(x.inputs, y.inputs, tolerance) then return nil end
    if x.attributes ~= y.attributes then return "its inputs agree, its options differ" .. options_text(x.options, y.options) end
    if x.failed ~= y.failed then return ("it fails in %s only"):format(x.failed and "A" or "B") end
    if all_same(x.outputs, y.outputs, tolerance) then return nil end
    if x.random then return ("its inputs agree; random numbers were drawn from %d in A and from %d in B"):format(x.drawn, y.drawn) end
    return "its inputs agree, its results differ"
end

local function extra(first, second, matched_a, matched_b)
    local list = {}
    for i, r in ipairs(first) do
        if not matched_a[i] then list[#list + 1] = {"only in A", r} end
    end
    for j, r in ipairs(second) do
        if not matched_b[j] then list[#list + 1] = {"only in B", r} end
    end
    return list
end

--- Compares runs A and B: {pairs = n, extra = {{"only in A", record}, ...}, first = {a, b, cause}, later = n}. options.rtol: how far
--- statistics may lie apart before results count as different (0: every bit).
function diff.compare(a, b, options)
    local first, second = diff.run(a), diff.run(b)
    local tolerance, matched_a, matched_b = options and options.rtol or 0, {}, {}
    local result = {later = 0}
    local list = align(first, second)
    result.pairs = #list
    for _, pair in ipairs(list) do
        local x, y = first[pair[1]], second[pair[2]]
        matched_a[pair[1]], matched_b[pair[2]] = true, true
        local why = cause(x, y, tolerance)
        if why and not result.first then result.first = {a = x, b = y, cause = why}
        elseif not all_same(x.outputs, y.outputs, tolerance) then result.later = result.later + 1 end
    end
    result.extra = extra(first, second, matched_a, matched_b)
    return result
end

--- Says where two runs part.
function diff.show(a, b, options)
    local result = diff.compare(a, b, options)
    for k = 1, math.min(#result.extra, 5) do say("%s: %s", result.extra[k][1], (place(result.extra[k][2]))) end
    if #result.extra > 5 then say("and %d more ops that only one run has", #result.extra - 5) end
    local first = result.first
    if not first and result.later == 0 then
        say("%d ops agree in every bit%s", result.pairs, options and options.rtol and " or within the tolerance" or "")
        return result
    elseif not first then
        say("%d ops differ, each only because of what came before it in the extra ops", result.later)
        return result
    end
    say("first divergence: %s", (place(first.a)))
    say("  %s", first.cause)
    local p, q = first.a.outputs[1], first.b.outputs[1]
    if p and q and p.absmax then say("  out: absmax %.6g in A, %.6g in B; mean %.6g, %.6g", p.absmax, q.absmax, p.mean, q.mean) end
    if result.later > 0 then say("  %d later ops differ in consequence", result.later) end
    return result
end

-- ---- commands ----

local function record(_, rest)
    if rest == "" then
        if current then say("recording %s", current) end
        for name, list in pairs(runs) do say("%s: %d ops", name, #list) end
        if not current and next(runs) == nil then say("nothing is recorded yet; record A begins a run by that name") end
    elseif rest == "off" and not current then
        diff.levels.off()
    elseif rest == "off" then
        local name, n = current, diff.record(nil)
        say("%s: %d ops recorded", name, n)
    elseif rest:match "^save%f[%s]" then
        local name, path = rest:match "^save%s+(%S+)%s+(.+)$"
        if not name then error("record save NAME FILE", 0) end
        diff.save(name, path)
        say("%s is in %s; diff NAME %s lays another run beside it", name, path, path)
    elseif diff.levels[rest:match "^%a+"] then
        diff.levels[rest:match "^%a+"](rest:match "^%a+%s*(.*)$")
    else
        diff.record(rest)
        say("recording %s; record off ends it", rest)
    end
end

local function compare(_, rest)
    local a, b = rest:match "^(%S+)%s+(%S+)"
    if not a then error("diff A B [-r TOLERANCE]: two recorded runs", 0) end
    local tolerance = rest:match "%-r%s*(%S+)"
    diff.show(a, b, tolerance and {rtol = tonumber(tolerance) or error("diff A B -r 1e-5", 0)})
end

commands.group("two runs", {
    {"record", "record NAME: keep a journal of what runs from here on; record off; record alone lists; record save NAME FILE; record "
         .. "meta | ring SIZE | all: leave steps to go back to (travel)", record},
    {"diff", "diff A B [-r TOLERANCE]: where two recorded runs (or files of them) part, and why", compare},
})

return diff
