-- progress.lua - progress bars with rate and time left, and who draws at the bottom of the screen
--
-- On a terminal the open bars stand below everything else, outermost first, redrawn in place at most ten times a second; while a live chart is
-- open (lib/plot_live.lua) it draws them as the lines under its curves. What `print` and `io.write` write goes above them. Elsewhere the outermost
-- bar prints one line per 10 %; with --batch nothing. Holds: the cursor stands below the bars, so an error or Ctrl-C leaves a tidy screen.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.plot_core"
local progress = {}
local Bar = {}
Bar.__index = Bar

local in_program, shell = pcall(require, "lunette.shell")
local batch = in_program and shell.batch

-- --- the bottom of the screen ---------------------------------------------------------------------------------

local open = {}  -- bars on a terminal, outermost first
local rows = 0   -- of theirs that stand above the cursor
local chart      -- the live chart that draws them now
local speaker = setmetatable({}, {__mode = "v"}) -- [1] is the bar that prints where nothing can be drawn over
local plain_print, plain_write, our_print, our_write

-- A line longer than the terminal would wrap, and could not be drawn over.
local function fitting(text) return core.fit(text, core.screen(true).columns - 1) end

local function erase(file)
    if rows > 0 then file:write(("\27[%dA\r\27[J"):format(rows)) end
    rows = 0
end

-- Takes what is drawn off the screen, writes, and lets it be drawn anew below.
local function above(write, ...)
    if open[1] then erase(open[1].file) end
    local result = table.pack(write(...))
    io.stdout:flush()
    if chart then core.touched() end
    return table.unpack(result, 1, result.n)
end

local function watch_writers(on)
    if on and not our_print then
        plain_print, plain_write = _G.print, io.write
        our_print = function(...) return above(plain_print, ...) end
        our_write = function(...) return above(plain_write, ...) end
        _G.print, io.write = our_print, our_write
    elseif not on and our_print then
        if _G.print == our_print then _G.print = plain_print end
        if io.write == our_write then io.write = plain_write end
        our_print = nil
    end
end

local function paint()
    if chart then return chart:redraw() end
    if not open[1] then return end
    local parts = {rows > 0 and ("\27[%dA\r"):format(rows) or "\r"}
    for _, text in ipairs(progress.lines()) do parts[#parts + 1] = fitting(text) .. "\27[K\n" end
    if rows > #open then parts[#parts + 1] = "\27[J" end
    open[1].file:write(table.concat(parts))
    open[1].file:flush()
    rows = #open
end

--- The lines of the open bars, for the chart that draws them.
function progress.lines()
    local lines = {}
    for i, bar in ipairs(open) do lines[i] = bar.line or bar:text(0) end
    return lines
end

--- From now on this live chart draws the bars; nil: they draw themselves again.
function progress.under(live)
    if open[1] then erase(open[1].file) end
    chart = live
    watch_writers(chart or open[1])
end

-- What an error left open belongs to the cell that failed.
local function forget()
    for i = #open, 1, -1 do
        open[i].closed = true
        open[i] = nil
    end
    rows, chart = 0, nil
    watch_writers(false)
end
if in_program then shell.on_cell(forget) end

-- --- a bar ----------------------------------------------------------------------------------------------------

local function clock_text(seconds)
    seconds = math.max(0, math.floor(seconds + 0.5))
    if seconds >= 3600 then return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60) end
    return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

local function drawn_on(file)
    local term = os.getenv "TERM" or ""
    local plain = in_program and shell.plain and lun.is_terminal() -- it is also said of a standard output that is a file
    return lun.is_terminal(file) and term ~= "" and term ~= "dumb" and not plain
end

-- Stands below those that are not at their end.
local function enter(bar)
    if bar.terminal then
        while open[#open] and open[#open].at_end do open[#open]:close() end
        open[#open + 1] = bar
    elseif not speaker[1] or speaker[1].closed or speaker[1].at_end then
        speaker[1] = bar
    end
    return bar
end

--- progress.bar(total, {label = "epoch 1", file = io.stderr, terminal = true|false, clock = function});
--- then bar:update(done, "loss 0.3"), bar:close(). A bar that is made while another is open stands below it and goes when it is closed.
--- drawn = false: only its text is wanted.
function progress.bar(total, options)
    options = options or {}
    if type(total) ~= "number" or not (total >= 0) then
        lun.fail("progress.bar", "the total must be a number not below 0, got " .. tostring(total), "progress.bar(#loader)")
    end
    local file, terminal, clock = options.file or io.stderr, options.terminal, options.clock or lun.wall_clock
    if terminal == nil then terminal = drawn_on(file) end
    local bar = setmetatable({total = total, label = options.label or "", file = file, terminal = terminal, clock = clock, started = clock(),
                              shown = 0, drawn_at = -math.huge, closed = options.drawn == false or batch and file == io.stderr}, Bar)
    return bar.closed and bar or enter(bar)
end

local function line(parts)
    local kept = {}
    for _, part in ipairs(parts) do
        if part ~= "" then kept[#kept + 1] = part end
    end
    return table.concat(kept, " ")
end

-- A total of 0 is one that is not known.
function Bar:text(done, note)
    local elapsed = math.max(self.clock() - self.started, 1e-9)
    local rate, width = done / elapsed, 24
    if self.total == 0 and done > 0 then return line {self.label, ("%d done, %.1f/s"):format(done, rate), note or ""} end
    local left = rate > 0 and clock_text((self.total - done) / rate) or "?"
    local share = self.total > 0 and math.max(0, math.min(1, done / self.total)) or 1
    local filled = math.floor(share * width + 0.5)
    return line {self.label, ("%3d%% [%s%s] %d/%d %.1f/s %s left"):format(math.floor(share * 100 + 1e-9), ("="):rep(filled),
                 (" "):rep(width - filled), done, self.total, rate, left), note or ""}
end

local function print_tenth(self, done, note)
    local tenth = self.total > 0 and math.min(10, done * 10 // self.total) or 10
    if tenth <= self.shown or speaker[1] ~= self then return end
    self.shown = tenth
    self.file:write(self:text(done, note), "\n")
end

function Bar:update(done, note)
    if self.closed then return end
    self.at_end = done >= self.total
    if not self.terminal then return print_tenth(self, done, note) end
    local now = self.clock()
    if not self.at_end and now - self.drawn_at < 0.1 then return end
    self.line = self:text(done, note):gsub("%c", " ")
    self.drawn_at = now
    watch_writers(true)
    paint()
end

--- The outermost bar stays as it was drawn last, one below it goes; `leave` false takes the outermost away, too.
function Bar:close(leave)
    if self.closed then return end
    self.closed = true
    local place
    for i, bar in ipairs(open) do place = bar == self and i or place end
    if not place then return end
    local stays = place == 1 and leave ~= false and not chart
    for i = #open, stays and 2 or place, -1 do
        open[i].closed = true
        open[i] = nil
    end
    if stays and self.line then paint() end
    if not stays and not open[1] then erase(self.file) end
    if not stays then paint() end
    if stays then open[1], rows = nil, 0 end
    if not open[1] and not chart then watch_writers(false) end
end
Bar.__close = function(self) self:close() end

return progress
