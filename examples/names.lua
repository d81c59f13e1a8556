-- ---
-- lunette: {format: 1, check: "--epochs 1 --out {folder}/names", needs: ["/usr/share/dict/propernames.gz"], tol: 0.1}
-- ---
-- %% [markdown]
-- # names.lua - a recurrent network learns to spell names, and makes up new ones
--
--     lunette examples/names.lua [--file FILE] [--epochs N] [--out NAME]
--
-- Reads a list of names, one a line: Debian's miscfiles (/usr/share/dict/propernames.gz; apt install miscfiles), or a file of
-- yours. Names of like length share a batch. A run that was killed goes on from NAME.backup; NAME.safetensors has the weights.
-- SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local nn, optim, data, train = lun.nn, lun.optim, lun.data, lun.train

local options = {file = "/usr/share/dict/propernames.gz", epochs = "30", out = "names"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: names.lua [--file FILE] [--epochs N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end
local epochs = assert(math.tointeger(tonumber(options.epochs)), "--epochs must be a whole number")
if not io.open(options.file) then
    io.stderr:write("there is no ", options.file, ": apt install miscfiles, or --file FILE with a name on each line\n")
    os.exit(1)
end

-- %% Names as numbers: 1 pads, 2 ends id="data"
local letters, ids, known, names = {"", "."}, {}, {}, {}
for line in data.text_lines(options.file) do
    local name = line:lower():match "^%a+$"
    if name and #name > 2 and not known[name] then
        known[name] = true
        names[#names + 1] = name
        for c in name:gmatch "." do
            if not ids[c] then
                letters[#letters + 1] = c
                ids[c] = #letters
            end
        end
    end
end
local function encode(name)
    local list = {2}
    for c in name:gmatch "." do list[#list + 1] = ids[c] end
    list[#list + 1] = 2
    return lun.tensor(list)
end

lun.manual_seed(1)
local order, sets = lun.randperm(#names):totable(), {train = {}, test = {}}
for i, k in ipairs(order) do table.insert(i % 10 == 0 and sets.test or sets.train, encode(names[k])) end

-- Batches of names padded with 1 to the longest of the batch, in a new order each epoch.
local function batches(list)
    return data.pipeline(list):shuffle():bucket_by_length({6, 8, 10}, 64, {value = 1})
end

-- %% id="network"
local Speller = nn.Module:extend("Speller")
function Speller:init(size)
    self.letter = nn.Embedding(#letters, 24)
    self.memory = nn.GRU(24, size, {num_layers = 2, batch_first = true, dropout = 0.2})
    self.next = nn.Linear(size, #letters)
end
function Speller:forward(x, state)
    local out
    out, state = self.memory(self.letter(x), state)
    return self.next(out), state
end

local net = Speller(96)
print(("%d names, %d letters; %d parameters"):format(#names, #letters, net:count_parameters()))
-- Each letter is told from those before it; what only pads does not count.
local function loss_of(x)
    local n = x:size(2)
    return lun.cross_entropy(net(x:narrow(2, 1, n - 1)):flatten(1, 2), x:narrow(2, 2, n - 1):flatten(), {ignore_index = 1})
end

local function new_name()
    local id, state, out = 2, nil, {}
    repeat
        local scores
        scores, state = net(lun.tensor {{id}}, state)
        id = lun.multinomial((scores[1][1] / 0.7):softmax(1), 1):item()
        out[#out + 1] = letters[id]
    until id <= 2 or #out == 20
    return table.concat(out):gsub("%.$", ""):gsub("^%l", string.upper)
end

-- %% id="run"
local optimizer = optim.Adam(net:parameters(), {lr = 3e-3})
local started = lun.wall_clock()
local run = train.run {model = net, optimizer = optimizer, epochs = epochs, clip_norm = 1, title = "spelling names",
                       callbacks = {train.callbacks.BackupAndRestore(options.out .. ".backup"),
                                    train.callbacks.ReduceLROnPlateau {patience = 2, factor = 0.3},
                                    train.callbacks.EarlyStopping {patience = 6, restore_best_weights = true}}}
for _ in run:epochs() do
    for x in run:batches(batches(sets.train)) do run:step(function() return loss_of(x) end) end
    local sum, n = 0, 0
    net:eval()
    for x in batches(sets.test) do sum, n = sum + lun.no_grad(function() return loss_of(x):item() end) * x:size(1), n + x:size(1) end
    run:log {val_loss = sum / n}
end
lun.save(options.out .. ".safetensors", net:state_dict())
-- %% id="new" ignore=[".*  .*"]
local made = {}
while #made < 12 do
    local name = lun.no_grad(new_name)
    if #name > 2 and not known[name:lower()] then made[#made + 1] = name end
end
local best = math.huge
for _, record in ipairs(run.history) do best = math.min(best, record.val_loss) end
print(table.concat(made, "  "))
print(("loss %.3f per letter of unseen names in %.1f s"):format(best, lun.wall_clock() - started))
