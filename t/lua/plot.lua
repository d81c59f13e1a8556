-- plot.lua - charts from Lua: what people may pass, what they get, what they are told
--
-- Drawings go to text with chart:text{...}, so nothing depends on the terminal of the test. Pictures need gnuplot and are
-- skipped without it. Read next: lib/plot.lua, lib/plot_data.lua, t/plot/drawing.c.
-- SPDX-License-Identifier: MIT
local tap = require "tap"
local has_lun, lun = pcall(require, "lunette") -- first: it makes the modules below it known
local plot = require "lunette.plot"

local quiet = { columns = 60, rows = 10, ascii = false, colors = 0 }

local function with(options)
    options = options or {}
    options.show = false
    return options
end

-- The chart as text, without drawing it.
local function text(chart) return chart:text(quiet) end

local function has(chart, words, name)
    local drawn = text(chart)
    if not drawn:find(words, 1, true) then return tap.fail(name, "lacks " .. words, drawn) end
    return tap.ok(true, name)
end

local function lacks(chart, words, name)
    return tap.ok(not text(chart):find(words, 1, true), name)
end

-- --- curves ----------------------------------------------------------------------------------------------------------

tap.is(plot.curve({ 0, 1, 2, 3 }, with()):text { columns = 30, rows = 8, ascii = true, colors = 0 }, [[
   |                     ****
   |                 *****
 2 +            ******
   |        *****
   |    ****
 0 +****
   ++-------+-------+-------+
    1       2       3       4
]], "a list of numbers")

local history = {}
for epoch = 1, 8 do
    history[epoch] = { epoch = epoch, train_loss = 2 / epoch, val_loss = 2 / epoch + 0.1, val_accuracy = 1 - 1 / epoch }
end
local curve = plot.curve(history, with { title = "a run" })
has(curve, "a run", "a history: title")
has(curve, "train", "train")
has(curve, "validation", "and validation")
has(curve, "loss", "the loss is what is drawn")
has(curve, "epoch", "over epochs")
lacks(curve, "accuracy", "and not the accuracy")
tap.is(tostring(curve), "chart(plot.curve: train 8 points, validation 8 points)", "a chart prints what it holds")
has(plot.curve(history, with { metric = "accuracy" }), "accuracy", "another metric")
has(plot.curve({ train = { 1, 2 }, val = { 2, 3 } }, with()), "val", "lists by name")
has(plot.curve({ first = history, second = history }, with()), "second validation", "several runs")
has(plot.curve({ { 1, 2 }, { 3, 4 } }, with { labels = { "one", "two" } }), "two", "several lists with names")
has(plot.curve({ 1, 10, 100 }, with { log = "y" }), "100", "a log axis")
has(plot.curve({ 1, 0, -1 }, with { log = true }), "not positive", "and what it cannot show")
has(plot.curve({ 1, 0 / 0, 2 }, with()), "NaN", "NaN is marked")
tap.ok(#text(plot.curve({}, with())) > 0, "no values")
tap.ok(#text(plot.curve({ 5 }, with())) > 0, "one value")
has(plot.curve({ 1, 2, 3 }, with { ylim = { 0, 30 } }), "30", "limits")
tap.is(history[1].train_loss, 2.0, "the history is as it was")

-- Whatever has :totable() is a tensor.
local Fake = {}
Fake.__index = Fake
function Fake:totable() return self.values end
local function fake(values) return setmetatable({ values = values }, Fake) end
tap.is(text(plot.curve(fake { 1, 2, 3 }, with())), text(plot.curve({ 1, 2, 3 }, with())), "a tensor draws as its numbers")
tap.ok(text(plot.curve({ { epoch = 1, loss = fake(2.5) }, { epoch = 2, loss = fake(1.5) } }, with())), "a loss that is a 0-d tensor")
if has_lun and type(lun) == "table" and lun.tensor then
    tap.is(text(plot.curve(lun.tensor { 1, 2, 3 }, with())), text(plot.curve({ 1, 2, 3 }, with())), "a tensor of Lunette")
    tap.ok(text(plot.hist(lun.randn(3, 4), with())), "its histogram")
    tap.ok(text(plot.image(lun.rand(3, 8, 8), with())), "its picture")
    tap.ok(text(plot.scatter(lun.randn(10, 2), with())), "its points")
else
    tap.skip("Lunette itself is not there")
end

-- --- the other kinds -----------------------------------------------------------------------------------------------

has(plot.hist({ 1, 2, 2, 3 }, with()), "█", "a histogram")
has(plot.hist({ { 1, 2 }, { 2, 0 / 0 } }, with()), "1 value is NaN", "of a matrix with a NaN")
tap.ok(#text(plot.hist({}, with())) > 0, "of nothing")
has(plot.scatter({ { 1, 2 }, { 2, 3 } }, with()), "●", "points")
local groups = plot.scatter({ 1, 2, 3 }, { 3, 2, 1 }, { "cat", "dog", "cat" }, with())
has(groups, "● cat   ▲ dog", "points by label")
has(plot.scatter({ { 1, 2 }, { 2, 3 } }, { 2, 1 }, with()), "● 1   ▲ 2", "labels that are numbers are in order")
tap.ok(#text(plot.scatter({}, with())) > 0, "no point")
tap.is(plot.heat({ { 1, 2 }, { 3, 4.5 } }, with { row_names = { "a", "b" } }):text(quiet), "        1      2\n a      1      2\n b      3    4.5\n",
       "a small matrix shows its numbers")
tap.is(plot.image({ { 0, 1 }, { 1, 0 } }, with()):text { columns = 8, rows = 6, ascii = true, colors = 0 }, "    @@@@\n    @@@@\n@@@@\n@@@@\n",
       "a picture")
tap.ok(plot.image({ { { 1 } }, { { 2 } }, { { 3 } } }, with()).summary == "3x1x1", "three planes are colours")
tap.ok(plot.image({ { { 1 } }, { { 2 } } }, with()).summary == "1x1x3", "two grey pictures stand side by side")
tap.ok(#text(plot.image({}, with())) > 0, "no picture")

-- --- mistakes --------------------------------------------------------------------------------------------------------

local function refuses(words, name, f, ...)
    tap.fails(f, nil, words, name)
end
refuses("options are", "an unknown option lists the known ones", function() plot.curve({ 1 }, { titel = "x" }) end)
refuses("where a number should be", "text among numbers", function() plot.curve({ 1, "x" }) end)
refuses("a list of numbers", "a number alone", function() plot.curve(3) end)
refuses("different shape", "ragged rows", function() plot.heat { { 1, 2 }, { 3 } } end)
refuses("2 dimensions", "a heat map of a list", function() plot.heat { 1, 2 } end)
refuses("planes x height x width", "five dimensions", function() plot.image { { { { { 1 } } } } } end)
refuses("n x 2", "three columns", function() plot.scatter { { 1, 2, 3 } } end)
refuses("2 x values but 1 y", "lists of different length", function() plot.scatter({ 1, 2 }, { 1 }) end)
refuses("labels for", "too few labels", function() plot.scatter({ { 1, 2 }, { 3, 4 } }, { "a" }) end)
refuses("picture format", "an unknown file format", function() plot.curve({ 1 }, { to = "x.gif" }) end)
refuses("control character", "a newline in a title", function() plot.curve({ 1 }, { title = "a\nb" }) end)
refuses("metric", "a metric that is not there", function() plot.curve(history, { metric = "f1" }) end)
refuses("low below high", "limits the wrong way round", function() plot.curve({ 1 }, { ylim = { 2, 1 } }) end)
refuses("smooth", "too much smoothing", function() plot.curve({ 1 }, { smooth = 1 }) end)
refuses("wants a chart", "a script of something else", function() plot.script {} end)
local _, message = pcall(function() plot.curve { 1, "x" } end)
tap.ok(tostring(message):find("lua/plot%.lua:%d+"), "the error names the user's line")

-- --- pictures --------------------------------------------------------------------------------------------------------

local script = plot.script(plot.curve(history, with { title = "it's" }))
tap.ok(script:find("set terminal pngcairo", 1, true), "the gnuplot commands")
tap.ok(script:find("'it''s'", 1, true), "with the title in single quotes")
tap.ok(not script:find("set output", 1, true), "and no file name")

local function read(path)
    local file = io.open(path, "rb")
    if not file then return "" end
    local bytes = file:read "a"
    file:close()
    os.remove(path)
    return bytes
end

if os.execute("command -v gnuplot >/dev/null 2>&1") then
    local base = os.tmpname()
    os.remove(base)
    plot.curve(history, { to = { base .. ".png", base .. ".svg", base .. ".pdf" }, title = "a run" })
    tap.is(read(base .. ".png"):sub(1, 4), "\137PNG", "a PNG")
    tap.ok(read(base .. ".svg"):find("a run", 1, true), "an SVG")
    tap.is(read(base .. ".pdf"):sub(1, 4), "%PDF", "a PDF")
    plot.image({ { 0, 1 }, { 1, 0 } }, { title = "a picture", to = base .. ".png" })
    tap.is(read(base .. ".png"):sub(1, 4), "\137PNG", "a picture as PNG")
    plot.scatter({ { 1, 2 } }, { to = base .. ".svg", theme = "clear" })
    tap.ok(#read(base .. ".svg") > 1000, "points as SVG")
    plot.hist({}, { to = base .. ".svg" })
    tap.ok(#read(base .. ".svg") > 100, "an empty chart as SVG")
    refuses("cannot write", "a folder that is not there", function() plot.curve({ 1 }, { to = "/dev/null/x.png" }) end)
    local chart = plot.curve(history, with())
    tap.ok(chart.core:picture("kitty", 800, 600):find("^\27_Ga=T,f=100"), "kitty's protocol")
    tap.ok(chart.core:picture("sixel", 600, 400, "clear"):find("^\27P"), "sixel")
    tap.ok(chart.core:picture("dumb", 60, 20):find("train", 1, true), "gnuplot's text")
else
    tap.skip("gnuplot is not installed")
end

-- --- live --------------------------------------------------------------------------------------------------------------

local live = plot.live { title = "growing", rows = 8, show = false }
for step = 1, 30 do live:add { step = step, train_loss = 1 / step } end
live:update { step = 30, val_loss = 0.2, status = "nearly there" }
tap.is(#live.history, 31, "a live chart keeps its history")
refuses("not a number", "a value that is no number", function() live:add { train_loss = "x" } end)
refuses("wants a table", "a record that is none", function() live:add(3) end)
tap.is(tostring(live), "live chart(31 records)", "it prints what it holds")
has(plot.curve(live, with()), "validation", "its curves can be drawn again")
do
    local closing <close> = plot.live { show = false }
    closing:add { loss = 0 / 0 }
    closing:add { loss = 1 }
end
tap.ok(true, "it closes with its block")

-- --- what fit gives ----------------------------------------------------------------------------------------------------

do
    local told = { history = { { epoch = 1, loss = 2, val_loss = 3 }, { epoch = 2, loss = 1, val_loss = 2 } } }
    local shown = plot.curve(told, with()):text { columns = 60, rows = 10 }
    tap.ok(shown:find "train.*validation", "beside val_loss, loss is that of training, and comes first")
    tap.ok(not plot.curve({ { loss = 1 }, { loss = 2 } }, with()):text { columns = 60, rows = 10 }:find "train", "alone it needs no name")
end

-- --- several panels ------------------------------------------------------------------------------------------------------

do
    local runs = {}
    for e = 1, 30 do runs[e] = { epoch = e, train_loss = 1 / e, val_loss = 1.2 / e, train_accuracy = 1 - 1 / e } end
    local both = plot.curve(runs, with { metric = { "loss", "accuracy" }, log = "y", title = "both" })
    local text = both:text { columns = 70, rows = 30 }
    tap.ok(text:find "both" and text:find "loss" and text:find "accuracy", "two metrics under each other")
    tap.ok(select(2, text:gsub("\n", "")) <= 30, "in the rows that there are")
    tap.ok(not both:text { columns = 70, rows = 8 }:find "accuracy", "the first alone where there is no room")
    local commands = plot.script(both)
    tap.is(select(2, commands:gsub("\nplot ", "")), 2, "gnuplot plots twice")
    tap.ok(commands:find "set multiplot layout 2,1" and commands:find "\nreset\n.*unset multiplot", "on one picture")
    refuses("list of names", "no metric at all", function() plot.curve(runs, with { metric = {} }) end)
    local grows = plot.live { metric = { "loss", "accuracy" }, show = false }
    for _, record in ipairs(runs) do grows:add(record) end
    tap.ok(grows.series.val_loss and grows.series.train_accuracy, "a live chart has panels too")
    local net = lun.nn.Sequential(lun.nn.Linear(3, 4), lun.nn.Linear(4, 2))
    local weights = plot.hist(net, with {})
    tap.ok(weights:text { columns = 60, rows = 30 }:find "2.weight %[2,4%]", "a histogram for each layer")
    refuses("no gradients", "gradients before backward", function() plot.hist(net, with { of = "gradients" }) end)
    net(lun.ones(1, 3)):sum():backward()
    tap.ok(tostring(plot.hist(net, with { of = "gradients" })):find "2 gradients", "and for each gradient")
    local y = lun.tensor { 1, 2, 3, 3 }
    local counts = plot.confusion(lun.tensor { 1, 2, 3, 2 }, y, with { names = { "cat", "dog", "cow" } })
    tap.ok(counts:text { columns = 60, rows = 20 }:find "cow", "a confusion matrix has names")
    tap.ok(plot.script(counts):find "with labels", "and numbers in its cells")
    tap.ok(plot.confusion({ { 3, 1 }, { 0, 2 } }, with {}), "a matrix that was counted before")
end
tap.done()
