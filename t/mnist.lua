-- mnist.lua - a convolutional network on MNIST reaches 0.99, within five minutes on two cores
--
-- Takes minutes, so it runs only when LUNETTE_SLOW=1 asks for it, and needs the four files of MNIST in ../shared/data/mnist or in the folder
-- that LUNETTE_MNIST names. Read next: lib/keras/model.lua, examples/fashion_mnist_keras.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local keras, data = lun.keras, lun.data
local layers = keras.layers

local folder = os.getenv "LUNETTE_MNIST" or (os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/../shared/data/mnist"
local file = io.open(folder .. "/train-images-idx3-ubyte.gz")
if file then file:close() end
if os.getenv "LUNETTE_SLOW" ~= "1" or not file then
    tap.skip(file and "takes minutes; LUNETTE_SLOW=1 runs it" or "there is no MNIST in " .. folder)
    return tap.done()
end

lun.manual_seed(1)
local started, worked = lun.wall_clock(), os.clock()
local function prepare(part)
    local x, y = data.mnist(part, folder)
    return (x:float():unsqueeze(2) / 255 - 0.1307) / 0.3081, y
end
local x, y = prepare "train"
local x_test, y_test = prepare "test"
local model = keras.Sequential {
    keras.Input {1, 28, 28}, layers.Conv2D(16, 5, {activation = "relu"}), layers.MaxPooling2D(2), layers.Conv2D(32, 5, {activation = "relu"}),
    layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.25), layers.Dense(128, {activation = "relu"}), layers.Dense(10)}
model:compile {optimizer = "adam", loss = "cross_entropy", metrics = {"accuracy"}}
local rates = {2e-3, 1e-3, 2e-4}
model:fit(x, y, {epochs = 3, batch_size = 128, verbose = false,
                 callbacks = {keras.callbacks.LearningRateScheduler(function(epoch) return rates[epoch] end)}})
local reached = model:evaluate(x_test, y_test, {batch_size = 500}).accuracy
tap.ok(reached >= 0.99, ("test accuracy %.4f"):format(reached))
local seconds, processor = lun.wall_clock() - started, os.clock() - worked
tap.ok(math.min(seconds, processor) <= 300, ("in %.0f s (%.0f s of processor time)"):format(seconds, processor))
tap.done()
