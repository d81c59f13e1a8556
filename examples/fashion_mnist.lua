-- ---
-- lunette: {format: 1, check: "--epochs 1 --out {folder}/fashion", needs: ["/usr/share/datasets/fashion-mnist", "gnuplot"], tol: 0.03}
-- ---
-- %% [markdown]
-- # fashion_mnist.lua - train a network on 60,000 pictures of clothes and see it learn
--
--     lunette examples/fashion_mnist.lua [--model mlp|cnn] [--epochs N] [--out NAME]
--
-- Writes NAME.png (the curves) and NAME.safetensors (the weights), loads the weights back and checks that the accuracy is the
-- same. A run that was killed goes on from NAME.backup. SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local nn, optim, data, train = lun.nn, lun.optim, lun.data, lun.train

local function usage()
    io.stderr:write("usage: fashion_mnist.lua [--model mlp|cnn] [--epochs N] [--out NAME]\n")
    os.exit(2)
end

local options = {model = "mlp", epochs = false, out = "fashion_mnist"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then usage() end
    options[name] = arg[i + 1]
end
local epochs = math.tointeger(tonumber(options.epochs or (options.model == "cnn" and 6 or 5)))
if not epochs or epochs < 1 or not (options.model == "mlp" or options.model == "cnn") then usage() end

-- %% id="data"
lun.manual_seed(1)
local x_train, y_train = data.fashion_mnist("train")
local x_test, y_test = data.fashion_mnist("test")

-- %% id="network"
local models = {}
function models.mlp()
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
end
function models.cnn()
    return nn.Sequential(nn.Conv2d(1, 16, 3, {padding = 1}), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, {padding = 1}), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10))
end
local build = models[options.model]
local net = build()
print(net)

-- %% id="run"
-- bytes 0..255 become floats around 0
local function prepare(x) return ((x:float() / 255 - 0.2860) / 0.3530):unsqueeze(2) end

-- The accuracy and the loss of a model in use.
local function measure(model)
    return lun.no_grad(function()
        local right, loss = 0, 0
        model:eval()
        for x, y in data.DataLoader(data.TensorDataset(x_test, y_test), {batch_size = 1000}) do
            local scores = model(prepare(x))
            right, loss = right + scores:argmax(2):eq(y):sum():item(), loss + lun.cross_entropy(scores, y):item() * #y
        end
        return right / #y_test, loss / #y_test
    end)
end

local started = lun.wall_clock()
local loader = data.DataLoader(data.TensorDataset(x_train, y_train), {batch_size = 128, shuffle = true})
local run = train.run {model = net, optimizer = optim.Adam(net:parameters(), {lr = 1e-3}), epochs = epochs,
                       title = "Fashion-MNIST, " .. options.model, chart = {to = options.out .. ".png"},
                       callbacks = {train.callbacks.BackupAndRestore(options.out .. ".backup", {save_freq = 100})}}
for _ in run:epochs() do
    for x, y in run:batches(loader) do run:step(function() return lun.cross_entropy(net(prepare(x)), y) end) end
    local accuracy, loss = measure(net)
    run:log {val_loss = loss, val_accuracy = accuracy}
end

-- %% id="result"
local reached = measure(net)
lun.save(options.out .. ".safetensors", net:state_dict())
local copy = build()
copy:load_state_dict(lun.load(options.out .. ".safetensors"))
local again = measure(copy)
print(("%s: test accuracy %.4f after %d epochs in %.1f s; %s.png and %s.safetensors written; loaded back: %.4f"):format(
      options.model, reached, epochs, lun.wall_clock() - started, options.out, options.out, again))
assert(again == reached, "the loaded weights give another accuracy")
