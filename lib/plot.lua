-- plot.lua - charts: curve, live, hist, image, scatter, heat
--
-- Every function takes tensors or plain tables of numbers, draws in the terminal, or writes the file named by `to`, and returns
-- the chart: chart:show(), chart:save("x.svg"), chart:script(). What a chart needs is brought into shape here; drawing is C.
-- Holds: an unknown option is an error that lists the known ones; a value that is not a number is marked, never dropped.
-- Read next: plot_data.lua (how values and histories are read), lua_bindings/plot.c, plot/chart.h.
-- SPDX-License-Identifier: MIT
local core = require "lunette.plot_core"
local data = require "lunette.plot_data"
local fail = data.fail

local plot = {}

-- What every chart understands; each function adds its own.
local common = {
    title = "text above", xlabel = "words", ylabel = "words", log = '"x", "y" or "xy"',
    xlim = "{low, high}", ylim = "{low, high}", to = "file.png, .svg or .pdf, or a list of them", size = "{width, height} of the file",
    theme = '"light", "dark" or "clear"', rows = "height in the terminal", columns = "width in the terminal",
    show = "false: do not draw in the terminal",
}

local function check_options(name, options, own)
    if options == nil then return {} end
    if type(options) ~= "table" then fail("%s: the options are a table, not %s", name, data.describe(options)) end
    for key in pairs(options) do
        if not common[key] and not own[key] then
            local known = {}
            for k in pairs(common) do known[#known + 1] = k end
            for k in pairs(own) do if not common[k] then known[#known + 1] = k end end
            table.sort(known)
            fail("%s: no option %q\nhint: the options are %s", name, tostring(key), table.concat(known, ", "))
        end
    end
    return options
end

local function limits(name, key, value)
    if value == nil then return nil, nil end
    if type(value) ~= "table" then fail("%s: %s is {low, high}, not %s", name, key, data.describe(value)) end
    local low, high = value[1], value[2]
    if type(low) ~= "number" or type(high) ~= "number" or not (low < high) then
        fail("%s: %s is {low, high} with low below high", name, key)
    end
    return low, high
end

-- --- the chart that every function returns ---------------------------------------------------------------------

local Chart = {}
Chart.__index = Chart
Chart.__name = "lunette.plot.chart"

-- Where words and axes come from is the same for all kinds.
local function new_chart(name, options)
    local chart = setmetatable({ kind = name, options = options, core = core.chart(), summary = "" }, Chart)
    for which, option in pairs { title = "title", x = "xlabel", y = "ylabel" } do
        local text = options[option]
        if text ~= nil then chart.core:text(which, tostring(text)) end
    end
    local log = options.log == true and "y" or options.log or ""
    if log ~= "" and log ~= "x" and log ~= "y" and log ~= "xy" then
        fail('%s: log is "x", "y" or "xy", not %s', name, data.describe(log))
    end
    for _, axis in ipairs { "x", "y" } do
        local low, high = limits(name, axis .. "lim", options[axis .. "lim"])
        chart.core:axis(axis, log:find(axis, 1, true) ~= nil, low, high)
    end
    return chart
end

local function whole(name, value, default)
    if value == nil then return default end
    local n = math.tointeger(value)
    if not n or n < 1 or n > 10000 then fail("%s is a whole number from 1 to 10000, not %s", name, data.describe(value)) end
    return n
end

-- The chart as text: :text{columns=, rows=, ascii=, colors=}; without options as this terminal shows it.
function Chart:text(how)
    how = how or {}
    local screen = core.screen()
    local columns = whole("columns", how.columns or self.options.columns, screen.columns - 1)
    local tall = self.tall and screen.rows - 2 or math.min(20, screen.rows - 2)
    local rows = whole("rows", how.rows or self.options.rows, math.max(tall, 6))
    local ascii, colors = how.ascii, how.colors
    if ascii == nil then ascii = screen.ascii end
    if colors == nil then colors = screen.colors end
    return self.core:draw(columns, rows, ascii, colors)
end

local function pictures(chart, screen)
    local width = math.min(math.floor(screen.width * 0.9), 1000)
    local height = math.min(math.floor(width * 0.58), math.floor(screen.height * 0.8))
    if screen.graphics == "dumb" then
        return chart.core:picture("dumb", screen.columns - 1, math.min(26, math.max(screen.rows - 1, 8)), "light")
    end
    return chart.core:picture(screen.graphics, math.max(width, 100), math.max(height, 60), "clear")
end

-- Draws in the terminal, in the best way that it knows (LUNETTE_GRAPHICS chooses another).
function Chart:show()
    local screen = core.screen()
    if screen.graphics == "none" then return self end
    local text
    if screen.graphics ~= "braille" then
        local good, result = pcall(pictures, self, screen)
        if not good and os.getenv("LUNETTE_GRAPHICS") then error(result, 0) end
        text = good and result or nil -- a terminal that could, without gnuplot: text does as well
    end
    io.stdout:write(text or self:text(), "")
    io.stdout:flush()
    core.touched()
    return self
end

local function file_size(name, size)
    if size == nil then return 0, 0 end
    if type(size) ~= "table" then fail("%s: size is {width, height}, not %s", name, data.describe(size)) end
    return whole(name .. ": the width", size[1], 720), whole(name .. ": the height", size[2], 440)
end

-- Writes a PNG, SVG or PDF, whichever the name ends in.
function Chart:save(path, size, theme)
    if type(path) ~= "string" then fail('to is a file name such as "chart.png", not %s', data.describe(path)) end
    local width, height = file_size(self.kind, size or self.options.size)
    self.core:save(path, width, height, theme or self.options.theme or "light")
    return self
end

-- The gnuplot commands that draw it, as text.
function Chart:script(format)
    local width, height = file_size(self.kind, self.options.size)
    return self.core:script(format or "png", width > 0 and width or 720, height > 0 and height or 440, self.options.theme or "light")
end

function Chart:__tostring()
    return ("chart(%s%s)"):format(self.kind, self.summary ~= "" and ": " .. self.summary or "")
end

-- Draws it where the options say.
local function deliver(chart)
    local to = chart.options.to
    if type(to) == "table" then
        for _, path in ipairs(to) do chart:save(path) end
    elseif to ~= nil then
        chart:save(to)
    elseif chart.options.show ~= false then
        chart:show()
    end
    return chart
end

local function check_smooth(name, smooth, default)
    if smooth == nil then return default end
    if smooth == true then return -1 end -- by the number of points
    if smooth == false then return 0 end
    if type(smooth) ~= "number" or not (smooth >= 0 and smooth < 1) then
        fail("%s: smooth is true or a number from 0 to below 1 (0.9 keeps nine tenths of the past), not %s", name, data.describe(smooth))
    end
    return smooth
end

local curve_options = { smooth = "true, or 0 to below 1", labels = "names of the curves", metric = 'which field of a history: "loss"',
                        by = 'the field on the x axis: "step", "epoch"', mark = '"line", "points" or "bars"' }

-- plot.curve(y) / plot.curve(history) / plot.curve{train = y1, validation = y2}: lines, one per series.
function plot.curve(values, options)
    options = check_options("plot.curve", options, curve_options)
    local list, words = data.series("plot.curve", values, options)
    local merged = setmetatable({}, { __index = options })
    merged.xlabel, merged.ylabel = options.xlabel or words.x, options.ylabel or words.y
    local chart = new_chart("plot.curve", merged)
    local mark = options.mark or "line"
    if mark ~= "line" and mark ~= "points" and mark ~= "bars" then
        fail('plot.curve: mark is "line", "points" or "bars", not %s', data.describe(mark))
    end
    chart.core:smooth(check_smooth("plot.curve", options.smooth, 0))
    local names = {}
    for i, series in ipairs(list) do
        chart.core:series(mark, series.label, series.x, series.y)
        names[i] = ("%s%d points"):format(series.label ~= "" and series.label .. " " or "", #series.y)
    end
    chart.summary = table.concat(names, ", ")
    return deliver(chart)
end

-- plot.hist(x): how often which values occur.
function plot.hist(values, options)
    options = check_options("plot.hist", options, { bins = "number of bars" })
    local chart = new_chart("plot.hist", options)
    local flat = data.flat("plot.hist", values)
    chart.core:count(flat, options.bins ~= nil and whole("plot.hist: bins", options.bins) or nil)
    chart.summary = #flat .. " values"
    return deliver(chart)
end

-- plot.scatter(xy, labels) / plot.scatter(x, y, labels): one sign and colour per label.
function plot.scatter(first, ...)
    local x, y, labels, options = data.points("plot.scatter", first, ...)
    options = check_options("plot.scatter", options, {})
    local chart = new_chart("plot.scatter", options)
    for _, group in ipairs(data.groups("plot.scatter", x, y, labels)) do
        chart.core:series("points", group.label, group.x, group.y)
    end
    chart.summary = #x .. " points"
    return deliver(chart)
end

-- plot.image(x): H x W (grey), C x H x W with 1, 3 or 4 planes, or a batch of them as a mosaic.
function plot.image(values, options)
    options = check_options("plot.image", options, { range = "{darkest, brightest}", across = "pictures per row of a mosaic" })
    local picture = data.picture("plot.image", values, options.across and whole("plot.image: across", options.across))
    local chart = new_chart("plot.image", options)
    local low, high = limits("plot.image", "range", options.range)
    if not low then low, high = data.brightness(picture.values) end
    chart.core:grid(true, picture.values, picture.rows, picture.columns, picture.planes, low, high)
    chart.summary = ("%dx%dx%d"):format(picture.planes, picture.rows, picture.columns)
    chart.tall = true
    return deliver(chart)
end

-- plot.heat(x): a matrix as colours; a small one with its numbers.
function plot.heat(values, options)
    options = check_options("plot.heat", options, { range = "{low, high}", row_names = "list", column_names = "list" })
    local rows, columns, flat = data.matrix("plot.heat", values)
    local chart = new_chart("plot.heat", options)
    local low, high = limits("plot.heat", "range", options.range)
    chart.core:grid(false, flat, rows, columns, 1, low, high)
    for axis, key in pairs { x = "column_names", y = "row_names" } do
        for _, name in ipairs(options[key] or {}) do chart.core:name(axis, tostring(name)) end
    end
    chart.summary = rows .. "x" .. columns
    chart.tall = true
    return deliver(chart)
end

-- The gnuplot commands of a chart, as text: plot.script(plot.curve(h, {show = false})).
function plot.script(chart, format)
    if getmetatable(chart) ~= Chart then fail("plot.script: wants a chart, as plot.curve returns it, not %s", data.describe(chart)) end
    return chart:script(format)
end

-- ASCII without colours from now on, as with --plain.
function plot.plain(on) core.plain(on ~= false) end

-- Something else wrote to the terminal: a live chart goes on below it.
function plot.touched() core.touched() end

-- --- live curves ---------------------------------------------------------------------------------------------------

local Live = {}
Live.__index = Live
Live.__name = "lunette.plot.live"

local live_options = { smooth = "true, or 0 to below 1", metric = 'what is drawn: "loss"', by = 'the field on the x axis' }

-- plot.live{title=, log=, to=}: a curve that grows while a network learns.
-- live:add{train_loss = 0.3, val_loss = 0.4, epoch = 2}; live:close().
function plot.live(options)
    options = check_options("plot.live", options, live_options)
    local chart = new_chart("plot.live", options)
    chart.core:smooth(check_smooth("plot.live", options.smooth, -1))
    return setmetatable({ core = core.live(chart.core, whole("plot.live: rows", options.rows, 0)), options = options,
                          history = {}, latest = {}, series = {}, metric = options.metric }, Live)
end

-- The fields of a record that are drawn, in a steady order, and the rest as words.
local function split(live, record)
    local drawn, words = {}, {}
    for _, field in ipairs(data.fields(record)) do
        local part, metric = data.role(field)
        if data.is_axis(field) then
            table.insert(words, 1, ("%s %s"):format(field, data.show(record[field])))
        elseif metric == live.metric then
            drawn[#drawn + 1] = { field = field, label = part }
            words[#words + 1] = ("%s %s"):format(field, data.show(record[field]))
        else
            words[#words + 1] = ("%s %s"):format(field, data.show(record[field]))
        end
    end
    return drawn, words
end

-- What the first record tells about the axes, where the options are silent.
function Live:name_axes(record)
    local axis = self.options.by or data.axis_name(record)
    if not self.options.ylabel and self.metric and self.metric ~= "" then self.core:text("y", self.metric) end
    if not self.options.xlabel and axis then self.core:text("x", axis) end
end

-- Takes what is known now: numbers by name, `status` for the line below. Cheap: it redraws at most ten times a second.
function Live:add(record)
    if self.closed then fail("live:add: the chart is closed\nhint: open a new one with plot.live()") end
    if type(record) ~= "table" then fail("live:add: wants a table such as {train_loss = 0.3}, not %s", data.describe(record)) end
    record = data.numbers_of("live:add", record)
    self.history[#self.history + 1] = record
    if #self.history == 1 then
        self.metric = self.metric or data.main_metric(record)
        self:name_axes(record)
    end
    for key, value in pairs(record) do self.latest[key] = value end
    local drawn = split(self, record)
    local x = data.axis_value(record, self.options.by) or #self.history
    for _, item in ipairs(drawn) do
        self.series[item.field] = self.series[item.field] or self.core:series(item.label)
        self.core:append(self.series[item.field], x, record[item.field])
    end
    self.core:status(record.status or table.concat(select(2, split(self, self.latest)), "  "))
    if self.options.show ~= false then self.core:show(false) end
    return self
end
Live.update = Live.add

-- A line that stays above the chart ("epoch 3: accuracy 0.91"); where there is no terminal it is printed at once.
function Live:note(text)
    if self.options.show ~= false then self.core:note(tostring(text)) end
    return self
end

-- Draws the last state, writes the file that `to` names. Again is harmless.
function Live:close()
    if self.closed then return self end
    self.closed = true
    if self.options.show ~= false then self.core:close() end
    if self.options.to then self:save(self.options.to) end
    return self
end
Live.__close = Live.close

-- The same curves as a file, at any time.
function Live:save(to)
    local o = self.options
    plot.curve(self.history, { title = o.title, xlabel = o.xlabel, ylabel = o.ylabel, log = o.log, xlim = o.xlim, ylim = o.ylim, size = o.size,
                               theme = o.theme, metric = self.metric, by = o.by, smooth = o.smooth == nil or o.smooth,
                               to = to })
    return self
end

function Live:__tostring() return ("live chart(%d records)"):format(#self.history) end

return plot
