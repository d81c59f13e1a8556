-- plot_live.lua - plot.live: curves that grow while a network learns
--
-- Drawing in place is C (plot/live.c). Several metrics stand under each other, one panel each. Read next: plot.lua.
-- SPDX-License-Identifier: MIT
local core = require "lunette.plot_core"
local data = require "lunette.plot_data"
local progress = require "lunette.progress"
local fail = data.fail

local Live = {}
Live.__index = Live
Live.__name = "lunette.plot.live"

-- The panel of a metric; nil when it is not drawn.
local function panel_of(live, metric)
    for i, name in ipairs(live.metrics or {}) do
        if name == metric then return i end
    end
end

-- The fields of a record that are drawn, in a steady order, and all of them as words.
local function split(live, record)
    local drawn, words = {}, {}
    for _, field in ipairs(data.fields(record)) do
        local part, metric = data.role(field)
        local text = ("%s %s"):format(field, data.show(record[field]))
        if data.is_axis(field) then
            table.insert(words, 1, text)
        else
            words[#words + 1] = text
            local panel = panel_of(live, metric)
            if panel then drawn[#drawn + 1] = { field = field, label = part, panel = panel } end
        end
    end
    return drawn, words
end

-- What the first record tells about the axes, where the options are silent.
function Live:name_axes(record)
    local axis = self.options.by or data.axis_name(record)
    for i, metric in ipairs(self.metrics) do
        if not (self.options.ylabel and i == 1) and metric ~= "" then self.core:text("y", metric, i) end
    end
    if not self.options.xlabel and axis then self.core:text("x", axis, #self.metrics) end
end

-- Takes what is known now: numbers by name, `status` for the line below. Cheap: it redraws at most ten times a second.
function Live:add(record)
    if self.closed then fail("live:add: the chart is closed\nhint: open a new one with plot.live()") end
    if type(record) ~= "table" then fail("live:add: wants a table such as {train_loss = 0.3}, not %s", data.describe(record)) end
    record = data.numbers_of("live:add", record)
    self.history[#self.history + 1] = record
    if #self.history == 1 then
        self.metrics = self.metrics or { data.main_metric(record) }
        self:name_axes(record)
    end
    for key, value in pairs(record) do self.latest[key] = value end
    local x = data.axis_value(record, self.options.by) or #self.history
    for _, item in ipairs((split(self, record))) do
        self.series[item.field] = self.series[item.field] or self.core:series(item.label, item.panel)
        self.core:append(self.series[item.field], x, record[item.field], item.panel)
    end
    return self:status(record.status or table.concat(select(2, split(self, self.latest)), "  "))
end
Live.update = Live.add

-- The line below the curves alone.
function Live:status(text)
    self.words = tostring(text)
    return self:redraw()
end

-- Below it stand the progress bars, if this chart is the one that draws them.
function Live:redraw()
    if self.closed then return self end
    if self.owns == nil then
        self.owns = self.options.show ~= false and core.screen().in_place
        if self.owns then progress.under(self) end
    end
    if self.words then self.core:status(self.words, table.unpack(self.owns and progress.lines() or {})) end
    if self.owns then self.core:show(false) end
    return self
end

-- A line that stays above the chart ("epoch 3: accuracy 0.91"); where there is no terminal it is printed at once.
function Live:note(text)
    if self.options.show ~= false then self.core:note(tostring(text)) end
    return self
end

-- Draws the last state, writes the file that `to` names; a chart that was told nothing draws nothing. Again is harmless.
function Live:close()
    if self.closed then return self end
    self.closed = true
    if not self.words then return self end -- nothing was told, so nothing is drawn
    if self.owns then
        self.core:status(self.words)
        progress.under(nil)
    end
    local notebook = package.loaded["lunette.notebook.display"]
    if self.options.show ~= false and not (notebook and notebook.live(self)) then self.core:close() end
    if self.options.to then self:save(self.options.to) end
    return self
end
Live.__close = Live.close

-- The same curves as a file, at any time; metrics that never came are left out.
function Live:save(to)
    local o, metrics = self.options, {}
    for _, metric in ipairs(self.metrics or {}) do
        for field in pairs(self.latest) do
            if select(2, data.role(field)) == metric and metrics[#metrics] ~= metric then metrics[#metrics + 1] = metric end
        end
    end
    require "lunette.plot".curve(self.history, { title = o.title, xlabel = o.xlabel, ylabel = o.ylabel, log = o.log, xlim = o.xlim, ylim = o.ylim,
                                                 size = o.size, theme = o.theme, metric = #metrics > 1 and metrics or metrics[1], by = o.by,
                                                 smooth = o.smooth == nil or o.smooth, to = to })
    return self
end

function Live:__tostring() return ("live chart(%d records)"):format(#self.history) end

local live_options = { smooth = "true, or 0 to below 1", metric = 'what is drawn, or a list: "loss"', by = 'the field on the x axis' }

-- Gives plot.live, made of plot.lua's own tools.
return function(plot, new_chart, check_options, whole, check_smooth)
    -- plot.live{title=, log=, to=, metric = {"loss", "accuracy"}}: a curve that grows while a network learns.
    -- live:add{train_loss = 0.3, val_loss = 0.4, epoch = 2}; live:close().
    return function(options)
        options = check_options("plot.live", options, live_options)
        local metrics = type(options.metric) == "table" and options.metric or options.metric and { options.metric } or nil
        if metrics and #metrics == 0 then fail('plot.live: metric is a name or a list of names such as {"loss", "accuracy"}') end
        local first
        for i = 1, metrics and #metrics or 1 do
            local chart = new_chart("plot.live", plot.panel_options(options, i))
            chart.core:smooth(check_smooth("plot.live", options.smooth, -1))
            if first then first.core:below(chart.core) else first = chart end
        end
        return setmetatable({ core = core.live(first.core, whole("plot.live: rows", options.rows, 0)), options = options, history = {},
                              latest = {}, series = {}, metrics = metrics }, Live)
    end
end
