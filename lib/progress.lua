-- progress.lua - a progress bar with rate and time left
--
-- On a terminal one line redrawn in place, at most ten times a second; elsewhere one line per 10 %. SPDX-License-Identifier: MIT
local progress = {}
local Bar = {}
Bar.__index = Bar

local function clock_text(seconds)
    seconds = math.max(0, math.floor(seconds + 0.5))
    if seconds >= 3600 then return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60) end
    return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

--- progress.bar(total, {label = "epoch 1", file = io.stderr, terminal = true|false}); then bar:update(done, "loss 0.3"), bar:close().
function progress.bar(total, options)
    options = options or {}
    local lun = require "lunette"
    local terminal = options.terminal
    if terminal == nil then terminal = lun.is_terminal and lun.is_terminal() or false end
    return setmetatable({total = total, label = options.label or "", file = options.file or io.stderr, terminal = terminal,
                         clock = lun.wall_clock or os.clock, started = (lun.wall_clock or os.clock)(), shown = -1, drawn_at = -1},
                        Bar)
end

function Bar:text(done, note)
    local elapsed = math.max(self.clock() - self.started, 1e-9)
    local rate = done / elapsed
    local left = rate > 0 and clock_text((self.total - done) / rate) or "?"
    local width, share = 24, self.total > 0 and done / self.total or 1
    local filled = math.floor(share * width + 0.5)
    return ("%s %3d%% [%s%s] %d/%d %.1f/s %s left %s"):format(self.label, math.floor(share * 100 + 1e-9), ("="):rep(filled),
           (" "):rep(width - filled), done, self.total, rate, left, note or "")
end

function Bar:update(done, note)
    local now = self.clock()
    if self.terminal then
        if done < self.total and now - self.drawn_at < 0.1 then return end
        self.file:write("\r\27[K", self:text(done, note))
        self.file:flush()
        self.drawn_at = now
        return
    end
    local tenth = self.total > 0 and done * 10 // self.total or 10
    if tenth > self.shown then
        self.shown = tenth
        self.file:write(self:text(done, note), "\n")
    end
end

function Bar:close()
    if self.terminal then
        self.file:write("\r\27[K")
        self.file:flush()
    end
end

return progress
