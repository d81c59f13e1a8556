-- display.lua - what a cell shows that is no text: charts become SVG
--
-- lib/plot.lua asks here before it draws in the terminal. Without gnuplot a chart is kept as the text that the terminal
-- would show. Read next: lib/notebook/run.lua, repl/record.h. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"

local display = {}

local SIZE = {720, 400}

-- The chart as SVG text; nil when it cannot be made.
local function svg(chart)
    local path = os.tmpname()
    local gone <close> = setmetatable({}, {__close = function()
        os.remove(path)
        os.remove(path .. ".svg")
    end})
    if not pcall(chart.save, chart, path .. ".svg", chart.options.size or SIZE, "light") then return nil end
    local file = io.open(path .. ".svg", "r")
    local text = file and file:read "a"
    if file then file:close() end
    return text and text:gsub("[ \t]+\n", "\n"):gsub("\n\n+", "\n"):gsub("\n+$", "")
end

--- Puts a chart among the outputs of the cell that is recorded; false when none is.
function display.chart(chart)
    if not shell.recording() then return false end
    local drawn = chart:text {columns = 90, rows = math.min(20 * (chart.panels or 1), 60), ascii = false, colors = 0}
    local summary = tostring(chart):match "^chart%((.*)%)$" or chart.kind
    shell.emit {kind = "chart", summary = summary:gsub("^plot%.", ""):gsub("%c", " "), text = svg(chart) or drawn, shown = drawn}
    return true
end

--- The curves of a live chart as they are at its end.
function display.live(live)
    if not shell.recording() then return false end
    if #live.history > 0 then live:save(nil) end
    return true
end

return display
