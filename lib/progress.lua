-- progress.lua - a progress bar with rate and time left
--
-- On a terminal one line redrawn in place, at most ten times a second; elsewhere one line per 10 %; with --batch nothing.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local progress = {}
local Bar = {}
Bar.__index = Bar

local in_program, shell = pcall(require, "lunette.shell")
local batch = in_program and shell.batch

local function clock_text(seconds)
    seconds = math.max(0, math.floor(seconds + 0.5))
    if seconds >= 3600 then return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60) end
    return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

--- progress.bar(total, {label = "epoch 1", file = io.stderr, terminal = true|false, clock = function});
--- then bar:update(done, "loss 0.3"), bar:close().
function progress.bar(total, options)
    options = options or {}
    if type(total) ~= "number" or not (total >= 0) then
        lun.fail("progress.bar", "the total must be a number not below 0, got " .. tostring(total), "progress.bar(#loader)")
    end
    local file, terminal, clock = options.file or io.stderr, options.terminal, options.clock or lun.wall_clock
    if terminal == nil then terminal = lun.is_terminal(file) end
    return setmetatable({total = total, label = options.label or "", file = file, terminal = terminal, clock = clock, started = clock(),
                         shown = 0, drawn_at = -math.huge}, Bar)
end

local function line(parts)
    local kept = {}
    for _, part in ipairs(parts) do
        if part ~= "" then kept[#kept + 1] = part end
    end
    return table.concat(kept, " ")
end

function Bar:text(done, note)
    local elapsed = math.max(self.clock() - self.started, 1e-9)
    local rate, width = done / elapsed, 24
    local left = rate > 0 and clock_text((self.total - done) / rate) or "?"
    local share = self.total > 0 and math.max(0, math.min(1, done / self.total)) or 1
    local filled = math.floor(share * width + 0.5)
    return line {self.label, ("%3d%% [%s%s] %d/%d %.1f/s %s left"):format(math.floor(share * 100 + 1e-9), ("="):rep(filled),
                 (" "):rep(width - filled), done, self.total, rate, left), note or ""}
end

-- A line longer than the terminal would wrap, and could not be drawn over.
local function fitting(text)
    local columns = math.tointeger(tonumber(os.getenv "COLUMNS")) or 80
    return #text < columns and text or text:sub(1, columns - 1)
end

function Bar:update(done, note)
    if batch and self.file == io.stderr then return end
    local now = self.clock()
    if self.terminal then
        if done < self.total and now - self.drawn_at < 0.1 then return end
        self.file:write("\r\27[K", fitting(self:text(done, note)))
        self.file:flush()
        self.drawn_at = now
        return
    end
    local tenth = self.total > 0 and math.min(10, done * 10 // self.total) or 10
    if tenth > self.shown then
        self.shown = tenth
        self.file:write(self:text(done, note), "\n")
    end
end

--- Ends the line on a terminal, so that the next output begins below it.
function Bar:close()
    if self.terminal and self.drawn_at > -math.huge then
        self.file:write("\n")
        self.file:flush()
        self.drawn_at = -math.huge
    end
end

return progress
