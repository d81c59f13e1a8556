-- ---
-- lunette: {format: 1, check: "--epochs 1 --out {folder}/keras", needs: ["/usr/share/datasets/fashion-mnist", "gnuplot"], tol: 0.03}
-- ---
-- %% [markdown]
-- # fashion_mnist_keras.lua - pictures of clothes in Keras's style: compile, fit, evaluate, save
--
--     lunette examples/fashion_mnist_keras.lua [--model mlp|cnn] [--epochs N] [--out NAME]
--
-- The same network with nn and optim is fashion_mnist.lua, by hand fashion_mnist_by_hand.lua. A run that was killed goes on from
-- NAME.backup when it is started again. Writes NAME.png (the curves), NAME_confusion.png and NAME.safetensors (the whole
-- network), reads it back and checks that the accuracy is the same. SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local keras, data, plot = lun.keras, lun.data, lun.plot
local layers, callbacks = keras.layers, keras.callbacks

local options = {model = "mlp", epochs = "5", out = "keras"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: fashion_mnist_keras.lua [--model mlp|cnn] [--epochs N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end

-- %% id="data"
lun.manual_seed(1)
local x_train, y_train, names = data.fashion_mnist("train")
local x_test, y_test = data.fashion_mnist("test")

-- %% id="network"
local models = {}
function models.mlp()
    return {keras.Input {28, 28}, layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(256, {activation = "relu"}),
            layers.Dense(128, {activation = "relu"}), layers.Dense(10, {activation = "softmax"})}
end
function models.cnn()
    return {keras.Input {28, 28}, layers.Rescaling(1 / 255), layers.Reshape({1, 28, 28}),
            layers.Conv2D(16, 3, {padding = "same", activation = "relu"}), layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, {padding = "same", activation = "relu"}), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.2),
            layers.Dense(128, {activation = "relu"}), layers.Dense(10, {activation = "softmax"})}
end

local model = keras.Sequential(assert(models[options.model], "--model must be mlp or cnn")())
model:compile {optimizer = keras.optimizers.Adam {learning_rate = 1e-3}, loss = "sparse_categorical_crossentropy", metrics = {"accuracy"}}
print(model:summary())

-- %% id="run"
local started = lun.wall_clock()
local history = model:fit(x_train, y_train, {
    epochs = assert(math.tointeger(tonumber(options.epochs)), "--epochs must be a whole number"), batch_size = 128, validation_split = 0.1,
    title = "Fashion-MNIST, " .. options.model,
    callbacks = {callbacks.BackupAndRestore(options.out .. ".backup", {save_freq = 100}),
                 callbacks.ReduceLROnPlateau {patience = 1, factor = 0.3}},
})
if #history.history > 0 then
    plot.curve(history, {metric = {"loss", "accuracy"}, title = "Fashion-MNIST, " .. options.model, to = options.out .. ".png"})
end

-- %% id="result"
local reached = model:evaluate(x_test, y_test, {batch_size = 1000})
plot.confusion(model:predict(x_test, {batch_size = 1000}), y_test, {names = names, to = options.out .. "_confusion.png"})
model:save(options.out .. ".safetensors")
local again = keras.load_model(options.out .. ".safetensors"):evaluate(x_test, y_test, {batch_size = 1000})
print(("%s with keras: test accuracy %.4f after %s epochs in %.1f s; loaded back: %.4f"):format(options.model, reached.accuracy, options.epochs,
      lun.wall_clock() - started, again.accuracy))
assert(again.accuracy == reached.accuracy, "the loaded network gives another accuracy")
