-- nn.lua - modules: names, state, modes, hooks, printing, initialisation; layers and losses against PyTorch
--
-- The numbers of t/peer/training.lua are PyTorch's, with indices made 1-based.
-- Read next: lib/nn/module.lua, t/peer/training.py. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn = require "lunette.nn"

local peer = dofile((os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/t/peer/training.lua")

local function tensor(t)
    if #t.shape == 0 then return lun.tensor(t.data[1], {dtype = t.dtype}) end
    return lun.tensor(t.data, {dtype = t.dtype}):reshape(t.shape)
end

local function build(case) return assert(load("local nn, lun = ... return nn." .. case.class .. "(" .. case.args .. ")"))(nn, lun) end

local function weighted(out) return (out * lun.linspace(-1, 1, out:numel()):reshape(out.shape)):sum() end

local function names_of(list)
    local names = {}
    for i, pair in ipairs(list) do names[i] = pair[1] end
    return names
end

-- An error of ours whose text and hint hold each of the words.
local function says(f, name, ...) tap.raises_with_hint(f, name, "nn.lua:", ...) end -- a line of this file

-- ---- layers and losses against PyTorch ----

for _, case in ipairs(peer.modules) do
    local name, layer = ("%s(%s)"):format(case.class, case.args), build(case)
    local state = {}
    for key, t in pairs(case.state) do state[key] = tensor(t) end
    layer:load_state_dict(state)
    local x = tensor(case.input)
    if case.grads.input then x:requires_grad_() end
    local out = layer(x)
    tap.is(out.shape, case.out.shape, name .. ": shape")
    tap.near(out, tensor(case.out), 2e-5, name .. ": output")
    weighted(out):backward()
    for key, grad in pairs(case.grads) do
        local holder = key == "input" and x or layer[key]
        tap.near(holder.grad, tensor(grad), 5e-5, name .. ": gradient of " .. key)
    end
    for key, t in pairs(case.after) do tap.near(layer[key], tensor(t), 1e-5, name .. ": " .. key .. " afterwards") end
    layer:eval()
    tap.near(layer(x), tensor(case.evaluated), 2e-5, name .. ": output in eval")
end

for _, case in ipairs(peer.losses) do
    local name, loss = ("%s%s"):format(case.class, case.args), build(case)
    local x = tensor(case.input):requires_grad_()
    local out = loss(x, tensor(case.target))
    tap.near(out, tensor(case.out), 2e-5, name .. ": value")
    weighted(out):backward()
    tap.near(x.grad, tensor(case.grads.input), 2e-5, name .. ": gradient")
end

-- ---- a module of one's own ----

local Net = nn.Module:extend("Net")
function Net:init(hidden)
    self.first = nn.Linear(4, hidden)
    self.scale = nn.Parameter(lun.ones(hidden))
    self:register_buffer("seen", lun.tensor(0))
    self.head = nn.Sequential(nn.ReLU(), nn.Linear(hidden, 2, {bias = false}))
end
function Net:forward(x)
    lun.no_grad(function() self.seen:add_(1) end)
    return self.head(self.first(x) * self.scale)
end

local net = Net(3)
tap.is(names_of(net:named_parameters()), {"scale", "first.weight", "first.bias", "head.2.weight"}, "named_parameters: own first, then children in order")
tap.is(names_of(net:named_buffers()), {"seen"}, "named_buffers")
tap.is(names_of(net:named_modules()), {"", "first", "head", "head.1", "head.2"}, "named_modules")
tap.is(names_of(net:named_children()), {"first", "head"}, "named_children")
tap.is(#net:parameters(), 4, "parameters is a plain list")
tap.is(net:count_parameters(), 3 + 12 + 3 + 6, "count_parameters")
tap.is(net(lun.randn(5, 4)).shape, {5, 2}, "net(x) calls forward")
tap.is(net.seen:item(), 1, "a buffer is state of its own")
tap.is(net.seen.requires_grad, false, "and no parameter")

do
    local Deeper = Net:extend("Deeper")
    function Deeper:init(hidden)
        Net.init(self, hidden)
        self.extra_layer = nn.Linear(2, 1)
    end
    function Deeper:forward(x) return self.extra_layer(Net.forward(self, x)) end
    local deeper = Deeper(3)
    tap.is(deeper(lun.randn(5, 4)).shape, {5, 1}, "a class of a class")
    tap.is(#deeper:parameters(), 6, "has both classes' parameters")
    tap.ok(tostring(deeper):find "^Deeper", "and prints its own name")
    tap.ok(rawequal(Deeper.super, Net), "super is the class it extends")
    local Plain = nn.Module:extend("Plain")
    function Plain:forward(x) return x end
    tap.is(Plain()(7), 7, "a class needs no init")
end

do
    net.first = nn.Linear(4, 3)
    tap.is(names_of(net:named_children()), {"first", "head"}, "a replaced child keeps its place")
    net.first = nil
    net.first = nn.Linear(4, 3)
    tap.is(names_of(net:named_children()), {"first", "head"}, "also when it was nil in between")
    local tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    tied[2].weight = tied[1].weight
    tap.is(names_of(tied:named_parameters()), {"1.weight", "1.bias", "2.bias"}, "a shared parameter counts once")
end

-- ---- modes, gradients, types ----

net:eval()
tap.is({net.training, net.head[1].training}, {false, false}, "eval reaches every module")
net:train()
tap.is({net.training, net.head[2].training}, {true, true}, "and so does train")
weighted(net(lun.randn(2, 4))):backward()
tap.ok(net.first.weight.grad, "backward fills the gradients")
net:zero_grad()
tap.is(net.first.weight.grad, nil, "zero_grad empties them")
net.first:requires_grad_(false)
tap.is(net:count_parameters {trainable = true}, 9, "a frozen layer is not trainable")
tap.ok(tostring(net):find("15 frozen", 1, true), "and printing says so")
net.first:requires_grad_(true)
net:double()
tap.is({net.first.weight.dtype, net.seen.dtype}, {"float64", "int64"}, "double converts floats only")
tap.ok(net.first.weight.requires_grad and net.first.weight.is_leaf, "what was a parameter stays one")
net:float()
do
    local order = {}
    net:apply(function(module) order[#order + 1] = getmetatable(module).__name end)
    tap.is(order, {"Linear", "ReLU", "Linear", "Sequential", "Net"}, "apply visits children first")
end

-- ---- state ----

do
    local other = Net(3)
    other:load_state_dict(net:state_dict())
    local x = lun.randn(2, 4)
    tap.is(other(x), net(x), "a loaded state gives the same bits")
    tap.ok(net:state_dict()["first.weight"].requires_grad == false, "a state is detached")
    local path = os.tmpname()
    lun.save(path, net:state_dict())
    local from_file = Net(3)
    from_file:load_state_dict(lun.load(path))
    os.remove(path)
    tap.is({from_file.first.weight, from_file.seen:item()}, {net.first.weight, net.seen:item()}, "and so does a file")

    local state, before = net:state_dict(), net.scale:clone()
    state.scale, state.unknown = nil, lun.ones(1)
    says(function() net:load_state_dict(state) end, "strict names what is missing and what is too much", "missing: scale", "unexpected: unknown", "strict = false")
    local missing, unexpected = net:load_state_dict(state, {strict = false})
    tap.is({missing, unexpected}, {{"scale"}, {"unknown"}}, "{strict = false} returns them")
    state = net:state_dict()
    state.scale, state["head.2.weight"] = lun.full({3}, 9), lun.ones(2, 2)
    says(function() net:load_state_dict(state) end, "another shape is named with both shapes", "head.2.weight is [2,3] here and [2,2]")
    says(function() net:load_state_dict(state, {strict = false}) end, "and is never loaded", "[2,2]")
    tap.is(net.scale:totable(), before:totable(), "a failed load changes nothing")
    says(function() net:load_state_dict("net.safetensors") end, "a path is no state", "lun.load")
    says(function() net:load_state_dict {scale = 1} end, "a number is no tensor", "scale is no tensor")
end

-- ---- hooks ----

do
    local layer, calls = nn.Linear(2, 2), {}
    local x = lun.ones(1, 2)
    local plain = layer(x)
    local first = layer:register_forward_pre_hook(function(module, inputs) calls[#calls + 1] = rawequal(inputs[1], x) and module == layer end)
    local second = layer:register_forward_hook(function(_, _, out) return out * 2 end)
    local third = layer:register_forward_hook(function(_, _, out) return out + 1 end)
    tap.near(layer(x), plain * 2 + 1, "hooks replace the output one after the other")
    tap.is(calls, {true}, "a pre-hook sees the input")
    second:remove()
    tap.near(layer(x), plain + 1, "a removed hook is gone")
    first:remove()
    third:remove()
    layer:register_forward_pre_hook(function() return lun.zeros(1, 2) end)
    tap.near(layer(x), layer.bias:unsqueeze(1), "a pre-hook replaces the input")
    says(function() layer:register_forward_hook(3) end, "a hook must be a function", "function")
end

do
    local Failing = nn.Module:extend("Failing")
    function Failing:forward() error("inside", 0) end
    local outer = nn.Sequential(nn.ReLU(), Failing())
    tap.is({pcall(outer, lun.ones(1))}, {false, "inside"}, "an error inside forward comes out as it is")
    tap.is(nn.Module.stack.depth, 0, "and the stack of modules is empty again")
end

-- ---- printing ----

tap.is(tostring(nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10, {bias = false}))), table.concat({
    "Sequential                                                203,520", "  (1): Linear(784 -> 256)                                 200,960", "  (2): ReLU()",
    "  (3): Linear(256 -> 10, no bias)                           2,560", "203,520 parameters"}, "\n"), "a network prints as a tree with counts")

-- ---- containers ----

do
    local named = nn.Sequential {{"fc", nn.Linear(2, 3)}, {"act", nn.Tanh()}}
    tap.is(names_of(named:named_children()), {"fc", "act"}, "Sequential with names")
    tap.is(named(lun.ones(1, 2)).shape, {1, 3}, "runs in order")
    tap.is(#nn.Sequential {nn.ReLU(), nn.ReLU()}:named_children(), 2, "Sequential takes a list")
    tap.is(nn.Sequential():add(nn.Linear(2, 3)):add(nn.Linear(3, 4))(lun.ones(1, 2)).shape, {1, 4}, "add appends")
    local list = nn.ModuleList {nn.Linear(2, 2)}
    list:append(nn.Linear(2, 2))
    tap.is(#list:parameters(), 4, "ModuleList holds parameters")
    tap.is(nn.Flatten()(lun.ones(2, 3, 4)).shape, {2, 12}, "Flatten keeps dim 1")
    tap.is(nn.Identity()(5), 5, "Identity")
end

-- ---- dropout ----

do
    lun.manual_seed(3)
    local drop = nn.Dropout(0.25)
    local x = lun.ones(10000)
    local y = drop(x)
    local zeros = y:eq(0):sum():item()
    tap.ok(zeros > 2300 and zeros < 2700, "Dropout zeroes a quarter: " .. zeros)
    tap.near(y:max():item(), 1 / 0.75, "and scales the rest")
    drop:eval()
    tap.is(drop(x), x, "in eval it does nothing")
end

-- ---- initialisation ----

local function spread(x) return {x:min():item(), x:max():item(), x:mean():item(), x:std():item()} end

do
    lun.manual_seed(1)
    local layer = nn.Linear(400, 300)
    local bound = 1 / 20
    local s = spread(layer.weight)
    tap.ok(s[1] >= -bound and s[2] <= bound and math.abs(s[3]) < 1e-3, "Linear's weight lies in 1/sqrt(fan_in)")
    tap.near(s[4], bound / math.sqrt(3), 0.02, "and is uniform")
    s = spread(layer.bias)
    tap.ok(s[1] >= -bound and s[2] <= bound and s[4] > bound / 2.5, "so does its bias")
    s = spread(nn.Conv2d(16, 64, 5).weight)
    tap.ok(s[2] <= 1 / 20 and s[2] > 0.049, "a convolution counts its kernel")
    s = spread(nn.Embedding(500, 40).weight)
    tap.ok(math.abs(s[3]) < 0.03 and math.abs(s[4] - 1) < 0.03, "Embedding is normal")
    local function std_of(f, ...) return f(lun.empty(300, 200), ...):std():item() end
    tap.near(std_of(nn.init.xavier_uniform_), math.sqrt(2 / 500), 0.02, "xavier_uniform_")
    tap.near(std_of(nn.init.xavier_normal_, 2), 2 * math.sqrt(2 / 500), 0.02, "xavier_normal_ with gain")
    tap.near(std_of(nn.init.kaiming_uniform_, {nonlinearity = "relu"}), math.sqrt(2 / 200), 0.02, "kaiming_uniform_")
    tap.near(std_of(nn.init.kaiming_normal_, {nonlinearity = "relu", mode = "fan_out"}), math.sqrt(2 / 300), 0.02, "kaiming_normal_, fan_out")
    tap.is(nn.init.constant_(nn.Linear(1, 2).bias, 3), {3.0, 3.0}, "constant_ writes into a parameter")
    lun.manual_seed(9)
    local a = nn.Linear(3, 3).weight
    lun.manual_seed(9)
    tap.is(nn.Linear(3, 3).weight, a, "the same seed gives the same network")
end

-- ---- clipping ----

do
    local a, b = lun.ones(3):requires_grad_(), lun.ones(1):requires_grad_()
    a.grad, b.grad = lun.full({3}, 2.0), lun.full({1}, 2.0)
    tap.near(nn.utils.clip_grad_norm_({a, b}, 1), 4, "clip_grad_norm_ returns the norm before")
    tap.near(a.grad, {0.5, 0.5, 0.5}, "and scales the gradients")
    nn.utils.clip_grad_norm_({a, b}, 10)
    tap.near(a.grad, {0.5, 0.5, 0.5}, "a smaller norm is left alone")
end

-- ---- bad input ----

says(function() nn.Linear(0, 3) end, "Linear(0, 3)", "in_features", "0")
says(function() nn.Linear(3) end, "Linear(3)", "out_features", "nil")
says(function() nn.Linear(2.5, 3) end, "Linear(2.5, 3)", "2.5")
says(function() nn.Linear(3, 3, {bais = false}) end, "an unknown option", "bais", "bias")
says(function() nn.Linear(3, 3, "no") end, "a bias that is no boolean", "bias", "true or false")
tap.is(nn.Linear(3, 3, false).bias, nil, "options may stand in their places")
says(function() nn.Conv2d(3, 4, {3}) end, "a kernel of one number in a table", "kernel_size")
says(function() nn.Conv2d(3, 4, 3, {groups = 2}) end, "groups that do not divide", "3 and 4 channels")
says(function() nn.MaxPool2d() end, "no kernel size", "kernel_size")
says(function() nn.LayerNorm() end, "no normalized_shape", "normalized_shape")
says(function() nn.Embedding(5, 2, {padding_idx = 0}) end, "padding_idx 0", "1..5")
says(function() nn.Dropout(1.5) end, "Dropout(1.5)", "1.5")
says(function() nn.Dropout(0 / 0) end, "Dropout(NaN)", "number from 0 to 1")
says(function() nn.Softmax("x") end, "Softmax('x')", "dim")
says(function() nn.GELU {approximation = "tanh"} end, "an activation's unknown option", "approximation", "approximate")
says(function() nn.CrossEntropyLoss {reduction = "avg"} end, "an unknown reduction", "avg", "mean")
says(function() nn.MSELoss {weights = 1} end, "a loss's unknown option", "weights")
says(function() nn.MSELoss("sum") end, "a loss's options that are no table", "table")
says(function() nn.Sequential(nn.ReLU(), nil, nn.ReLU()) end, "nil among modules", "nil")
says(function() nn.Sequential(lun.relu) end, "a function is no module", "function")
says(function() nn.Module() end, "nn.Module itself", "extend")
says(function() nn.Module:extend() end, "a class without a name", "name")
says(function() nn.Module:extend("M")()(1) end, "no forward", "forward")
says(function() net:register_buffer("b", 3) end, "a buffer that is no tensor", "3")
says(function() nn.Parameter(3) end, "a parameter that is no tensor", "3")
says(function() net["a.b"] = nn.ReLU() end, "a dot in a name", "a.b")
says(function() nn.init.kaiming_uniform_(lun.ones(3)) end, "fan_in of a vector", "2 dims")
says(function() nn.init.calculate_gain("swish") end, "an unknown gain", "swish")
says(function() nn.Linear(4, 2)(lun.ones(3, 5)) end, "an input of the wrong size", "[3,5]")
says(function() nn.Linear(4, 2)(3) end, "an input that is no tensor", "tensor")
says(function() nn.Conv2d(3, 4, 3)(lun.ones(1, 2, 8, 8)) end, "the wrong number of channels", "2")
says(function() nn.BatchNorm2d(3)(lun.ones(2, 3)) end, "BatchNorm2d of 2 dims", "[N, C, H, W]")
says(function() nn.BatchNorm1d(3)(lun.ones(1, 3)) end, "one sample in training", "eval")
says(function() nn.Embedding(3, 2)(lun.tensor {1, 0}) end, "token 0", "0")
says(function() nn.Embedding(3, 2)(lun.tensor {4}) end, "token 4 of 3", "3")
says(function() nn.Embedding(3, 2)(lun.tensor {1.5}) end, "half a token", "int")


-- whole numbers where PyTorch takes them
do
    local x, y, t = lun.tensor { { 1, 2, 3 }, { 4, 5, 7 } }, lun.tensor { { 2, 2, 1 }, { 1, 5, 3 } }, lun.tensor { { 1, -1, 1 }, { 1, 1, -1 } }
    tap.ok(lun.linear(x, y, lun.tensor { 1, -1 }):equal(lun.tensor { { 10, 19 }, { 26, 49 } }), "linear of whole numbers")
    tap.ok(lun.linear(x, y[1]):equal(lun.tensor { 9, 25 }), "linear of whole numbers with a vector")
    tap.fails(function() lun.linear(x, lun.tensor { { 1, 2 } }) end, "shape", "the weight takes 2", "linear of whole numbers that do not fit")
    local function is(loss, want, label) tap.ok(loss.dtype == "float32" and math.abs(loss:item() - want) < 1e-4, label .. " of whole numbers") end
    is(x:triplet_margin_loss(y, t, 5), 2.0983, "triplet_margin_loss")
    is(x:margin_ranking_loss(y, t), 0.8333333, "margin_ranking_loss")
    is(x:poisson_nll_loss(y), 211.80623, "poisson_nll_loss")
    is(x:cosine_embedding_loss(y, lun.tensor { 1, 1 }), 0.1536727, "cosine_embedding_loss")
    is(lun.complex(lun.tensor { 3.0, 0.0 }, lun.tensor { 4.0, 1.0 }):l1_loss(lun.zeros(2)), 3, "l1_loss, not only")
    tap.ok(x:feature_alpha_dropout(0.5):equal(x) and x:alpha_dropout():equal(x), "dropout does nothing outside of training")
    tap.fails(function() x:alpha_dropout(0.5, true) end, "dtype", "int64", "dropout of whole numbers in training")
end

-- half precision is rounded once: large scores decide between places as they do in float32
do
    lun.manual_seed(3)
    local function attend(dtype)
        local function draw(...) return (lun.randn(...) * 8):half():to(dtype) end
        lun.manual_seed(3)
        local out, weights = lun.multi_head_attention_forward(draw(3, 2, 4), draw(5, 2, 4), draw(5, 2, 4), 4, 2, draw(12, 4), draw(12), nil, nil,
            false, 0, draw(4, 4), draw(4), { training = false })
        return out, weights
    end
    local half, half_weights = attend "float16"
    local wide, wide_weights = attend "float32"
    tap.ok(half:equal(wide:half()) and half_weights:equal(wide_weights:half()), "multi-head attention in half precision")
    tap.fails(function() lun.multi_head_attention_forward(lun.ones(2, 1, 2):long(), lun.ones(2, 1, 2):long(), lun.ones(2, 1, 2):long(), 2, 1,
        lun.ones(6, 2):long(), nil, nil, nil, false, 0, lun.ones(2, 2):long()) end, "dtype", "int64", "multi-head attention of whole numbers")
end
-- ---- no samples at all ----

for _, class in ipairs {"LayerNorm", "RMSNorm"} do
    for _ = 1, 3 do
        local norm = nn[class](5)
        local y = norm(lun.zeros(0, 5)):sum()
        for _ = 1, 8 do lun.full({5}, 7.0):free() end -- what memory was given back holds
        y:backward()
        tap.is(norm.weight.grad:totable(), {0, 0, 0, 0, 0}, class .. ": the gradient of no samples is 0")
    end
end
tap.done()
