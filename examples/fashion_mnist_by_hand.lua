-- ---
-- lunette: {format: 1, check: "--epochs 1 --out {folder}/hand", needs: ["/usr/share/datasets/fashion-mnist"], tol: 0.03}
-- ---
-- %% [markdown]
-- # fashion_mnist_by_hand.lua - a network for pictures of clothes made of tensors and autograd alone
--
--     lunette examples/fashion_mnist_by_hand.lua [--model mlp|cnn] [--epochs N] [--out NAME]
--
-- The same network with nn and optim is fashion_mnist.lua, with keras fashion_mnist_keras.lua. Nothing is hidden here: weights
-- are tensors, a layer is a product, a step of Adam is five lines. After each epoch all that a run is made of goes into
-- NAME.state; a run that was killed goes on from there when it is started again. SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local data = require "lunette.data"

local options = {model = "mlp", epochs = "5", out = "by_hand"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    assert(name and options[name] and arg[i + 1], "usage: fashion_mnist_by_hand.lua [--model mlp|cnn] [--epochs N] [--out NAME]")
    options[name] = arg[i + 1]
end
local epochs = assert(math.tointeger(tonumber(options.epochs)), "--epochs must be a whole number")

-- %% id="data"
lun.manual_seed(1)
local x_train, y_train = data.fashion_mnist("train")
local x_test, y_test = data.fashion_mnist("test")
local function prepare(x) return (x:float() / 255 - 0.2860) / 0.3530 end

-- %% id="network"
local weights, names = {}, {}
local function weight(name, ...)
    local sizes, inputs = {...}, 1
    for i = 2, #sizes do inputs = inputs * sizes[i] end
    weights[name] = lun.empty(sizes):uniform_(-1, 1):mul_(math.sqrt(3 / inputs)):requires_grad_()
    weights[name .. "_bias"] = lun.zeros(sizes[1]):requires_grad_()
    names[#names + 1], names[#names + 2] = name, name .. "_bias"
end

local function dense(x, name) return x:matmul(weights[name]:t()) + weights[name .. "_bias"] end
local function conv(x, name) return lun.conv2d(x, weights[name], weights[name .. "_bias"], {padding = 1}) end

local forward = {}
function forward.mlp(x)
    x = dense(x:flatten(2), "a"):relu()
    return dense(dense(x, "b"):relu(), "c")
end
function forward.cnn(x)
    x = lun.max_pool2d(conv(x:unsqueeze(2), "a"):relu(), 2)
    x = lun.max_pool2d(conv(x, "b"):relu(), 2)
    return dense(dense(x:flatten(2), "c"):relu(), "d")
end
local layers = {mlp = {{"a", 256, 784}, {"b", 128, 256}, {"c", 10, 128}},
                cnn = {{"a", 16, 1, 3, 3}, {"b", 32, 16, 3, 3}, {"c", 128, 32 * 7 * 7}, {"d", 10, 128}}}
for _, layer in ipairs(assert(layers[options.model], "--model must be mlp or cnn")) do weight(table.unpack(layer)) end
local net = forward[options.model]

-- %% Adam, and the state of a run id="adam"
local first, second, steps = {}, {}, 0
for _, name in ipairs(names) do first[name], second[name] = lun.zeros_like(weights[name]), lun.zeros_like(weights[name]) end

local function adam(rate)
    steps = steps + 1
    lun.no_grad(function()
        for _, name in ipairs(names) do
            local g, m, v = weights[name].grad, first[name], second[name]
            m:mul_(0.9):add_(g, {alpha = 0.1})
            v:mul_(0.999):addcmul_(g, g, {value = 0.001})
            local size = rate * math.sqrt(1 - 0.999 ^ steps) / (1 - 0.9 ^ steps)
            weights[name]:addcdiv_(m, v:sqrt():add_(1e-8), {value = -size})
            weights[name].grad = nil
        end
    end)
end

local path = options.out .. ".state"
local function save(epoch)
    local state, random = {}, lun.get_rng_state()
    for _, name in ipairs(names) do state[name], state["m." .. name], state["v." .. name] = weights[name]:detach(), first[name], second[name] end
    lun.save(path, state, {epoch = tostring(epoch), steps = tostring(steps), seed = tostring(random.seed), offset = tostring(random.offset)})
end
local function restore()
    if not io.open(path) then return 0 end
    local state, texts = lun.load(path)
    lun.no_grad(function()
        for _, name in ipairs(names) do
            weights[name]:copy_(state[name])
            first[name]:copy_(state["m." .. name])
            second[name]:copy_(state["v." .. name])
        end
    end)
    steps = math.tointeger(texts.steps)
    lun.set_rng_state {seed = math.tointeger(texts.seed), offset = math.tointeger(texts.offset)}
    return math.tointeger(texts.epoch)
end

-- %% id="run"
local started = lun.wall_clock()
for epoch = restore() + 1, epochs do
    local sum, order = 0, lun.randperm(#y_train)
    for from = 1, #y_train, 128 do
        local rows = order:narrow(1, from, math.min(128, #y_train - from + 1))
        local loss = lun.cross_entropy(net(prepare(x_train:index_select(1, rows))), y_train:index_select(1, rows))
        loss:backward()
        adam(1e-3)
        sum = sum + loss:item() * #rows
        lun.collect_young()
    end
    save(epoch)
    print(("epoch %d of %d: loss %.4f, %.1f s"):format(epoch, epochs, sum / #y_train, lun.wall_clock() - started))
end
-- %% id="result"
local right = 0
for from = 1, #y_test, 1000 do
    local scores = lun.no_grad(function() return net(prepare(x_test:narrow(1, from, 1000))) end)
    right = right + scores:argmax(2):eq(y_test:narrow(1, from, 1000)):sum():item()
end
print(("%s by hand: test accuracy %.4f after %d epochs in %.1f s"):format(options.model, right / #y_test, epochs, lun.wall_clock() - started))
os.remove(path)
