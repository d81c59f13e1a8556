-- modules.lua - every layer, activation and loss against PyTorch: outputs, gradients, buffers from the same state
--
-- The states and answers are t/peer/modules.safetensors. Read next: t/peer/modules.py, lib/nn/define.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn = lun.nn

local database = os.getenv "LUNETTE_MODULES" -- ./dev oracle modules: another file, and nothing else
local tensors = lun.load(database or (os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/modules.safetensors")
local text = {}
for i, byte in ipairs(tensors.cases:long():totable()) do text[i] = string.char(byte) end
local cases = assert(load(table.concat(text)))()

-- The tensors named "i.kind.key", by i and key.
local groups = {}
for name, x in pairs(tensors) do
    local i, kind, key = name:match "^(%d+)%.(%l+)%.(.*)$"
    if i then
        i = math.tointeger(tonumber(i))
        groups[i] = groups[i] or {constant = {}, state = {}, input = {}, output = {}, gradient = {}, after = {}}
        if x.dtype == "int64" and (kind == "input" or kind == "output") then -- below 0: nobody's class, such as -100
            x = lun.where(x:lt(0), x:long(), x:from_zero_based():long())
        end
        groups[i][kind][math.tointeger(tonumber(key)) or key] = x
    end
end
local nothing = {constant = {}, state = {}, input = {}, output = {}, gradient = {}, after = {}}

-- PyTorch counts the children of a list from 0.
local function from_one(name) return (name:gsub("layers%.(%d+)", function(d) return ("layers.%d"):format(d + 1) end)) end
local function renamed(state)
    local own = {}
    for name, x in pairs(state) do own[from_one(name)] = x end
    return own
end

local function flat(list, out)
    for i = 1, list.n or #list do
        local v = list[i]
        if lun.is_tensor(v) then out[#out + 1] = v elseif type(v) == "table" then flat(v.data and {v.data} or v, out) end
    end
    return out
end

local function close(got, want, name)
    if got == nil then return tap.fail(name, "is nil") end
    if not lun.is_tensor(got) then return tap.fail(name, "is no tensor: " .. tostring(got)) end
    if table.concat(got.shape, ",") ~= table.concat(want.shape, ",") then return tap.is(got.shape, want.shape, name .. ": shape") end
    if want.dtype:find "float" then
        local scale = want:numel() > 0 and math.max(1, want:abs():max():item()) or 1
        return tap.near(got:detach() / scale, want / scale, 1e-5, name)
    end
    return tap.is(got:totable(), want:totable(), name)
end

local function check(i, class, arguments, call)
    local name, g = ("%s(%s)"):format(class, arguments), groups[i] or nothing
    local m = assert(load("local nn, lun, T = ... return nn." .. class .. "(" .. arguments .. ")"))(nn, lun, g.constant)
    local x = g.input
    local function called() return table.pack(assert(load("local m, x, lun, nn = ... return " .. call))(m, x, lun, nn)) end
    if class:find "^Lazy" then called() end -- which makes the parameters
    m:load_state_dict(renamed(g.state))
    for k, v in ipairs(x) do
        if g.gradient[k] then v:requires_grad_() end
    end
    local outputs = flat(called(), {})
    tap.is(#outputs, #g.output, name .. ": number of outputs")
    local loss
    for k, want in ipairs(g.output) do
        close(outputs[k], want, name .. ": output " .. k)
        if outputs[k].requires_grad then
            local part = (outputs[k] * lun.linspace(-1, 1, want:numel()):reshape(want.shape)):sum()
            loss = loss and loss + part or part
        end
    end
    loss:backward()
    local parameters, buffers = {}, {}
    for _, pair in ipairs(m:named_parameters()) do parameters[pair[1]] = pair[2] end
    for _, pair in ipairs(m:named_buffers()) do buffers[pair[1]] = pair[2] end
    for key, want in pairs(g.gradient) do
        local holder = math.type(key) and x[key] or parameters[next(renamed {[key] = true})]
        close(holder and holder.grad, want, ("%s: gradient of %s"):format(name, key))
    end
    for key, want in pairs(g.after) do close(buffers[key], want, ("%s: %s afterwards"):format(name, key)) end
    tap.ok(tostring(m):find((class:gsub("^Lazy", "")), 1, true), name .. ": prints")
end

local only, missing = arg and arg[1], {}
for i, case in ipairs(cases) do
    if database and not rawget(nn, case[1]) then
        missing[case[1]] = (missing[case[1]] or 0) + 1
    elseif not only or case[1] == only then
        local good, problem = pcall(check, i, table.unpack(case))
        if not good then tap.fail(("%s(%s)"):format(case[1], case[2]), tostring(problem)) end
    end
end

for class, n in pairs(missing) do tap.note("there is no %s here: %d samples", class, n) end
if database then return tap.done() end

-- ---- arguments that do not fit ----

local bad = {
    {"nn.Conv3d(2, 4)", "kernel_size"}, {"nn.Conv3d(2, 4, {3, 3})", "3 numbers"}, {"nn.ConvTranspose2d(4, 6, 3, {groups = 4})", "4 and 6 channels"},
    {"nn.ConvTranspose1d(2, 2, 3, {padding_mode = 'reflect'})", "zeros only"}, {"nn.Conv1d(2, 2, 3, {padding_mode = 'mirror'})", "mirror"},
    {"nn.MaxPool1d(0)", "kernel_size"}, {"nn.MaxPool3d(2, {strides = 1})", "strides"}, {"nn.LPPool2d('x', 2)", "norm_type"},
    {"nn.GroupNorm(3, 4)", "3 groups"}, {"nn.RMSNorm(0)", "normalized_shape"}, {"nn.BatchNorm3d(2)(lun.ones(2, 2))", "2 dims"},
    {"nn.InstanceNorm1d(2)(lun.ones(2))", "1 dims"}, {"nn.AlphaDropout(2)", "0 to 1"}, {"nn.Dropout2d(-0.1)", "0 to 1"},
    {"nn.ReflectionPad2d{1, 2}", "4 numbers"}, {"nn.ConstantPad1d(1)", "value"}, {"nn.PixelShuffle(1.5)", "upscale_factor"},
    {"nn.Threshold(1)", "value must be a number"}, {"nn.PReLU(0)", "num_parameters"}, {"nn.HuberLoss('avg')", "avg"},
    {"nn.BCELoss(3)", "weight must be a tensor"}, {"nn.KLDivLoss('sum')", "table"},
    {"nn.TripletMarginWithDistanceLoss{distance_function = 1}", "function"},
    {"nn.Bilinear(2, 3)", "out_features"}, {"nn.EmbeddingBag(3, 2, {padding_idx = 4})", "1..3"}, {"nn.ReLU(1)", "inplace"},
    {"nn.Mish(true, 2)", "places"},
    {"nn.LazyLinear()", "out_features"}, {"nn.Tanh{x = 1}", "none"}, {"nn.Upsample{size = 'x'}", "size"}, {"nn.Fold(4)", "kernel_size"},
    {"nn.RNN(4)", "hidden_size"}, {"nn.RNN(4, 2, {nonlinearity = 'sin'})", "sin"}, {"nn.LSTM(4, 2, {proj_size = 2})", "below hidden_size"},
    {"nn.GRU(4, 2, {proj_size = 1})", "proj_size"}, {"nn.LSTM(4, 2)(lun.ones(3, 1, 4), lun.ones(1, 1, 2))", "{h, c}"},
    {"nn.GRUCell(4, 2)(lun.ones(1, 4), {})", "a tensor h"}, {"nn.LSTM(4, 2)(lun.ones(3, 1, 5))", "4 features in its last dim, got [3,1,5]"},
    {"nn.GRUCell(4, 2)(lun.ones(3, 5))", "4 features in its last dim, got [3,5]"}, {"nn.BatchNorm2d(3)(lun.ones(2, 4, 5, 5))", "3 channels in dim 2, got [2,4,5,5]"}, {"nn.RNN(4, 2, {dropout = 2})", "0 to 1"},
    {"nn.utils.rnn.pad_packed_sequence(lun.ones(2))", "packed sequence"},
    {"nn.utils.rnn.unpad_sequence(lun.ones(3, 2), {1})", "one number per sequence"},
    {"nn.MultiheadAttention(5, 2)", "5 cannot be split"}, {"nn.MultiheadAttention(4, 2)(lun.ones(2, 5), lun.ones(2, 4), lun.ones(2, 4))", "query"},
    {"nn.TransformerEncoderLayer(4, 2, {activation = 'no'})", "activation"}, {"nn.TransformerEncoder(nn.Linear(2, 2), 2)", "TransformerEncoderLayer"},
    {"nn.TransformerEncoderLayer(4, 2)(lun.ones(3, 1, 5))", "src"}, {"nn.Transformer(6, 4, 1, 1)", "4 heads"},
    {"nn.TransformerDecoder(3, 2)", "module"},
    {"nn.TransformerEncoderLayer(4, 2, 8)(lun.ones(3, 4), {mask = 1})", "src_mask"},
    {"nn.ConvTranspose1d(1, 1, 3, {stride = 2})(lun.ones(1, 1, 4), {12})", "outside 9..10"},
}
for _, row in ipairs(bad) do
    local good, problem = pcall(assert(load("local nn, lun = ... return " .. row[1])), nn, lun)
    tap.ok(not good and type(problem) == "table" and problem.hint and tostring(problem):find(row[2], 1, true), row[1] .. ": " .. tostring(problem))
end

-- ---- what chance and modes change ----

lun.manual_seed(5)
for class, shape in pairs {Dropout1d = {50, 40, 3}, Dropout2d = {50, 40, 2, 2}, Dropout3d = {50, 40, 2, 2, 2},
                           AlphaDropout = {2000}, FeatureAlphaDropout = {50, 40, 2, 2}} do
    local drop, x = nn[class](0.25), lun.ones(shape)
    local y = drop(x)
    local changed = y:ne(y:max()):float():mean():item()
    tap.ok(changed > 0.18 and changed < 0.32, ("%s touches a quarter: %g"):format(class, changed))
    drop:eval()
    tap.is(drop(x), x, class .. " does nothing in eval")
end
do
    local rrelu, x = nn.RReLU(0.1, 0.3), lun.full({1000}, -1.0)
    local y = rrelu(x)
    tap.ok(y:min():item() >= -0.3 and y:max():item() <= -0.1 and y:std():item() > 0.03, "RReLU draws slopes in training")
    rrelu:eval()
    tap.near(rrelu(x), lun.full({1000}, -0.2), "and takes their mean in eval")
    local z = lun.tensor{-1.0, 2.0}
    nn.ReLU(true)(z)
    tap.is(z:totable(), {0, 2}, "inplace writes into the input")
    local lazy = nn.LazyLinear(3)
    tap.is({#lazy:parameters(), lazy(lun.ones(2, 5)).shape, lazy.weight.shape}, {0, {2, 3}, {3, 5}}, "LazyLinear takes its size from x")
    local loss = nn.TripletMarginWithDistanceLoss {distance_function = function(a, b) return (a - b):abs():sum(-1) end}
    tap.near(loss(lun.zeros(1, 2), lun.ones(1, 2), lun.ones(1, 2) * 2), 0, "a distance of one's own")
end

do
    local rnn = nn.utils.rnn
    local list = {lun.randn(2, 3), lun.randn(4, 3), lun.randn(1, 3)}
    local pack = rnn.pack_sequence(list, {enforce_sorted = false})
    local again = rnn.unpack_sequence(pack)
    tap.is({again[1], again[2], again[3]}, list, "pack_sequence and unpack_sequence")
    local padded, lengths = rnn.pad_packed_sequence(pack, {batch_first = true, padding_value = -1})
    tap.is({padded.shape, lengths:totable(), padded[1][3][1]:item()}, {{3, 4, 3}, {2, 4, 1}, -1}, "pad_packed_sequence with options")
    tap.ok(tostring(pack):find("4 steps of 3 sequences", 1, true), "a packed sequence prints")
    local lstm = nn.LSTM(3, 2, {bidirectional = true})
    local out, state = lstm(pack)
    local alone, last = lstm(list[1]:unsqueeze(2))
    tap.near(rnn.unpack_sequence(out)[1], alone:squeeze(2), "a packed sequence gives what each sequence gives alone")
    tap.near(state[2]:select(2, 1), last[2]:select(2, 1), "and its last state")
    local drop = nn.GRU(3, 2, {num_layers = 2, dropout = 0.5})
    local x = lun.randn(4, 1, 3)
    tap.ok(not ((drop(x)):equal((drop(x)))), "dropout between layers in training")
    drop:eval()
    tap.ok((drop(x)):equal((drop(x))), "and none in eval")
end

do
    local layer = nn.TransformerEncoderLayer(4, 2, 8, 0.5)
    local stack, x = nn.TransformerEncoder(layer, 3), lun.randn(5, 2, 4)
    tap.is(#stack:parameters(), 36, "an encoder has parameters of its own for every layer")
    tap.near(stack.layers[3].linear1.weight, layer.linear1.weight, "which begin as the layer's")
    tap.ok(not ((stack(x)):equal((stack(x)))), "dropout in training")
    stack:eval()
    tap.ok((stack(x)):equal((stack(x))), "and none in eval")
end

tap.done()
