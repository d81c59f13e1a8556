-- ---
-- lunette: {format: 1, check: "--steps 100 --out {folder}/char", needs: ["bible", "gnuplot"], tol: 0.05, timeout: 600}
-- ---
-- %% [markdown]
-- # char_transformer.lua - a small transformer learns to write like the King James Bible, letter by letter
--
--     lunette examples/char_transformer.lua [--text FILE] [--steps N] [--out NAME]
--
-- The text is Debian's bible-kjv (apt install bible-kjv; public domain), or any file of yours. The last tenth is kept apart to
-- measure with. A run that was killed goes on from NAME.backup; NAME.safetensors has the weights, NAME.png the curves.
-- SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local nn, optim, train = lun.nn, lun.optim, lun.train

local options = {text = "", steps = "1500", out = "char_transformer"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: char_transformer.lua [--text FILE] [--steps N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end
local steps = assert(math.tointeger(tonumber(options.steps)), "--steps must be a whole number")

local function read_text()
    local file = options.text ~= "" and assert(io.open(options.text)) or io.popen "bible -l100 'Genesis 1:1-Psalms 150:6' 2>/dev/null"
    local text = file:read "a"
    file:close()
    if #text < 10000 then
        io.stderr:write("there is no text to learn from: apt install bible-kjv, or --text FILE of at least 10,000 bytes\n")
        os.exit(1)
    end
    return text
end

-- %% Letters as numbers from 1 id="data"
local text = read_text()
local ids, letters = {}, {}
for c in text:gmatch "." do
    if not ids[c] then
        letters[#letters + 1] = c
        ids[c] = #letters
    end
end
local function encode(s)
    local list = {}
    for i = 1, #s do list[i] = ids[s:sub(i, i)] or 1 end
    return lun.tensor(list)
end
local all = encode(text)
local cut = #all * 9 // 10
local length, batch = 64, 32

-- Places of `all` at random in from..to, as [batch, length] and the same one letter later.
local function pieces(from, to)
    local starts = lun.randint(from, to - length, {batch, 1})
    local places = starts + lun.range(0, length - 1):long():unsqueeze(1)
    return all:index_select(1, places:reshape(-1)):view(batch, length), all:index_select(1, (places + 1):reshape(-1)):view(batch, length)
end

-- %% id="network"
local Writer = nn.Module:extend("Writer")
function Writer:init(size, heads, layers)
    self.letter, self.place = nn.Embedding(#letters, size), nn.Embedding(length, size)
    self.body = nn.TransformerEncoder(nn.TransformerEncoderLayer(size, heads, {dim_feedforward = 4 * size, dropout = 0, batch_first = true,
                                      norm_first = true, activation = "gelu"}), layers, nn.LayerNorm(size))
    self.head = nn.Linear(size, #letters)
    self:register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))
end
function Writer:forward(x)
    local n = x:size(2)
    local y = self.letter(x) + self.place(lun.range(1, n):long())
    return self.head(self.body(y, {mask = self.mask:narrow(1, 1, n):narrow(2, 1, n)}))
end

lun.manual_seed(1)
local net = Writer(96, 4, 3)
print(("%d letters of %d kinds; %d parameters"):format(#all, #letters, net:count_parameters()))
local function loss_of(x, y) return lun.cross_entropy(net(x):flatten(1, 2), y:flatten()) end

--- Writes `n` letters after `start`.
local function write(start, n)
    local list = {}
    for i = 1, #start do list[i] = ids[start:sub(i, i)] or 1 end
    lun.no_grad(function()
        net:eval()
        for _ = 1, n do
            local x = lun.tensor {table.unpack(list, math.max(1, #list - length + 1))}
            list[#list + 1] = lun.multinomial((net(x:unsqueeze(1))[1][-1] / 0.8):softmax(1), 1):item()
        end
    end)
    for i, id in ipairs(list) do list[i] = letters[id] end
    return table.concat(list)
end

-- %% The run: epochs of 100 steps id="run"
local optimizer = optim.AdamW(net:parameters(), {lr = 2e-3, weight_decay = 0.01})
local schedule = optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, {total_steps = steps + 1})
local started = lun.wall_clock()
local run = train.run {model = net, optimizer = optimizer, epochs = steps // 100, clip_norm = 1, steps_per_epoch = 100,
                       title = "letters of the Bible", chart = {log = "x", to = options.out .. ".png"},
                       callbacks = {train.callbacks.BackupAndRestore(options.out .. ".backup"),
                                    train.callbacks.LearningRateScheduler(schedule, {per = "batch"})}}
for _ in run:epochs() do
    for x, y in run:batches(function() return function() return pieces(1, cut) end end) do
        run:step(function() return loss_of(x, y) end)
    end
    run:log {val_loss = lun.no_grad(function() return loss_of(pieces(cut + 1, #all - 1)) end)}
end
lun.save(options.out .. ".safetensors", net:state_dict())
-- %% id="text" check=false
local last = run.history[#run.history]
print(write("And God said", 300))
if last then print(("loss %.3f per letter of unseen text after %d steps in %.1f s"):format(last.val_loss, steps, lun.wall_clock() - started)) end
