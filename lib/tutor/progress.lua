-- progress.lua - which steps a learner has done, kept in a plain file under the XDG state folder
--
-- Lines of "step<TAB>status"; the last one of a step counts. A file that cannot be written is told once and changes nothing else.
-- Read next: lib/tutor.lua. SPDX-License-Identifier: MIT
local record = {}

local rank = {skipped = 1, shown = 2, hinted = 3, passed = 4}
local known -- step -> status

local function path()
    local folder = os.getenv "XDG_STATE_HOME"
    if not folder or folder == "" then folder = (os.getenv "HOME" or "") .. "/.local/state" end
    return folder .. "/lunette/lessons.tsv", folder .. "/lunette"
end

local function read()
    known = {}
    local file = io.open((path()), "r")
    if not file then return end
    for line in file:lines() do
        local step, status = line:match "^([%w_.]+)\t(%a+)$"
        if step and rank[status] then known[step] = status end
    end
    file:close()
end

--- "passed", "hinted", "shown", "skipped" or nil.
function record.status(step)
    if not known then read() end
    return known[step]
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

--- Keeps the better of the old and the new status; returns why it could not be written, or nil.
function record.set(step, status)
    if not known then read() end
    if known[step] and rank[known[step]] >= rank[status] then return nil end
    known[step] = status
    local name, folder = path()
    local file, why = io.open(name, "a")
    if not file then
        os.execute("mkdir -p " .. quoted(folder) .. " 2>/dev/null")
        file, why = io.open(name, "a")
    end
    if not file then return why end
    local written = file:write(step, "\t", status, "\n")
    local closed = file:close()
    return not (written and closed) and "cannot write " .. name or nil
end

--- How many steps of a lesson have which status.
function record.summary(lesson)
    local counts = {passed = 0, hinted = 0, shown = 0, skipped = 0}
    for _, step in ipairs(lesson.steps) do
        local status = record.status(("%s.%s"):format(lesson.name, step.id))
        if status then counts[status] = counts[status] + 1 end
    end
    return counts
end

--- Forgets what was read; the next question reads the file again.
function record.reload() known = nil end

return record
