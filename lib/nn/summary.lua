-- summary.lua - what a network does to shapes: a dry run that computes nothing, with parameters, arithmetic and memory per
-- module
--
-- Holds: nothing is computed, no buffer changes, no random number is drawn. A multiplication with its addition counts as two
-- operations; what is elementwise counts one per result. Read next: lib/nn/module.lua, lua_bindings/train.c.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"
local core = require "lunette.train_core"

local function product(list)
    local n = 1
    for _, size in ipairs(list) do n = n * size end
    return n
end

-- Operations of the kinds whose work is more than a pass over the result: f(module, input, output).
local work = {}
function work.Linear(m, x, y) return 2 * y:numel() * x:size(-1) end
work.LazyLinear = work.Linear
function work.Bilinear(m, x, y) return 2 * y:numel() * m.in1_features * m.in2_features end
function work.Embedding() return 0 end
for d = 1, 3 do
    work[("Conv%dd"):format(d)] = function(m, x, y) return 2 * y:numel() * product(m.weight.shape) // m.weight:size(1) end
    work[("ConvTranspose%dd"):format(d)] = function(m, x) return 2 * x:numel() * product(m.weight.shape) // m.weight:size(1) end
end
for _, kind in ipairs {"RNN", "LSTM", "GRU"} do
    work[kind] = function(m, x) -- every weight is used once a step for each sample
        local n = 0
        for _, pair in ipairs(m:named_parameters()) do
            if pair[1]:find "^weight" then n = n + pair[2]:numel() end
        end
        return 2 * n * x:numel() // x:size(-1)
    end
end
function work.MultiheadAttention(m, query)
    local e, rows = m.embed_dim, query:numel() // query:size(-1)
    local steps = query.ndim == 3 and query:size(m.batch_first and 2 or 1) or query:size(1)
    return 2 * rows * (4 * e * e + 2 * steps * e)
end

local function elements(x)
    if lun.is_tensor(x) then return x:numel() end
    local n = 0
    for _, item in ipairs(type(x) == "table" and x or {}) do n = n + elements(item) end
    return n
end

local function bytes(x) return x:numel() * x:element_size() end

local function shapes(x)
    if lun.is_tensor(x) then return "[" .. table.concat(x.shape, ",") .. "]" end
    local parts = {}
    for i, item in ipairs(type(x) == "table" and x or {}) do parts[i] = shapes(item) end
    return table.concat(parts, " ")
end

local function grouped(n)
    local text, changed = ("%d"):format(n), 1
    while changed > 0 do text, changed = text:gsub("^(%d+)(%d%d%d)", "%1,%2") end
    return text
end

local function short(n, unit)
    for _, step in ipairs {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} do
        if n >= step[1] then return ("%.3g %s%s"):format(n / step[1], step[2], unit) end
    end
    return ("%d %s"):format(n, unit)
end

local Summary = {__name = "summary"}
Summary.__index = Summary

function Summary:__tostring()
    local wide, shaped = #"module", #"result"
    for _, row in ipairs(self.rows) do wide, shaped = math.max(wide, #row.label), math.max(shaped, #row.shape) end
    local form = ("%%-%ds  %%-%ds  %%12s  %%10s"):format(wide, shaped)
    local lines = {form:format("module", "result", "parameters", "FLOPs")}
    for _, row in ipairs(self.rows) do
        lines[#lines + 1] = form:format(row.label, row.shape, row.parameters > 0 and grouped(row.parameters) or "",
                row.flops > 0 and short(row.flops, "") or "")
    end
    lines[#lines + 1] = ("%s parameters (%s trained), %s"):format(grouped(self.parameters), grouped(self.trained),
            short(self.parameter_bytes, "B"))
    lines[#lines + 1] = ("%s a pass, results %s"):format(short(self.flops, "FLOP"), short(self.result_bytes, "B"))
    return table.concat(lines, "\n")
end

-- Inputs from tensors or lists of sizes.
local function inputs_of(...)
    local list = table.pack(...)
    if list.n == 0 then lun.fail("summary", "it needs an input, or its sizes", "net:summary {1, 1, 28, 28}", "shape") end
    for i = 1, list.n do
        local sizes = type(list[i]) == "table" and getmetatable(list[i]) == nil and math.type(list[i][1]) == "integer"
        if sizes then list[i] = lun.empty(list[i]) end
    end
    return list
end

--- net:summary {64, 1, 28, 28}, or net:summary(x): rows {name, class, shape, parameters, flops} and totals, printed as a
--- table.
return function(net, ...)
    local summary, depth, seen = setmetatable({rows = {}, flops = 0, result_bytes = 0}, Summary), 0, {}
    local handles, was = {}, net.training
    local _ <close> = setmetatable({}, {__close = function()
        for _, handle in ipairs(handles) do handle:remove() end
        net:train(was)
    end})
    for _, pair in ipairs(net:named_modules()) do
        local name, module = pair[1], pair[2]
        local leaf = #module:named_children() == 0
        local open = {}
        handles[#handles + 1] = module:register_forward_pre_hook(function()
            local row = {name = name, class = module.__name, depth = depth, parameters = 0, flops = 0, shape = ""}
            summary.rows[#summary.rows + 1] = row
            open[#open + 1] = row
            depth = depth + 1
        end)
        handles[#handles + 1] = module:register_forward_hook(function(_, inputs, ...)
            local row, results = table.remove(open), {...}
            depth = depth - 1
            row.label = ("  "):rep(row.depth) .. (name:match "[^.]+$" or "") .. (name ~= "" and " " or "") .. row.class
            row.shape = shapes(results[1])
            for _, key in ipairs(module._parameter_names) do
                local p = rawget(module, key)
                if lun.is_tensor(p) and not seen[p] then row.parameters, seen[p] = row.parameters + p:numel(), true end
            end
            local own = work[module.__name]
            if own and lun.is_tensor(inputs[1]) then row.flops = own(module, inputs[1], lun.is_tensor(results[1]) and results[1]
                    or inputs[1])
            elseif leaf then row.flops = elements(results[1]) end
            summary.flops = summary.flops + row.flops
            if leaf or own then summary.result_bytes = summary.result_bytes + (lun.is_tensor(results[1]) and bytes(results[1])
                    or 4 * elements(results[1])) end
        end)
    end
    local inputs = inputs_of(...)
    do
        local dry <close> = core.dry()
        net:eval()
        lun.no_grad(function() return net(table.unpack(inputs, 1, inputs.n)) end)
    end
    summary.parameters, summary.trained, summary.parameter_bytes = net:count_parameters(), net:count_parameters {trainable = true}, 0
    for _, p in ipairs(net:parameters()) do summary.parameter_bytes = summary.parameter_bytes + bytes(p) end
    return summary
end
