-- plot.lua - charts: curve, live, hist, image, scatter, heat, confusion
--
-- Every function takes tensors or plain tables of numbers, draws in the terminal, or writes the file named by `to`, and returns
-- the chart: chart:show(), chart:save("x.svg"), chart:script(). What a chart needs is brought into shape here; drawing is C.
-- Holds: an unknown option is an error that lists the known ones; a value that is not a number is marked, never dropped.
-- Read next: plot_live.lua, plot_data.lua (how values and histories are read), lua_bindings/plot.c, plot/chart.h.
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
    local tall = self.tall and screen.rows - 2 or math.min(20 * (self.panels or 1), screen.rows - 2)
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

-- Draws in the terminal, in the best way that it knows (LUNETTE_GRAPHICS chooses another); in a notebook it is an output of the cell.
function Chart:show()
    local notebook = package.loaded["lunette.notebook.display"]
    if notebook and notebook.chart(self) then return self end
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

local curve_options = { smooth = "true, or 0 to below 1", labels = "names of the curves", metric = 'which field of a history, or a list: "loss"',
                        by = 'the field on the x axis: "step", "epoch"', mark = '"line", "points" or "bars"' }

local function curve_chart(values, options)
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
    return chart
end

-- Charts under the first one, as one chart.
local function stack(charts)
    for i = 2, #charts do charts[1].core:below(charts[i].core) end
    charts[1].panels = #charts
    return charts[1]
end

-- plot.curve(y) / plot.curve(history) / plot.curve{train = y1, validation = y2}: lines, one per series. Several metrics of a history
-- ({metric = {"loss", "accuracy"}}) stand under each other; title and limits are those of the first.
function plot.curve(values, options)
    options = check_options("plot.curve", options, curve_options)
    if type(options.metric) ~= "table" then return deliver(curve_chart(values, options)) end
    if #options.metric == 0 then fail('plot.curve: metric is a name or a list of names such as {"loss", "accuracy"}') end
    local charts = {}
    for i, metric in ipairs(options.metric) do
        local own = setmetatable({ metric = metric }, { __index = plot.panel_options(options, i) })
        charts[i] = curve_chart(values, own)
    end
    charts[1].options = options
    return deliver(stack(charts))
end

-- What of the options is meant for panel i.
function plot.panel_options(options, i)
    if i == 1 then return options end
    local own = {}
    for key, value in pairs(options) do own[key] = value end
    own.title, own.ylim, own.ylabel = nil, nil, nil
    if own.log == "y" or own.log == true then own.log = nil elseif own.log == "xy" then own.log = "x" end
    return own
end

local hist_options = { bins = "number of bars", of = '"weights" or "gradients" of a network' }

local function hist_chart(values, options)
    local chart = new_chart("plot.hist", options)
    local flat = data.flat("plot.hist", values)
    chart.core:count(flat, options.bins ~= nil and whole("plot.hist: bins", options.bins) or nil)
    chart.summary = #flat .. " values"
    return chart
end

-- One panel for each weight (biases and scales, of one dim, are left out) or its gradient.
local function network_hists(net, options)
    local charts, gradients = {}, options.of == "gradients"
    for _, pair in ipairs(net:named_parameters()) do
        local x = pair[2]
        if gradients then x = x.grad end
        if x and x.ndim > 1 and #charts < 12 then
            local own = { title = ("%s %s[%s]"):format(pair[1], gradients and "gradient " or "", table.concat(x.shape, ",")) }
            charts[#charts + 1] = hist_chart(x:detach():reshape(-1), setmetatable(own, { __index = options }))
        end
    end
    if #charts == 0 then fail("plot.hist: the network has no %s\nhint: loss:backward()", gradients and "gradients" or "weights") end
    charts[1].options = options
    charts[1].summary = #charts .. (gradients and " gradients" or " weights")
    return stack(charts)
end

-- plot.hist(x): how often which values occur. plot.hist(net, {of = "gradients"}): the weights or gradients of each layer.
function plot.hist(values, options)
    options = check_options("plot.hist", options, hist_options)
    if options.of ~= nil and options.of ~= "weights" and options.of ~= "gradients" then
        fail('plot.hist: of is "weights" or "gradients", not %s', data.describe(options.of))
    end
    if type(values) == "table" and values.named_parameters then return deliver(network_hists(values, options)) end
    return deliver(hist_chart(values, options))
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

-- plot.confusion(predicted, target, {names = {...}}) or plot.confusion(matrix): how often a class (row) is taken for another (column).
function plot.confusion(first, second, options)
    local matrix = first
    if data.is_tensor(second) then
        matrix = require "lunette.metrics".confusion_matrix(first, second, options and options.classes and { classes = options.classes })
    else
        options = second or options
    end
    options = check_options("plot.confusion", options, { range = "{low, high}", names = "list of the classes", classes = "how many there are" })
    local rows = select(1, data.matrix("plot.confusion", matrix))
    local names = {}
    for i = 1, rows do names[i] = options.names and options.names[i] or i end
    local own = { row_names = names, column_names = names, xlabel = options.xlabel or "predicted", ylabel = options.ylabel or "is" }
    for key, value in pairs(options) do
        if key ~= "names" and key ~= "classes" then own[key] = value end
    end
    return plot.heat(matrix, own)
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

plot.live = require "lunette.plot_live"(plot, new_chart, check_options, whole, check_smooth)

return plot
