-- report.lua - what the measurements gave: collected round by round, printed as tables, written as JSON and history
--
-- Holds: a ratio is taken within a round; what is shown is the median of the rounds, and the lowest and highest beside it.
-- Read next: bench/compare.lua, bench/bars.lua. SPDX-License-Identifier: MIT
local report = {}
local bars = require "bars"

local names, results = {}, {}

--- The middle of a list of numbers, or the mean of the two in the middle; nil for an empty list.
function report.median(list)
    if #list == 0 then return nil end
    table.sort(list)
    return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

--- Takes the figure of `side` ("lunette" or "peer") for a workload in a round; of several by the peer the least counts.
function report.add(round, side, name, value, unit)
    local result = results[name]
    if not result then
        result = {unit = unit, lunette = {}, peer = {}}
        results[name] = result
        names[#names + 1] = name
    end
    result[side][round] = math.min(result[side][round] or math.huge, value)
end

local function figures(of_rounds)
    local list = {}
    for _, value in pairs(of_rounds) do list[#list + 1] = value end
    return list
end

local function ratios(name, of)
    local list, mine, theirs = {}, results[name].lunette, of and results[of] and results[of].lunette or not of and results[name].peer or {}
    for round, value in pairs(mine) do
        if theirs[round] then list[#list + 1] = value / theirs[round] end
    end
    table.sort(list)
    return list
end

local function show(value, unit)
    if not value then return "" end
    if unit ~= "s" then return ("%.1f %s"):format(value, unit) end
    for _, step in ipairs {{1, "s"}, {1e-3, "ms"}, {1e-6, "us"}} do
        if value >= step[1] then return ("%.3g %s"):format(value / step[1], step[2]) end
    end
    return ("%.0f ns"):format(value * 1e9)
end

--- A line for each workload: our median, the peer's, their ratio and its range.
function report.print(peer)
    print(("%-36s %10s %10s %7s %s"):format("", "lunette", peer or "", peer and "ratio" or "", peer and "  (range)" or ""))
    for _, name in ipairs(names) do
        local result, list = results[name], ratios(name)
        local range = #list > 0 and ("%7.2f   (%.2f-%.2f)"):format(report.median(list), list[1], list[#list]) or ""
        print((("%-36s %10s %10s %s"):format(name, show(report.median(figures(result.lunette)), result.unit),
                                             show(report.median(figures(result.peer)), result.unit), range):gsub("%s+$", "")))
    end
end

local function matches(name, patterns)
    for pattern in (patterns or ""):gmatch "[^|]+" do
        if name:find("^" .. pattern .. "$") then return true end
    end
    return false
end

-- The geometric mean of a bar's workloads, the worst of them and its name, and how many there are.
local function standing(bar)
    local logarithms, count, worst, worst_name = 0, 0, 0, nil
    for _, name in ipairs(names) do
        if matches(name, bar.names) and not matches(name, bar.skip) then
            local value = bar.absolute and report.median(figures(results[name].lunette)) or report.median(ratios(name, bar.of))
            if value then
                logarithms, count = logarithms + math.log(value), count + 1
                if value > worst then worst, worst_name = value, name end
            end
        end
    end
    return count > 0 and math.exp(logarithms / count), worst, worst_name, count
end

--- A line for each bar: what was reached, what is required, what we are after.
function report.print_bars()
    print(("\n%-28s %9s %9s %9s"):format("bar", "reached", "required", "aim"))
    for _, bar in ipairs(bars) do
        local value, worst, worst_name, count = standing(bar)
        if value then
            local limit = bar.worst or 1.15 * bar.required
            local met = value <= bar.required and (count == 1 or worst <= limit)
            local note = count > 1 and ("  worst %.2f %s"):format(worst, worst_name) or ""
            local verdict = met and (value <= bar.aim and "aim" or "met") or "MISSED"
            print(("%-28s %9.3g %9.3g %9.3g  %s%s"):format(bar.title, value, bar.required, bar.aim, verdict, note))
        end
    end
end

local function number(value) return value and ("%.6g"):format(value) or "null" end

function report.write_json(path, about)
    local records = {}
    for i, name in ipairs(names) do
        local result = results[name]
        records[i] = ('{"name": "%s", "unit": "%s", "lunette": %s, "peer": %s, "ratio": %s}'):format(name, result.unit,
            number(report.median(figures(result.lunette))), number(report.median(figures(result.peer))), number(report.median(ratios(name))))
    end
    local file = assert(io.open(path, "w"))
    file:write(('{"version": "%s", "threads": %d, "rounds": %d,\n "results": [\n  %s\n]}\n'):format(
               about.version, about.threads, about.rounds, table.concat(records, ",\n  ")))
    file:close()
end

--- Appends a line "commit,workload,ratio" for each workload that has a ratio.
function report.append_history(path, commit)
    local file = assert(io.open(path, "a"))
    if file:seek "end" == 0 then file:write "commit,workload,ratio\n" end
    for _, name in ipairs(names) do
        local ratio = report.median(ratios(name))
        if ratio then file:write(("%s,%s,%.3f\n"):format(commit, name, ratio)) end
    end
    file:close()
end

return report
