-- ---
-- lunette: {format: 1, check: "--folds 2 --out {folder}/kfold", needs: ["gnuplot"], tol: 0.05}
-- ---
-- %% [markdown]
-- # kfold.lua - how good is a network really? Five folds over Fisher's iris
--
--     lunette examples/kfold.lua [--folds N] [--out NAME]
--
-- Each flower is named once by a network that did not see it while it learnt; all those answers make the confusion matrix. Folds
-- that are done stand in NAME.done, so a run that was killed goes on with the next one. Writes NAME.png.
-- SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local keras, data, metrics, plot, train = lun.keras, lun.data, lun.metrics, lun.plot, lun.train
local layers = keras.layers

local options = {folds = "5", out = "kfold"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: kfold.lua [--folds N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end
local folds = assert(math.tointeger(tonumber(options.folds)), "--folds must be a whole number")

-- %% id="data"
lun.manual_seed(1)
local x, y, names = data.iris()
local order = lun.randperm(#y)
x, y = x:index_select(1, order), y:index_select(1, order)

-- %% id="network"
-- The samples of a fold, and all others.
local function split(fold)
    local inside, outside = {}, {}
    for i = 1, #y do table.insert(i % folds == fold - 1 and inside or outside, i) end
    return lun.tensor(inside), lun.tensor(outside)
end

local function answers(fold)
    lun.manual_seed(fold)
    local inside, outside = split(fold)
    local a, b = x:index_select(1, outside), y:index_select(1, outside)
    local mean, spread = a:mean(1, true), a:std(1, true) -- of what may be seen only
    local model = keras.Sequential {keras.Input {4}, layers.Dense(16, {activation = "tanh"}), layers.Dense(3, {activation = "softmax"})}
    model:compile {optimizer = keras.optimizers.Adam {learning_rate = 0.02}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
    model:fit((a - mean) / spread, b, {epochs = 60, batch_size = 30, verbose = false})
    return inside, model:predict((x:index_select(1, inside) - mean) / spread):argmax(2)
end

-- %% id="folds"
local started = lun.wall_clock()
local done = options.out .. ".done"
local state, data_of = train.checkpoint.read_last(done)
local told = state and state.told or lun.zeros(#y):long()
for fold = (data_of and data_of.folds == folds and data_of.fold or 0) + 1, folds do
    local inside, answer = answers(fold)
    told:index_copy_(1, inside, answer)
    train.checkpoint.write(done, {told = told}, {fold = fold, folds = folds})
    print(("fold %d of %d: accuracy %.3f"):format(fold, folds, metrics.accuracy(answer, y:index_select(1, inside))))
end
train.checkpoint.remove(done)
plot.confusion(told, y, {names = names, title = ("iris, %d folds"):format(folds), to = options.out .. ".png"})
print(("accuracy %.3f, f1 %.3f over %d folds in %.1f s"):format(metrics.accuracy(told, y), metrics.f1(told, y), folds, lun.wall_clock() - started))
