-- run.lua - the walk: replays every op of the oracle's files, each in a process of its own, and prints the table
--
-- lunette run.lua FOLDER PROGRAM HERE [--dtype LIST] [--missing] [--failures] [--listed] [NAME...]. With names every failing call is shown.
-- Holds: a crash or a hang of one call is a failure of that call and stops nothing; what doc/differences.md lists is counted apart,
-- and never as right. Read next: replay.lua, listed.lua. SPDX-License-Identifier: MIT
local folder, program, here = table.remove(arg, 1), table.remove(arg, 1), table.remove(arg, 1)
local listed = require "oracle.listed"

local options = { dtypes = "float32,float64,int64,int32,uint8,bool,bfloat16,float16,complex64,complex128,errors", names = {}, limit = 120 }
do
    local i = 1
    while arg[i] do
        if arg[i] == "--dtype" then
            i = i + 1
            options.dtypes = arg[i]
        elseif arg[i] == "--missing" then options.missing = true
        elseif arg[i] == "--failures" then options.failures = true
        elseif arg[i] == "--listed" then options.listed = true
        else options.names[#options.names + 1] = arg[i] end
        i = i + 1
    end
end

local function titles()
    local list, found = {}, {}
    local pipe = io.popen("ls '" .. folder .. "'")
    for line in pipe:lines() do
        local title = line:match "^(.*)%.[%w]+%.safetensors$"
        if title and not found[title] then
            found[title] = true
            list[#list + 1] = title
        end
    end
    pipe:close()
    return list
end

-- A name picks an op of PyTorch: whole, with its variant, or its last part (det for linalg.det).
local function wanted(title)
    if #options.names == 0 then return true end
    local name = title:match "^[^-]*"
    for _, want in ipairs(options.names) do
        if want == title or want == name or name:match "([^.]*)$" == want then return true end
    end
end

local function family(name)
    return name:match "^(nn%.functional)" or name:match "^([%w]+)%." or "torch"
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function start(title, from)
    local command = ("LUA_PATH=%s timeout -k 2 %d nice %s %s %s %s %s %s 2>&1"):format(quoted(here .. "/?.lua;;"), options.limit, quoted(program),
        quoted(here .. "/oracle/replay.lua"), quoted(folder), quoted(title), options.dtypes, from or "")
    return io.popen(command)
end

-- What one op did: ours, missing or out, and for each dtype its counts; `why` lists the failures.
local function new_report(title)
    return { title = title, name = title:match "^[^-]*", counts = {}, why = {}, skipped = {} }
end

local function counts_of(report, dtype)
    local c = report.counts[dtype]
    if not c then
        c = { samples = 0, replayable = 0, forward = 0, listed = 0, untaken = 0, gradients = 0, right_gradients = 0, listed_gradients = 0 }
        report.counts[dtype] = c
    end
    return c
end

local events = {}
function events.op(report, ours) report.ours = ours end
function events.missing(report) report.missing = true end
function events.out(report, reason) report.out = reason end
function events.begin(report, dtype, k) report.at = { dtype, tonumber(k) } end
function events.skip(report, dtype, count, reason)
    local c = counts_of(report, dtype)
    c.samples = c.samples + tonumber(count)
    report.skipped[reason] = (report.skipped[reason] or 0) + tonumber(count)
end
function events.done(report, dtype, _, forward, gradient)
    report.at = nil
    local c = counts_of(report, dtype)
    c.samples, c.replayable = c.samples + 1, c.replayable + 1
    if forward == "pass" then c.forward = c.forward + 1 end
    if gradient ~= "-" then c.gradients = c.gradients + 1 end
    if gradient == "pass" then c.right_gradients = c.right_gradients + 1 end
end
-- The door's one error for a dtype that a row does not take: neither right nor a wrong answer, and counted in a column of its own.
local function untaken(text)
    return text:find "not for [%w]+; it takes" or text:find "needs a float dtype, got"
end

function events.why(report, dtype, k, kind, text, call)
    local c = counts_of(report, dtype)
    local reason = listed.reason(report.name, dtype, kind, text)
    if not reason and untaken(text) then
        if kind ~= "gradient" then
            c.untaken = c.untaken + 1
            report.untaken = report.untaken or {}
            report.untaken[dtype] = true
        else
            c.gradients = c.gradients - 1 -- there is none to be wrong
        end
    elseif reason then
        local key = kind == "gradient" and "listed_gradients" or "listed"
        c[key] = c[key] + 1
    else
        report.why[#report.why + 1] = { dtype = dtype, k = k, kind = kind, text = text, call = call }
    end
end
events["end"] = function(report) report.ended = true end

-- Reads a child to its end; when it died in a call, counts that call as failed and starts anew behind it.
local function read(report, pipe)
    local tail = {}
    for line in pipe:lines() do
        local fields = {}
        for field in (line .. "\t"):gmatch "([^\t]*)\t" do fields[#fields + 1] = field end
        local event = events[fields[1]]
        if event then event(report, table.unpack(fields, 2)) else tail[#tail + 1] = line end
    end
    local _, how, status = pipe:close()
    if report.ended then return end
    local what = (status == 124 or status == 137) and "HANGS (more than " .. options.limit .. " s)" or ("CRASHES (%s %s)"):format(how, status)
    local at = report.at
    if not at then
        report.why[#report.why + 1] = { dtype = "?", k = 0, kind = "replay", text = what .. " " .. table.concat(tail, " "):sub(1, 300), call = "" }
        return
    end
    events.done(report, at[1], at[2], "fail", "-")
    events.why(report, at[1], at[2], "forward", what .. " " .. table.concat(tail, " "):sub(1, 200), "call " .. at[2])
    read(report, start(report.title, at[1] .. " " .. at[2] + 1))
end

-- Failures whose texts differ in numbers only are shown once, with how many there are, for which dtypes.
local function show_failures(report, most)
    local groups, found = {}, {}
    for _, w in ipairs(report.why) do
        local key = w.kind .. w.text:gsub("b?[fi]%d+", "d"):gsub("%-?%d[%d.e+-]*", "#"):sub(1, 60)
        local group = found[key]
        if not group then
            group = { first = w, count = 0, dtypes = {}, seen = {} }
            found[key] = group
            groups[#groups + 1] = group
        end
        group.count = group.count + 1
        if not group.seen[w.dtype] then
            group.seen[w.dtype] = true
            table.insert(group.dtypes, w.dtype)
        end
    end
    for i, group in ipairs(groups) do
        if i > most then
            print(("  ... and %d other kinds"):format(#groups - most))
            break
        end
        local w = group.first
        print(("  %d x %s (%s), first %s #%s:\n    %s\n    %s(%s)"):format(group.count, w.kind, table.concat(group.dtypes, " "), w.dtype, w.k,
            w.text, report.ours or report.name, w.call))
    end
end

local function percent(part, whole)
    return whole == 0 and "     -" or ("%6.2f"):format(100 * part / whole)
end

local order = {}
for dtype in options.dtypes:gmatch "[^,]+" do order[#order + 1] = dtype end

local function add(into, c)
    for key, n in pairs(c) do into[key] = (into[key] or 0) + n end
end

local function row(label, ops, c)
    local said, right = c.replayable or 0, c.forward or 0
    print(("%-34s %4s %7d %7d %7d %6d %7d %s %s  %7d %7d %6d %s"):format(label, ops, c.samples or 0, said, right, c.listed or 0, c.untaken or 0,
        percent(right, said), percent(right, said - (c.untaken or 0)), c.gradients or 0, c.right_gradients or 0, c.listed_gradients or 0,
        percent(c.right_gradients or 0, c.gradients or 0)))
end

local function heading(label)
    print(("\n%-34s %4s %7s %7s %7s %6s %7s %6s %6s  %7s %7s %6s %6s"):format(label, "ops", "samples", "said", "right", "listed", "untaken",
        "%", "%taken", "grads", "right", "listed", "%"))
end

-- One table: rows by `key` of (report, dtype).
local function tabulate(label, reports, key)
    local names, sums, ops = {}, {}, {}
    for _, report in ipairs(reports) do
        for _, dtype in ipairs(order) do
            local c = report.counts[dtype]
            if c then
                local name = key(report, dtype)
                if not sums[name] then
                    names[#names + 1] = name
                    sums[name], ops[name] = {}, {}
                end
                add(sums[name], c)
                ops[name][report.title] = true
            end
        end
    end
    heading(label)
    for _, name in ipairs(names) do
        local n = 0
        for _ in pairs(ops[name]) do n = n + 1 end
        row(name, n, sums[name])
    end
end

local function walk()
    local reports, waiting = {}, {}
    local list = {}
    for _, title in ipairs(titles()) do
        if wanted(title) then list[#list + 1] = title end
    end
    for i, title in ipairs(list) do
        waiting[i] = waiting[i] or start(title)
        if list[i + 1] then waiting[i + 1] = start(list[i + 1]) end -- one ahead, for the second core
        local report = new_report(title)
        read(report, waiting[i])
        waiting[i] = nil
        reports[#reports + 1] = report
        if #options.names > 0 or options.failures then
            local n = #report.why
            print(("%s%s"):format(title, report.missing and ": missing" or report.out and ": left out: " .. report.out or
                n == 0 and ": right" or (": %d wrong"):format(n)))
            show_failures(report, #options.names > 0 and 20 or 3)
        end
    end
    return reports
end

local function by_reason(reports)
    local total, names = {}, {}
    for _, report in ipairs(reports) do
        for reason, n in pairs(report.skipped) do
            total[reason] = (total[reason] or 0) + n
            names[reason] = names[reason] or {}
            if #names[reason] < 4 then table.insert(names[reason], report.title) end
        end
    end
    local list = {}
    for reason in pairs(total) do list[#list + 1] = reason end
    table.sort(list, function(a, b) return total[a] > total[b] end)
    print "\nnot replayable:"
    for _, reason in ipairs(list) do print(("%6d  %s (%s)"):format(total[reason], reason, table.concat(names[reason], ", "))) end
end

-- Ops by the dtypes of PyTorch that they do not take.
local function show_untaken(reports)
    print ""
    for _, dtype in ipairs(order) do
        local names = {}
        for _, report in ipairs(reports) do
            if report.untaken and report.untaken[dtype] then names[#names + 1] = report.title end
        end
        if #names > 0 then print(("not for %s (%d): %s"):format(dtype, #names, table.concat(names, " "))) end
    end
end

local function missing(reports)
    local by, names = {}, {}
    for _, report in ipairs(reports) do
        if report.missing then
            local f = family(report.name)
            if not by[f] then
                by[f] = {}
                names[#names + 1] = f
            end
            if by[f][#by[f]] ~= report.name then table.insert(by[f], report.name) end
        end
    end
    table.sort(names)
    for _, f in ipairs(names) do print(("missing in %s (%d): %s"):format(f, #by[f], table.concat(by[f], " "))) end
end

local reports = walk()
local ours, failing = {}, {}
for _, report in ipairs(reports) do
    if not report.missing and not report.out then ours[#ours + 1] = report end
    if #report.why > 0 then failing[#failing + 1] = report end
end
if options.missing then
    missing(reports)
    os.exit(0)
end
if #options.names == 0 then
    table.sort(failing, function(a, b) return #a.why > #b.why end)
    print "\nwrong calls by op, with the first of each:"
    for _, report in ipairs(failing) do
        local w = report.why[1]
        print(("%5d %-30s %s %s #%s: %s"):format(#report.why, report.title, w.dtype, w.kind, w.k, w.text:sub(1, 150)))
    end
    missing(reports)
    by_reason(ours)
    show_untaken(ours)
    tabulate("by family", ours, function(report) return family(report.name) end)
end
tabulate("by dtype", ours, function(_, dtype) return dtype end)
if options.listed then listed.show() end
os.exit(#failing == 0)
