-- recurrent.lua - RNN, LSTM, GRU and their cells
--
-- Parameter names and their order are PyTorch's: weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0, the second layer's _l1, the backward
-- direction's _l0_reverse, projections weight_hr_l0. A call gives the output and the last state, which goes into the next call; the
-- state of an LSTM is {h, c}. A packed sequence in gives a packed sequence out.
-- Read next: lib/nn/packed.lua. SPDX-License-Identifier: MIT
local lun = require "lunette"
local define = require "lunette.nn.define"
local init = require "lunette.nn.init"
local packed = require "lunette.nn.packed"

local recurrent = {}

local gates = {RNN = 1, GRU = 3, LSTM = 4}

local function parameter(self, name, bound, ...) self[name] = init.uniform_(lun.empty(...), -bound, bound):requires_grad_() end

local function each_cell(self, visit)
    for layer = 0, self.num_layers - 1 do
        for direction = 1, self.bidirectional and 2 or 1 do visit(layer, ("_l%d%s"):format(layer, direction == 2 and "_reverse" or "")) end
    end
end

local function make_weights(self, kind)
    local bound, rows = 1 / math.sqrt(self.hidden_size), gates[kind] * self.hidden_size
    local result = (self.proj_size or 0) > 0 and self.proj_size or self.hidden_size
    local names, biased = {}, self.bias
    local function add(name, ...)
        parameter(self, name, bound, ...)
        names[#names + 1] = name
    end
    each_cell(self, function(layer, suffix)
        local input = layer == 0 and self.input_size or result * (self.bidirectional and 2 or 1)
        add("weight_ih" .. suffix, rows, input)
        add("weight_hh" .. suffix, rows, result)
        if biased then
            add("bias_ih" .. suffix, rows)
            add("bias_hh" .. suffix, rows)
        end
        if result ~= self.hidden_size then add("weight_hr" .. suffix, result, self.hidden_size) end
    end)
    self.parameter_names = names
end

local function check(self, kind)
    local proj = rawget(self, "proj_size") or 0
    if proj < 0 or proj >= self.hidden_size then
        lun.fail("nn." .. kind, ("proj_size must lie below hidden_size %d, got %d"):format(self.hidden_size, proj),
                 "lun.nn.LSTM(4, 8, {proj_size = 3})")
    end
    local mode = rawget(self, "nonlinearity")
    if mode and mode ~= "tanh" and mode ~= "relu" then
        lun.fail("nn." .. kind, ("nonlinearity must be tanh or relu, got %s"):format(mode), ('lun.nn.%s(4, 8, {nonlinearity = "relu"})'):format(kind))
    end
end

local function op_of(self, kind) return kind == "RNN" and "rnn_" .. self.nonlinearity or kind:lower() end

local function check_input(self, kind, x)
    if not lun.is_tensor(x) or x.ndim == 0 or x:size(-1) == self.input_size then return end
    lun.fail("nn." .. kind, ("the input must have %d features in its last dim, got [%s]"):format(self.input_size, table.concat(x.shape, ",")),
             ("lun.nn.%s(%d, %d)"):format(kind, x:size(-1), self.hidden_size), "shape")
end

-- The states given, as a list: {h} or {h, c}; one [layers, hidden] for a sequence without a batch.
local function states(kind, hx)
    if hx == nil then return {} end
    local list = lun.is_tensor(hx) and {hx} or hx
    local wanted = kind:find "^LSTM" and 2 or 1
    if type(list) ~= "table" or #list ~= wanted or not lun.is_tensor(list[1]) then
        lun.fail("nn." .. kind, wanted == 2 and "the state must be {h, c}" or "the state must be a tensor h",
                 wanted == 2 and "out, state = lstm(x, {h, c})" or "out, h = rnn(x, h)")
    end
    return list
end

local function reordered(list, indices)
    if not indices then return list end
    local out = {}
    for i, x in ipairs(list) do out[i] = x:index_select(2, indices) end
    return out
end

local function run(self, kind, x, hx)
    local params = {}
    for i, name in ipairs(self.parameter_names) do params[i] = rawget(self, name) end
    local is_packed = packed.is(x)
    check_input(self, kind, is_packed and x.data or x)
    local list = reordered(states(kind, hx), is_packed and x.sorted_indices)
    local options = {params = params, has_biases = self.bias, num_layers = self.num_layers, dropout = self.dropout, train = self.training,
                     bidirectional = self.bidirectional, h0 = list[1], c0 = list[2]}
    if is_packed then options.batch_sizes = x.batch_sizes else options.batch_first = self.batch_first end
    local out, h, c = lun[op_of(self, kind)](is_packed and x.data or x, options)
    if not is_packed then return out, h, c end
    local last = reordered({h, c}, x.unsorted_indices)
    return packed.new(out, x.batch_sizes, x.sorted_indices, x.unsorted_indices), last[1], last[2]
end

local common = "num_layers:count=1 %sbias:bool=true batch_first:bool=false dropout:chance=0 bidirectional:bool=false%s"

local function network(kind, first, last)
    local Net = define.class(kind, "input_size:count hidden_size:count " .. common:format(first, last), function(self)
        check(self, kind)
        make_weights(self, kind)
    end)
    function Net:forward(x, hx)
        local out, h, c = run(self, kind, x, hx)
        return out, kind == "LSTM" and {h, c} or h
    end
    recurrent[kind] = Net
end

network("RNN", "nonlinearity:string=tanh ", "")
network("GRU", "", "")
network("LSTM", "", " proj_size:int=0")

-- ---- one step ----

local function cell(kind, last)
    local name = kind .. "Cell"
    local Cell = define.class(name, "input_size:count hidden_size:count bias:bool=true" .. last, function(self)
        check(self, name)
        local bound, rows = 1 / math.sqrt(self.hidden_size), gates[kind] * self.hidden_size
        parameter(self, "weight_ih", bound, rows, self.input_size)
        parameter(self, "weight_hh", bound, rows, self.hidden_size)
        if self.bias then
            parameter(self, "bias_ih", bound, rows)
            parameter(self, "bias_hh", bound, rows)
        end
    end)
    local steps = {
        LSTM = function(self, x, list)
            local h, c = lun.lstm_cell(x, list[1], list[2], self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
            return {h, c}
        end,
        any = function(self, x, list)
            return lun[op_of(self, kind) .. "_cell"](x, list[1], self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        end,
    }
    --- The next state; that of an LSTM is {h, c}.
    function Cell:forward(x, hx)
        check_input(self, name, x)
        return (steps[kind] or steps.any)(self, x, states(name, hx))
    end
    recurrent[name] = Cell
end

cell("RNN", " nonlinearity:string=tanh")
cell("GRU", "")
cell("LSTM", "")

return recurrent
