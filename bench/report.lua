-- report.lua - what the measurements gave: collected round by round, printed as tables, written as JSON and history
--
-- Holds: a ratio is taken within a round; what is shown is the median of the rounds, and the lowest and highest beside it. Bars and history
-- are about the first of the peers.
-- Read next: bench/compare.lua, bench/bars.lua. SPDX-License-Identifier: MIT
local report = {}
local bars = require "bars"

local names, results, first = {}, {}, nil

--- The middle of a list of numbers, or the mean of the two in the middle; nil for an empty list.
function report.median(list)
    if #list == 0 then return nil end
    table.sort(list)
    return (list[(#list + 1) // 2] + list[#list // 2 + 1]) / 2
end

--- Takes the figure of `side` ("lunette" or a peer) for a workload in a round; of several by a peer the least counts.
function report.add(round, side, name, value, unit)
    local result = results[name]
    if not result then
        result = {unit = unit, lunette = {}}
        results[name] = result
        names[#names + 1] = name
    end
    result[side] = result[side] or {}
    result[side][round] = math.min(result[side][round] or math.huge, value)
end

local function figures(of_rounds)
    local list = {}
    for _, value in pairs(of_rounds) do list[#list + 1] = value end
    return list
end

-- Ours by the peer's in each round, or by our own for the workload `of`.
local function ratios(name, peer, of)
    local list, mine, theirs = {}, results[name].lunette, of and results[of] and results[of].lunette or not of and results[name][peer] or {}
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

--- A line for each workload: our median, and for each peer its median, the ratio and its range. Only workloads that a peer has, if there are
--- peers and the first is not PyTorch, which has all.
function report.print(peers)
    first = peers[1]
    local head = {("%-36s %10s"):format("", "lunette")}
    for _, peer in ipairs(peers) do head[#head + 1] = ("%10s %7s %-12s"):format(peer, "ratio", "  (range)") end
    print((table.concat(head, " "):gsub("%s+$", "")))
    for _, name in ipairs(names) do
        local result, parts, any = results[name], {}, first == "torch" or not first
        for _, peer in ipairs(peers) do
            local list = ratios(name, peer)
            any = any or #list > 0
            local range = #list > 0 and ("%7.2f (%.2f-%.2f)"):format(report.median(list), list[1], list[#list]) or ""
            parts[#parts + 1] = ("%10s %-20s"):format(show(report.median(figures(result[peer] or {})), result.unit), range)
        end
        local line = ("%-36s %10s %s"):format(name, show(report.median(figures(result.lunette)), result.unit), table.concat(parts, " "))
        if any then print((line:gsub("%s+$", ""))) end
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
            local value = bar.absolute and report.median(figures(results[name].lunette)) or report.median(ratios(name, first, bar.of))
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
    local head = ("\n%-28s %9s %9s %9s"):format("bar", "reached", "required", "aim")
    for _, bar in ipairs(bars) do
        local value, worst, worst_name, count = standing(bar)
        if value then
            local limit = bar.worst or 1.15 * bar.required
            local met = value <= bar.required and (count == 1 or worst <= limit)
            local note = count > 1 and ("  worst %.2f %s"):format(worst, worst_name) or ""
            local verdict = met and (value <= bar.aim and "aim" or "met") or "MISSED"
            if head then print(head) end
            head = nil
            print(("%-28s %9.3g %9.3g %9.3g  %s%s"):format(bar.title, value, bar.required, bar.aim, verdict, note))
        end
    end
end

--- How many workloads were told.
function report.count() return #names end

local function number(value) return value and ("%.6g"):format(value) or "null" end

-- A peer's median, and our ratio to it with its range over the rounds.
local function beside(name, peer)
    local list = ratios(name, peer)
    return ('"%s": {"median": %s, "ratio": %s, "least": %s, "most": %s}'):format(peer, number(report.median(figures(results[name][peer] or {}))),
        number(report.median(list)), number(list[1]), number(list[#list]))
end

--- `about`: version, threads (a list: ours is the last), rounds, peers.
function report.write_json(path, about)
    local records = {}
    for i, name in ipairs(names) do
        local result, parts = results[name], {}
        parts[1] = ('"name": "%s", "unit": "%s", "lunette": %s'):format(name, result.unit, number(report.median(figures(result.lunette))))
        for _, peer in ipairs(about.peers) do
            if result[peer] then parts[#parts + 1] = beside(name, peer) end
        end
        records[i] = "{" .. table.concat(parts, ", ") .. "}"
    end
    local file = assert(io.open(path, "w"))
    file:write(('{"version": "%s", "threads": [%s], "rounds": %d,\n "results": [\n  %s\n]}\n'):format(
               about.version, table.concat(about.threads, ", "), about.rounds, table.concat(records, ",\n  ")))
    file:close()
end

--- A line "commit,workload,ratio" for each workload that has a ratio, in place of what the file had for that commit and workload.
function report.write_history(path, commit)
    local old, lines, file = {}, {}, io.open(path)
    if file then
        for line in file:lines() do old[#old + 1] = line end
        file:close()
    end
    for _, name in ipairs(names) do
        local ratio = report.median(ratios(name, first))
        if ratio then
            local key = ("%s,%s,"):format(commit, name)
            lines[key], lines[#lines + 1] = true, ("%s%.4g"):format(key, ratio)
        end
    end
    file = assert(io.open(path, "w"))
    file:write(old[1] or "commit,workload,ratio", "\n")
    for i = 2, #old do
        if not lines[old[i]:match "^[^,]*,[^,]*,"] then file:write(old[i], "\n") end
    end
    for _, line in ipairs(lines) do file:write(line, "\n") end
    file:close()
end

return report
