-- display.lua - what one sees of a run: live curves with a progress bar under them, and a line for each epoch
--
-- On a terminal the curves grow in place; elsewhere each epoch is a line. Read next: lib/plot.lua, lib/progress.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local progress = require "lunette.progress"
local in_program, shell = pcall(require, "lunette.shell")

local most_points = 5000 -- of a curve: a long run shows every n-th batch

local function number(v) return math.type(v) == "integer" and tostring(v) or v ~= v and "NaN" or ("%.4g"):format(v) end

-- Names of values, the loss first, those of validation after their training names.
local function sorted_names(record)
    local names = {}
    for name, value in pairs(record) do
        if type(value) == "number" and name ~= "epoch" and name ~= "seconds" then names[#names + 1] = name end
    end
    local function key(name)
        local plain = name:gsub("^val_", "")
        return (plain == "loss" and " " or plain) .. (plain == name and " 1" or " 2")
    end
    table.sort(names, function(a, b) return key(a) < key(b) end)
    return names
end

local function words(record)
    local parts = {}
    for _, name in ipairs(sorted_names(record)) do parts[#parts + 1] = name .. " " .. number(record[name]) end
    return table.concat(parts, "  ")
end

return function(options)
    local chart = options.chart
    local self = {name = "display"}
    local live, bar
    local waiting = {} -- {batch, values} of an epoch whose number of batches is not known yet

    local function open_chart()
        local given = {title = options.title, metric = options.metrics or {"loss"}, by = "epoch", smooth = true}
        for key, value in pairs(type(chart) == "table" and chart or {}) do given[key] = value end
        live = require "lunette.plot".live(given)
    end

    function self:on_train_begin(run)
        if chart or chart == nil and lun.is_terminal(io.stdout) and not (in_program and shell.batch) then open_chart() end
        self.from = run.epoch
    end

    function self:on_epoch_begin(run)
        local label = ("epoch %d of %d"):format(run.epoch, run.epochs_wanted)
        bar = progress.bar(run.count or run.counted or 0, {label = label, drawn = not live})
    end

    function self:on_batch_end(run, logs)
        local total = run.count or run.counted
        if total then bar.total = total end
        if live then
            local every = math.max(1, (total or 1) * run.epochs_wanted // most_points)
            if run.batch % every ~= 0 and run.batch ~= total then return end
            local record = {status = bar:text(run.batch, words(logs))}
            for name, value in pairs(logs) do record["train_" .. name] = value end
            if total then record.epoch = run.epoch - 1 + run.batch / total end
            if logs.loss and total then live:add(record) else live:status(record.status) end
            if logs.loss and not total and #waiting < most_points then waiting[#waiting + 1] = {run.batch, record} end
        elseif bar.terminal and total then
            bar:update(run.batch, words(logs))
        end
    end

    function self:on_epoch_end(run, logs)
        local line = ("epoch %d of %d: %s  %.1f s"):format(run.epoch, run.epochs_wanted, words(logs), logs.seconds)
        if not live then
            bar:close(false)
            print(line)
            io.stdout:flush()
            return
        end
        for _, entry in ipairs(waiting) do
            entry[2].epoch = run.epoch - 1 + entry[1] / run.batch
            live:add(entry[2])
        end
        waiting = {}
        local record = {epoch = run.epoch}
        for name, value in pairs(logs) do
            if name:find "^val_" then record[name] = value end
        end
        if next(record, next(record)) then live:add(record) end
        local every = math.max(1, (run.epochs_wanted + 19) // 20)
        if (run.epoch - self.from) % every == 0 or run.epoch == run.epochs_wanted or run.stopped then live:note(line) end
    end

    local function close()
        if live then live:close() end
        if bar then bar:close() end
        live = nil
    end
    function self:on_train_end(run)
        close()
        if run.stopped then
            print(("stopped in epoch %d, batch %d: %s"):format(run.epoch, run.batch, run.broken
                    and "the loss or a gradient was not finite" or run.stopped))
        end
    end
    self.on_abandon = close
    return self
end
