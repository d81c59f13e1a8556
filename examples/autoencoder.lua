-- ---
-- lunette: {format: 1, check: "--epochs 2 --out {folder}/autoencoder", needs: ["gnuplot"], tol: 0.05}
-- ---
-- %% [markdown]
-- # autoencoder.lua - handwritten digits through four numbers and back
--
--     lunette examples/autoencoder.lua [--epochs N] [--out NAME]
--
-- 8 x 8 pictures (Alpaydin & Kaynak 1998, in the program) are squeezed into 4 numbers each. Writes NAME.png: above the digits,
-- below what came back; and NAME_plane.png: the first two of the numbers, coloured by digit, which nobody told the network.
-- Goes on from NAME.backup after a kill. SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local nn, optim, data, train, plot = lun.nn, lun.optim, lun.data, lun.train, lun.plot

local options = {epochs = "60", out = "autoencoder"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: autoencoder.lua [--epochs N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end

-- %% id="data"
lun.manual_seed(1)
local x, y = data.digits()
local order = lun.randperm(#y)
x, y = x:index_select(1, order), y:index_select(1, order)
local x_train, x_test, y_test = x:narrow(1, 1, 1500), x:narrow(1, 1501, 297), y:narrow(1, 1501, 297)

-- %% id="network"
local Autoencoder = nn.Module:extend("Autoencoder")
function Autoencoder:init(code)
    self.encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, code))
    self.decoder = nn.Sequential(nn.Linear(code, 32), nn.ReLU(), nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid())
end
function Autoencoder:forward(z) return self.decoder(self.encoder(z)) end

local net = Autoencoder(4)
print(net:summary {1, 64})
-- %% id="run"
local optimizer = optim.AdamW(net:parameters(), {lr = 3e-3, weight_decay = 1e-4})
local epochs = assert(math.tointeger(tonumber(options.epochs)), "--epochs must be a whole number")
local schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)

local function test_error()
    return lun.no_grad(function()
        net:eval()
        local e = lun.mse_loss(net(x_test), x_test):item()
        net:train()
        return e
    end)
end

local started = lun.wall_clock()
local run = train.run {model = net, optimizer = optimizer, epochs = epochs, title = "digits through 4 numbers",
                       callbacks = {train.callbacks.BackupAndRestore(options.out .. ".backup"), train.callbacks.LearningRateScheduler(schedule)}}
for _ in run:epochs() do
    for a in run:batches(data.DataLoader(data.TensorDataset(x_train), {batch_size = 32, shuffle = true})) do
        run:step(function() return lun.mse_loss(net(a), a) end)
    end
    run:log {val_loss = test_error()}
end

-- %% id="pictures"
local mean = lun.mse_loss(x_train:mean(1, true):expand(297, 64), x_test):item()
lun.no_grad(function()
    local some = x_test:narrow(1, 1, 10)
    plot.image(lun.cat({some, net(some)}):view(20, 8, 8), {across = 10, range = {0, 1}, to = options.out .. ".png",
                                                           title = "digits, and what came back"})
    local names = {}
    for i, label in ipairs(y_test:totable()) do names[i] = tostring(label - 1) end
    plot.scatter(net.encoder(x_test):narrow(2, 1, 2), names, {to = options.out .. "_plane.png", title = "two of the four numbers"})
end)
print(("test error %.4f (the mean digit: %.4f) after %d epochs in %.1f s"):format(test_error(), mean, epochs, lun.wall_clock() - started))
