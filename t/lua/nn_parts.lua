-- nn_parts.lua - containers by name, initialisations, nn.utils
--
-- Holds: what PyTorch's documentation says of each; bad calls raise our error. Read next: nn.lua, lib/nn/parameters.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn = lun.nn

local function raises(text, word)
    local good, problem = pcall(assert(load("local nn, lun = ... return " .. text)), nn, lun)
    tap.ok(not good and type(problem) == "table" and problem.hint and tostring(problem):find(word, 1, true), text .. ": " .. tostring(problem))
end

local function names_of(list)
    local names = {}
    for i, pair in ipairs(list) do names[i] = pair[1] end
    return names
end

-- ---- containers ----

do
    local dict = nn.ModuleDict {{"second", nn.Linear(2, 3)}, {"first", nn.ReLU()}}
    tap.is({dict:keys(), #dict, dict:contains "first", dict:contains "keys"}, {{"second", "first"}, 2, true, false}, "ModuleDict keeps its order")
    tap.is(names_of(dict:named_parameters()), {"second.weight", "second.bias"}, "and its modules have their parameters")
    tap.is(dict.second(lun.ones(1, 2)).shape, {1, 3}, "a module is a field")
    dict:set("second", nn.Linear(2, 5))
    tap.is({dict:keys(), dict.second.out_features}, {{"second", "first"}, 5}, "set replaces in place")
    local taken = dict:pop "second"
    tap.is({taken.out_features, dict:keys(), #dict:parameters()}, {5, {"first"}, 0}, "pop takes out")
    tap.is(nn.ModuleDict {b = nn.ReLU(), a = nn.Tanh()}:keys(), {"a", "b"}, "a plain table goes by the alphabet")
    tap.ok(dict:values()[1] == dict.first and dict:items()[1][1] == "first", "values and items")

    local list = nn.ParameterList {lun.ones(2), lun.zeros(3)}
    list:append(lun.ones(1))
    tap.is({#list, names_of(list:named_parameters())}, {3, {"1", "2", "3"}}, "ParameterList")
    tap.ok(list[2].requires_grad, "its tensors are parameters")
    local by_name = nn.ParameterDict {w = lun.ones(2)}
    by_name:set("b", lun.zeros(2))
    tap.is(names_of(by_name:named_parameters()), {"w", "b"}, "ParameterDict")
    by_name:load_state_dict {w = lun.full({2}, 3), b = lun.full({2}, 4)}
    tap.is(by_name.b:totable(), {4, 4}, "and its state")
    raises("nn.ModuleDict{a = 3}", "3")
    raises("nn.ModuleDict(nn.ReLU())", "by name")
    raises("nn.ModuleDict{nn.ReLU()}", "without a name")
    raises("nn.ModuleDict{train = nn.ReLU()}", "train")
    raises("nn.ModuleDict{}:pop('x')", "no 'x'")
    raises("nn.ParameterList{3}", "3")
    raises("nn.ParameterList(3)", "list")
    raises("nn.ParameterDict{a = 'x'}", "tensor")
end

-- ---- initialisation ----

lun.manual_seed(11)
do
    local x = nn.init.trunc_normal_(lun.empty(4000), 1, 2, 0, 3)
    tap.ok(x:min():item() >= 0 and x:max():item() <= 3, "trunc_normal_ stays inside")
    tap.ok(math.abs(x:mean():item() - 1.404) < 0.05, "with the mean of what is left: " .. x:mean():item())
    for _, shape in ipairs {{3, 5}, {5, 3}, {4, 2, 3}} do
        local w = nn.init.orthogonal_(lun.empty(shape), 2):reshape(shape[1], -1)
        local product = w:size(1) <= w:size(2) and w:mm(w:t()) or w:t():mm(w)
        tap.near(product, lun.eye(product:size(1)) * 4, 1e-5, "orthogonal_ " .. table.concat(shape, "x"))
    end
    tap.is(nn.init.eye_(lun.empty(2, 3)):totable(), {{1, 0, 0}, {0, 1, 0}}, "eye_")
    local conv = nn.Conv2d(4, 4, 3, {padding = 1, bias = false})
    nn.init.dirac_(conv.weight)
    local image = lun.randn(1, 4, 5, 5)
    tap.near(conv(image), image, 1e-6, "dirac_ hands the input on")
    local grouped = nn.Conv1d(4, 4, 3, {padding = 1, bias = false, groups = 2})
    nn.init.dirac_(grouped.weight, 2)
    local line = lun.randn(1, 4, 5)
    tap.near(grouped(line), line, 1e-6, "also in groups")
    local sparse = nn.init.sparse_(lun.empty(10, 4), 0.25)
    tap.is(sparse:eq(0):sum(1):totable(), {3, 3, 3, 3}, "sparse_ leaves zeros in every column")
    raises("nn.init.eye_(lun.empty(2))", "2 dims")
    raises("nn.init.dirac_(lun.empty(2, 2))", "3 to 5")
    raises("nn.init.dirac_(lun.empty(3, 2, 3), 2)", "groups")
    raises("nn.init.sparse_(lun.empty(2, 2), 2)", "sparsity")
    raises("nn.init.orthogonal_(lun.empty(2))", "2 dims")
    raises("nn.init.trunc_normal_(lun.empty(2), 0, 1, 2, -2)", "a < b")
end

-- ---- nn.utils ----

do
    local x = lun.ones(3):requires_grad_()
    x.grad = lun.tensor{-4.0, 0.5, 4.0}
    nn.utils.clip_grad_value_(x, 1)
    tap.is(x.grad:totable(), {-1, 0.5, 1}, "clip_grad_value_")
    x.grad = lun.tensor{-4.0, 2.0, 1.0}
    tap.near(nn.utils.clip_grad_norm_({x}, 2, math.huge), 4, "clip_grad_norm_ of the largest")
    tap.near(x.grad, {-2, 1, 0.5}, "scales by it")
    local net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    local vector = nn.utils.parameters_to_vector(net:parameters())
    tap.is({vector:numel(), vector.requires_grad}, {11, true}, "parameters_to_vector")
    nn.utils.vector_to_parameters(lun.arange(11):float(), net:parameters())
    tap.is({net[1].weight[2][1]:item(), net[2].bias[1]:item(), net[1].weight.requires_grad}, {3, 10, true}, "vector_to_parameters")
    raises("nn.utils.clip_grad_value_({}, -1)", "at least 0")
    raises("nn.utils.clip_grad_norm_(nn.Linear(2, 2), 1)", "a module")
    raises("nn.utils.parameters_to_vector({})", "empty")
    raises("nn.utils.vector_to_parameters(lun.ones(3), {lun.ones(2)})", "2 elements")

    local layer, input = nn.Linear(3, 2), lun.randn(4, 3)
    local before = layer(input)
    nn.utils.weight_norm(layer)
    tap.is(names_of(layer:named_parameters()), {"bias", "weight_g", "weight_v"}, "weight_norm's parameters are PyTorch's")
    tap.is(layer.weight_g.shape, {2, 1}, "one length per output")
    tap.near(layer(input), before, 1e-6, "weight_norm changes no output")
    lun.no_grad(function() layer.weight_g:mul_(2) end)
    tap.near(layer(input) - layer.bias, (before - layer.bias) * 2, 1e-5, "the length scales it")
    layer(input):sum():backward()
    tap.near((layer.weight_v.grad * layer.weight_v):sum(), 0, 1e-5, "the gradient of the direction is at right angles to it")
    nn.utils.remove_weight_norm(layer)
    tap.is(names_of(layer:named_parameters()), {"bias", "weight"}, "remove_weight_norm")
    tap.near(layer(input) - layer.bias, (before - layer.bias) * 2, 1e-5, "keeps the weight")
    local conv = nn.utils.spectral_norm(nn.ConvTranspose1d(4, 3, 2), "weight", 3)
    local signal = lun.randn(2, 4, 5)
    for _ = 1, 60 do conv(signal) end
    tap.near(lun.matrix_norm(conv.weight:transpose(1, 2):flatten(2), 2), 1, 1e-4, "spectral_norm makes the largest singular value 1")
    tap.is({names_of(conv:named_parameters()), names_of(conv:named_buffers())}, {{"bias", "weight_orig"}, {"weight_u", "weight_v"}},
           "its names are PyTorch's")
    conv:eval()
    local u = conv.weight_u:clone()
    conv(signal):sum():backward()
    tap.ok(conv.weight_u:equal(u) and conv.weight_orig.grad, "in eval its vectors stay; the gradient reaches the parameter")
    tap.near((conv.weight_orig.grad * conv.weight_orig):sum(), 0, 1e-3, "which does not change with the parameter's length")
    raises("nn.utils.spectral_norm(nn.Linear(2, 2), 'weight', 0)", "iteration")
    raises("nn.utils.weight_norm(nn.ReLU())", "no parameter")
    raises("nn.utils.remove_weight_norm(nn.Linear(2, 2))", "no weight norm")
end

-- ---- lazy modules ----

do
    for _, row in ipairs {{"LazyConv2d", {4, 3}, {2, 3, 8, 8}, "Conv2d"}, {"LazyConv1d", {4, 3}, {2, 3, 8}, "Conv1d"},
                          {"LazyConvTranspose3d", {4, 3}, {1, 2, 3, 3, 3}, "ConvTranspose3d"}, {"LazyBatchNorm2d", {}, {2, 3, 4, 4}, "BatchNorm2d"},
                          {"LazyInstanceNorm1d", {{affine = true}}, {2, 3, 4}, "InstanceNorm1d"}, {"LazyLinear", {5}, {2, 7}, "Linear"}} do
        local module = nn[row[1]](table.unpack(row[2]))
        tap.is(#module:parameters(), 0, row[1] .. " waits for its input")
        lun.manual_seed(1)
        local out = module:train(false)(lun.ones(row[3]))
        tap.ok(module.__name == row[4] and not module.training and #module:parameters() > 0, "and is then a " .. row[4])
        lun.manual_seed(1)
        local plain = nn[row[4]](row[3][row[4] == "Linear" and 2 or 2], table.unpack(row[2]))
        tap.ok(plain:eval()(lun.ones(row[3])):eq(out):all(), "with the weights that " .. row[4] .. " begins with")
    end
    raises("nn.LazyConv2d(4, 3)(lun.ones(3))", "at least 3 dims")
    raises("nn.LazyConv2d {in_channels = 3}", "no option 'in_channels'")
end

-- ---- pruning, freezing, residuals ----

do
    local prune = nn.utils.prune
    local layer = nn.Linear(4, 5)
    local before = layer.weight:detach():clone()
    prune.l1_unstructured(layer, "weight", 0.3)
    local zero = layer.weight:eq(0)
    tap.is(zero:sum():item(), 6, "three tenths of 20 weights are 0")
    tap.ok(before:abs()[zero]:max():item() <= before:abs()[zero:logical_not()]:min():item(), "the smallest")
    prune.l1_unstructured(layer, "weight", 4)
    tap.is(layer.weight_mask:sum():item(), 10, "pruning again takes from what is left")
    local optimizer = lun.optim.SGD(layer:parameters(), {lr = 0.5})
    layer(lun.randn(3, 4)):sum():backward()
    optimizer:step()
    layer(lun.randn(3, 4))
    tap.ok(layer.weight:eq(0):sum():item() == 10 and prune.is_pruned(nn.Sequential(layer)), "what is pruned stays 0 in training")
    prune.remove(layer, "weight")
    local names = {}
    for i, pair in ipairs(layer:named_parameters()) do names[i] = pair[1] end
    tap.ok(layer.weight.requires_grad and layer.weight:eq(0):sum():item() == 10 and not prune.is_pruned(layer), "remove makes it final")
    tap.is(names, {"bias", "weight"}, "and the weight a parameter again")
    local a, b = nn.Linear(2, 2), nn.Linear(2, 2)
    lun.no_grad(function()
        a.weight:fill_(1)
        b.weight:fill_(2)
    end)
    prune.global_unstructured({{a, "weight"}, {b, "weight"}}, 0.5)
    tap.ok(a.weight:eq(0):all() and b.weight:eq(2):all(), "the smallest of several layers together")
    local conv = prune.ln_structured(nn.Conv2d(2, 4, 3), "weight", 0.5, 2, 1)
    tap.is(conv.weight_mask:flatten(2):amax(2):sum():item(), 2, "whole channels")
    tap.ok(prune.custom_from_mask(nn.Linear(2, 1), "weight", lun.tensor {{true, false}}).weight[1][2]:item() == 0, "a mask of one's own")
    tap.ok(prune.random_unstructured(nn.Linear(2, 2), "weight", 1.0).weight:eq(0):all(), "all of them")
    raises('nn.utils.prune.l1_unstructured(nn.Linear(2, 2), "weight", 5)', "up to 4")
    raises('nn.utils.prune.l1_unstructured(nn.ReLU(), "weight", 0.5)', "no parameter 'weight'")
    raises('nn.utils.prune.remove(nn.Linear(2, 2), "weight")', "not pruned")
    local res = nn.Residual(nn.Linear(3, 3))
    local x = lun.randn(2, 3)
    tap.ok(res(x):eq(x + res.f(x)):all(), "x + f(x)")
    tap.is(#res:freeze():parameters(), 2, "frozen parameters are still there")
    tap.ok(res:count_parameters {trainable = true} == 0 and res:unfreeze():count_parameters {trainable = true} == 12, "and come back")
end

-- ---- fields that held something else; backward hooks; help ----

do
    local Net = nn.Module:extend("Net")
    function Net:init() self.body, self.scale, self.parent = false, 1, "none" end
    local net = Net()
    net.body, net.scale = nn.Linear(2, 3), nn.Parameter(lun.ones(3))
    local names = {}
    for i, pair in ipairs(net:named_parameters()) do names[i] = pair[1] end
    tap.is(names, {"scale", "body.weight", "body.bias"}, "a module put into a field that held something else is registered")

    local seen = {}
    local stack = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    local x = lun.ones(5, 3):requires_grad_()
    stack(x):sum():backward()
    local plain, first = x.grad:clone(), stack[1].weight.grad:clone()
    x.grad = nil
    stack:zero_grad()
    local handles = {stack[1]:register_full_backward_hook(function(m, inputs, outputs) seen[1] = {m, inputs[1], outputs[1]} end),
                     stack[3]:register_full_backward_hook(function(_, inputs) return {inputs[1] * 2} end)}
    stack(x):sum():backward()
    tap.ok(seen[1][1] == stack[1] and seen[1][2]:eq(x.grad):all() and seen[1][3].shape[2] == 4, "a backward hook sees both gradients")
    tap.ok(x.grad:sub(plain * 2):abs():max():item() < 1e-6, "and may replace what flows on")
    for _, handle in ipairs(handles) do handle:remove() end
    x.grad = nil
    stack:zero_grad()
    stack(x):sum():backward()
    tap.ok(x.grad:eq(plain):all() and stack[1].weight.grad:eq(first):all(), "until it is removed")
    raises("nn.ReLU():register_full_backward_hook(3)", "must be a function")

    local unhelped = {}
    for name in pairs(nn) do
        local good, text = pcall(lun.help, "nn." .. name)
        if name:find "^%u" and not (good and text:find("lun.nn." .. name, 1, true) and not text:find "A module%.$") then unhelped[#unhelped + 1] = name end
    end
    table.sort(unhelped)
    tap.is(table.concat(unhelped, " "), "", "every class of nn has its help")
    tap.ok(lun.help "nn":find "TransformerEncoder" and lun.help "fit":find "epochs" and lun.help "EarlyStopping":find "patience", "and so has training")
end

tap.done()
