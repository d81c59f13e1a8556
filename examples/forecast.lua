-- ---
-- lunette: {format: 1, check: "--epochs 3 --out {folder}/forecast", needs: ["gnuplot"], tol: 0.05}
-- ---
-- %% [markdown]
-- # forecast.lua - how many will fly next year: a time series forecast
--
--     lunette examples/forecast.lua [--epochs N] [--out NAME]
--
-- The months of 1949 to 1958 teach a small network of two inputs (the last twelve months, and which month it is) to tell the
-- next; 1959 and 1960 are forecast month by month from its own forecasts, as one must who does not know them. The naive forecast,
-- the same month a year ago, is what it has to beat. The series comes with this file: data/airline_passengers.csv. Writes
-- NAME.png; goes on from NAME.backup. SPDX-License-Identifier: MIT

-- %% id="options"
local lun = require "lunette"
local keras, data, plot = lun.keras, lun.data, lun.plot
local layers, callbacks = keras.layers, keras.callbacks

local options = {epochs = "400", out = "forecast"}
for i = 1, #arg, 2 do
    local name = arg[i]:match "^%-%-(%a+)$"
    if not name or options[name] == nil or not arg[i + 1] then
        io.stderr:write("usage: forecast.lua [--epochs N] [--out NAME]\n")
        os.exit(2)
    end
    options[name] = arg[i + 1]
end
local epochs = assert(math.tointeger(tonumber(options.epochs)), "--epochs must be a whole number")

-- %% id="data"
lun.manual_seed(2)
local folder = arg[0]:match "^(.*)/[^/]*$" or "."
local passengers = data.csv(folder .. "/data/airline_passengers.csv"):column("Passengers"):float()
local n, known, back = #passengers, 120, 12

-- Growth is a factor, so logarithms; what is learnt is the change against the same month a year before.
local logs = passengers:log()
local months = lun.range(0, n - 1):long() % 12 + 1
local function window(series, t) return series:narrow(1, t - back, back) - series[t - back]:item() end

local inputs, targets, places = {}, {}, {}
for t = back + 1, known do
    inputs[#inputs + 1], places[#places + 1] = window(logs, t), t
    targets[#targets + 1] = logs:narrow(1, t, 1) - logs[t - back]:item()
end
local x, y, month = lun.stack(inputs), lun.stack(targets), months:index_select(1, lun.tensor(places)):unsqueeze(2)

-- %% id="network"
local past, season = keras.Input {shape = {back}, name = "past"}, keras.Input {shape = {1}, dtype = "int64", name = "month"}
local of_month = layers.Flatten()(layers.Embedding(12, 4)(season))
local hidden = layers.Dense(24, {activation = "tanh"})(layers.Concatenate() {past, of_month})
local model = keras.Model {inputs = {past, season}, outputs = layers.Dense(1)(hidden)}
model:compile {optimizer = keras.optimizers.AdamW {learning_rate = 3e-3, weight_decay = 0.02}, loss = "huber", metrics = {"mae"}}
print(model:summary())

-- %% id="run"
local started = lun.wall_clock()
model:fit({past = x, month = month}, y, {epochs = epochs, batch_size = 27, verbose = epochs <= 20,
          callbacks = {callbacks.BackupAndRestore(options.out .. ".backup"),
                       callbacks.LearningRateScheduler(function(epoch) return 3e-3 * (1 + math.cos(math.pi * epoch / epochs)) / 2 + 1e-5 end)}})

-- %% id="forecast"
-- Month after month; what was forecast is the past of the next.
local told = logs:narrow(1, 1, known)
for t = known + 1, n do
    local change = model:predict({past = window(told, t):unsqueeze(1), month = months:narrow(1, t, 1):unsqueeze(2)}):item()
    told = lun.cat {told, lun.tensor({told[t - back]:item() + change}, {dtype = "float32"})}
end

-- %% id="result"
local forecast, real = told:narrow(1, known + 1, n - known):exp(), passengers:narrow(1, known + 1, n - known)
local naive = passengers:narrow(1, known - back + 1, back):tile(2)
local function error_of(guess) return ((guess - real):abs() / real):mean():item() * 100 end
local years, list, guesses = {}, passengers:totable(), {}
for t = 1, n do
    years[t] = 1949 + (t - 1) / 12
    guesses[t] = t > known and forecast[t - known]:item() or t == known and list[t] or 0 / 0
end
plot.curve({x = lun.tensor(years):narrow(1, known, n - known + 1), real = lun.tensor(list):narrow(1, known, n - known + 1),
            forecast = lun.tensor(guesses):narrow(1, known, n - known + 1)},
           {title = "two years, forecast from 1949 to 1958", xlabel = "year", ylabel = "thousand passengers", to = options.out .. ".png"})
print(("24 months ahead: off by %.1f %%; the same month of the last known year: %.1f %%; %.1f s"):format(error_of(forecast), error_of(naive),
      lun.wall_clock() - started))
