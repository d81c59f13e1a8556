-- models.lua - the models that are measured: models.NAME() gives a net, its loss as a function and its optimizer
--
-- Shapes, data and optimizers are those of bench/torch/models.py. Batches are fixed and in memory. SPDX-License-Identifier: MIT
local lun = require "lunette"
local nn, optim, F = lun.nn, lun.optim, lun.nn.functional
local models = {}

function models.mlp_net()
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
end

function models.lenet_net()
    return nn.Sequential(nn.Conv2d(1, 6, 5, {padding = 2}), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))
end

local Block = nn.Module:extend("Block")
function Block:init(d, heads)
    self.heads = heads
    self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
    self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
    self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
end
function Block:forward(x)
    local b, t, d = x:dims()
    local parts = self.qkv(self.norm1(x)):view(b, t, 3, self.heads, d // self.heads):permute(3, 1, 4, 2, 5)
    local y = F.scaled_dot_product_attention(parts[1], parts[2], parts[3], {is_causal = true})
    x = x + self.out(y:transpose(2, 3):reshape(b, t, d))
    return x + self.down(F.gelu(self.up(self.norm2(x)), "tanh"))
end

local Gpt = nn.Module:extend("Gpt")
function Gpt:init(vocabulary, d, steps, blocks, heads)
    self.token, self.place = nn.Embedding(vocabulary, d), nn.Parameter(lun.zeros(steps, d))
    local list = {}
    for i = 1, blocks do list[i] = Block(d, heads) end
    self.blocks = nn.Sequential(table.unpack(list))
    self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary)
end
function Gpt:forward(tokens)
    return self.head(self.norm(self.blocks(self.token(tokens) + self.place))):flatten(1, 2)
end

local Characters = nn.Module:extend("Characters")
function Characters:init(vocabulary, d)
    self.token, self.recurrent, self.out = nn.Embedding(vocabulary, d), nn.LSTM(d, d, {batch_first = true}), nn.Linear(d, vocabulary)
end
function Characters:forward(tokens) return self.out((self.recurrent(self.token(tokens)))):flatten(1, 2) end

local Basic = nn.Module:extend("Basic")
function Basic:init(from, to, stride)
    self.conv1, self.norm1 = nn.Conv2d(from, to, 3, {stride = stride, padding = 1, bias = false}), nn.BatchNorm2d(to)
    self.conv2, self.norm2 = nn.Conv2d(to, to, 3, {padding = 1, bias = false}), nn.BatchNorm2d(to)
    if stride ~= 1 or from ~= to then
        self.shortcut = nn.Sequential(nn.Conv2d(from, to, 1, {stride = stride, bias = false}), nn.BatchNorm2d(to))
    end
end
function Basic:forward(x)
    local y = self.norm2(self.conv2(self.norm1(self.conv1(x)):relu()))
    return (y + (self.shortcut and self.shortcut(x) or x)):relu()
end

local function resnet18()
    local list, from = {nn.Conv2d(3, 64, 3, {padding = 1, bias = false}), nn.BatchNorm2d(64), nn.ReLU()}, 64
    for _, row in ipairs {{64, 1}, {64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2}, {512, 1}} do
        list[#list + 1] = Basic(from, row[1], row[2])
        from = row[1]
    end
    list[#list + 1] = nn.AdaptiveAvgPool2d(1)
    list[#list + 1] = nn.Flatten()
    list[#list + 1] = nn.Linear(512, 10)
    return nn.Sequential(table.unpack(list))
end

local Recommender = nn.Module:extend("Recommender")
function Recommender:init(sparse)
    self.users, self.items = nn.Embedding(100000, 64, {sparse = sparse}), nn.Embedding(10000, 64, {sparse = sparse})
    self.top = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1))
end
function Recommender:forward(users, items) return self.top(lun.cat({self.users(users), self.items(items)}, 2)):squeeze(2) end

local function classifier(net, x, classes, count, optimizer)
    local labels = lun.randint(1, classes + 1, {count})
    return net, function() return F.cross_entropy(net(x), labels) end, optimizer(net:parameters())
end

local function sgd(p) return optim.SGD(p, {lr = 0.01}) end
local function adam(p) return optim.Adam(p, {lr = 1e-3}) end

function models.mlp() return classifier(models.mlp_net(), lun.rand(128, 784), 10, 128, sgd) end
function models.lenet() return classifier(models.lenet_net(), lun.rand(64, 1, 28, 28), 10, 64, adam) end
function models.lstm() return classifier(Characters(65, 256), lun.randint(1, 66, {32, 64}), 65, 32 * 64, adam) end
function models.gpt(batch)
    batch = batch or 16
    return classifier(Gpt(65, 128, 128, 4, 4), lun.randint(1, 66, {batch, 128}), 65, batch * 128, function(p) return optim.AdamW(p, {lr = 1e-3}) end)
end
function models.resnet18()
    return classifier(resnet18(), lun.rand(32, 3, 32, 32), 10, 32, function(p) return optim.SGD(p, {lr = 0.01, momentum = 0.9}) end)
end
local function recommender(sparse)
    local net, users, items, y = Recommender(sparse), lun.randint(1, 100001, {1024}), lun.randint(1, 10001, {1024}), lun.rand(1024)
    return net, function() return F.mse_loss(net(users, items), y) end, sgd(net:parameters())
end

function models.rec() return recommender(false) end
function models.rec_sparse() return recommender(true) end

--- One training step of the model `name`: clear gradients, forward, loss, backward, update. More arguments go to the model.
function models.step(name, ...)
    local net, loss, optimizer = models[name](...)
    return function()
        optimizer:zero_grad()
        loss():backward()
        optimizer:step()
    end, net
end

return models
