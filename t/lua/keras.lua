-- keras.lua - networks in Keras's style: Sequential, graphs, subclasses; fit in all its forms; saved and loaded; what does not
-- fit
--
-- Read next: lib/keras/model.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local keras, data, nn = lun.keras, lun.data, lun.nn
local L = keras.layers
local file = os.tmpname()
local quiet = {verbose = false}
local function with(options)
    options.verbose = false
    return options
end

lun.manual_seed(1)
local x, y = data.digits()

-- ---- Sequential ----

local function digits_net()
    return keras.Sequential {keras.Input {64}, L.Dense(32, {activation = "relu"}), L.Dropout(0.1),
            L.Dense(10, {activation = "softmax"})}
end

local net = digits_net():compile {optimizer = keras.optimizers.Adam {learning_rate = 5e-3},
        loss = "sparse_categorical_crossentropy",
                                  metrics = {"accuracy", {"top_k", k = 3, name = "top3"}, "f1"}}
tap.is(net:count_parameters(), 64 * 32 + 32 + 32 * 10 + 10, "an Input makes the weights at once")
do
    local history = net:fit(x, y, with {epochs = 6, validation_split = 0.25, batch_size = 32})
    local last = history.history[6]
    tap.ok(#history.history == 6 and last.val_accuracy > 0.85 and last.top3 > last.accuracy,
            ("it learns: %.3f of the validation"):format(last.val_accuracy))
    tap.ok(last.val_f1 and last.val_loss and last.loss, "metrics of both parts are in the record")
    local measured = net:evaluate(x, y)
    local p = net:predict(x)
    tap.is(p.shape, {1797, 10}, "predict joins the batches")
    tap.near(lun.metrics.accuracy(p, y), measured.accuracy, 1e-12, "evaluate counts what predict gives")
    tap.near(lun.nll_loss(p:log(), y):item(), measured.loss, 1e-5, "and the loss over everything")
    tap.is(net.training, false, "afterwards it is in use")
    net:fit(x, y, with {epochs = 8, initial_epoch = 6})
    tap.is(net.history.history[1].epoch, 7, "initial_epoch goes on counting")
    net:fit {x = x, y = y, epochs = 1, verbose = false, batch_size = 100}
    net:fit(data.DataLoader(data.TensorDataset(x, y), {batch_size = 100}), with {validation_data = {x, y}})
    tap.ok(net.history.history[1].val_accuracy, "a loader, and tensors to validate with")
    net:fit(data.TensorDataset(x, y), with {validation_data = data.DataLoader(data.TensorDataset(x, y), {batch_size = 500})})
    tap.ok(net.history.history[1].val_accuracy, "a data set, and a loader to validate with")
    net:fit({{x, y}, {x, y}}, with {epochs = 2})
    net:fit(function() return function(_, k) return not k and x or nil, y end end, with {})
    tap.ok(net.history.history[1].loss, "a list of batches, and a function")
end

-- ---- weights of classes and samples ----

do
    local function trained(options)
        lun.manual_seed(3)
        local m = keras.Sequential {keras.Input {2}, L.Dense(2)}
        m:compile {optimizer = keras.optimizers.SGD {learning_rate = 0.1}, loss = "cross_entropy"}
        local a = lun.randn(100, 2)
        options.verbose, options.shuffle, options.batch_size = false, false, 100
        m:fit(a, a:select(2, 1):gt(1):long() + 1, options)
        return m:parameters()[1]:detach(), m, a
    end
    local plain, m, a = trained {}
    local labels = a:select(2, 1):gt(1):long() + 1
    local weighted = trained {class_weight = {1, 5}}
    local by_sample = trained {sample_weight = lun.where(labels:eq(2), 5.0, 1.0):float()}
    tap.ok(weighted:sub(by_sample):abs():max():item() < 1e-6 and weighted:sub(plain):abs():max():item() > 1e-3,
            "a class's weight is that of its samples")
    tap.fails(function() m:fit(a, labels, with {class_weight = {[0] = 1}}) end, nil, "classes from 1",
            "class weights that count from 0")
end

-- ---- graphs ----

local a, b = keras.Input {shape = {3}, name = "a"}, keras.Input {shape = {5}, name = "b"}
local shared = L.Dense(8, {activation = "tanh"})
local joined = L.Concatenate() {shared(L.Dense(4)(a)), shared(L.Dense(4)(b))}
local price = L.Dense(1, {name = "price"})(joined + joined)
local kind = L.Dense(3, {activation = "softmax", name = "kind"})(joined:apply(nn.LayerNorm(16)))
local graph = keras.Model {inputs = {a, b}, outputs = {price, kind}}
do
    tap.is(graph:output_names(), {"price", "kind"}, "outputs have their layers' names")
    tap.is(#graph:parameters(), 12, "a layer that is used twice has its weights once")
    local A, B = lun.randn(120, 3), lun.randn(120, 5)
    local P, K = A:sum(2, true), B:argmax(2):clamp(nil, 3)
    graph:compile {optimizer = "adam", loss = {price = "mse", kind = "sparse_categorical_crossentropy"},
            loss_weights = {price = 0.5, kind = 2},
                   metrics = {price = {"mae"}, kind = "accuracy"}}
    graph:fit({a = A, b = B}, {price = P, kind = K}, with {epochs = 20})
    local record = graph.history.history[20]
    tap.near(record.loss, 0.5 * record.price_loss + 2 * record.kind_loss, 1e-4, "the loss is the weighted sum of the outputs'")
    tap.ok(record.kind_accuracy and record.price_mae and record.loss < graph.history.history[1].loss,
            "each output has its metrics")
    graph:fit({A, B}, {P, K}, quiet)
    graph:fit(data.DataLoader(data.TensorDataset(A, B, P, K), {batch_size = 30}), quiet)
    tap.ok(graph.history.history[1].loss, "by place, and from a loader: inputs, then targets")
    local out = graph:predict {a = A, b = B}
    tap.ok(#out == 2 and out[1].shape[2] == 1 and out[2].shape[2] == 3, "a list of outputs")
    graph:save(file)
    local again = keras.load_model(file)
    local other = again:predict {A, B}
    tap.ok(other[1]:eq(out[1]):all() and other[2]:eq(out[2]):all(), "a graph comes back from its file, the same bits")
    lun.manual_seed(9)
    graph:fit({A, B}, {P, K}, with {epochs = 2})
    lun.manual_seed(9)
    again:fit({A, B}, {P, K}, with {epochs = 2})
    tap.ok(again:parameters()[1]:eq(graph:parameters()[1]):all(),
            "with its compilation and optimiser: it goes on with the same bits")
    tap.fails(function() graph:predict {A, lun.randn(120, 4)} end, "shape", "input 'b' must be [n,5], got [32,4]",
            "an input of another shape is named")
    tap.fails(function() graph:fit({a = A}, {P, K}, quiet) end, "name", "no tensor for 'b'", "an input that is missing")
    tap.fails(function() keras.Model {inputs = a, outputs = price} end, nil, "need the input 'b'",
            "a graph without one of its inputs")
    tap.fails(function() graph:compile {loss = {cost = "mse"}} end, "name", "price, kind", "an unknown output")
end

-- ---- subclasses, and modules of nn ----

do
    local Net = keras.Model:extend "Net"
    function Net:init(units) self.inside, self.last = nn.Linear(64, units), nn.Linear(units, 10) end
    function Net:forward(z) return self.last(self.inside(z):relu()) end
    local own = Net(16):compile {optimizer = "adam", loss = nn.CrossEntropyLoss(), metrics = {"accuracy"}}
    own:fit(x, y, with {epochs = 2})
    tap.ok(own.history.history[2].accuracy > 0.5, "a class of one's own, and a loss of nn")
    own:save(file)
    tap.fails(function() keras.load_model(file) end, "name", "needs the class 'Net'", "its file needs the class")
    local again = keras.load_model(file, {custom = {Net = Net}})
    tap.ok(again:predict(x):eq(own:predict(x)):all(), "and is read with it")
    local plain = keras.Sequential {nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU()), nn.LazyLinear(10)}
    plain:compile {optimizer = function(p) return lun.optim.SGD(p, {lr = 0.1}) end, loss = function(p,
            t) return lun.cross_entropy(p, t) end}
    plain:fit(x, y, quiet)
    plain:save(file)
    tap.ok(keras.load_model(file):predict(x):eq(plain:predict(x)):all(), "modules of nn are layers")
end

-- ---- every layer ----

do
    local pictures = {L.Conv2D(4, 3, {padding = "same", strides = 2, activation = "relu"}), L.BatchNormalization(),
            L.MaxPooling2D(2), L.UpSampling2D(2),
                      L.ZeroPadding2D(1), L.AveragePooling2D(2), L.SpatialDropout2D(0.1), L.Conv2D(6, {3, 1},
                              {use_bias = false}), L.Activation {activation = "gelu"},
                      L.GlobalAveragePooling2D(), L.LayerNormalization(), L.Reshape({3, 2}), L.Permute({2,
                              1}), L.Flatten(), L.Rescaling(0.5, 1), L.Dense(2)}
    local net2 = keras.Sequential {keras.Input {1, 17, 17}, table.unpack(pictures)}
    net2:compile {optimizer = "adam", loss = "mse"}
    local images = lun.randn(8, 1, 17, 17)
    net2:fit(images, lun.randn(8, 2), quiet)
    net2:save(file)
    tap.ok(keras.load_model(file):predict(images):eq(net2:predict(images)):all(), "layers of pictures, saved and loaded")
    tap.is(L.Conv2D(1, 3, {padding = "same", strides = 2})(keras.Input {1, 17, 16}).shape, {1, 9, 8},
            "'same' with steps: size / step, rounded up")
    local words = keras.Sequential {L.Embedding(20, 6), L.LSTM(5, {return_sequences = true, bidirectional = true}),
            L.GRU(4, {return_sequences = true}),
                                    L.SimpleRNN(3), L.Dense(1, {activation = "sigmoid"})}
    words:compile {optimizer = "rmsprop", loss = "binary_crossentropy", metrics = {"accuracy", "auc"}}
    local ids, truth = lun.randint(1, 21, {30, 7}), lun.cat {lun.zeros(15, 1), lun.ones(15, 1)}
    words:fit(ids, truth, with {epochs = 2, batch_size = 30})
    tap.ok(words.history.history[2].auc, "layers of sequences; the weights wait for the first data")
    words:save(file)
    tap.ok(keras.load_model(file):predict(ids):eq(words:predict(ids)):all(), "saved and loaded")
    local one = lun.one_hot(y, 10):float()
    local hot = digits_net():compile {loss = "categorical_crossentropy", metrics = {"accuracy"}}
    hot:fit(x, one, with {epochs = 2})
    tap.ok(hot.history.history[2].accuracy > 0.5, "targets of one row per sample")
    for _, name in ipairs {"mse", "mae", "huber", "log_cosh", "kl_divergence", "poisson", "hinge", "cosine_similarity",
            "smooth_l1_loss", "mse_loss"} do
        local m = keras.Sequential {keras.Input {3}, L.Dense(4, {activation = "softmax"})}:compile {loss = name}
        local p = lun.rand(6, 4):softmax(2)
        m:fit(lun.randn(6, 3), p, quiet)
        tap.ok(m.history.history[1].loss, "loss " .. name)
    end
    tap.near(keras.losses.MeanSquaredError()(lun.tensor {1.0, 2.0}, lun.tensor {1.0, 4.0}):item(), 2, 1e-6,
            "a loss is a function too")
end

-- ---- summary ----

do
    local s = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5),
            nn.Linear(8 * 26 * 26, 10)):summary {64, 1, 28, 28}
    tap.is(s.rows[2].shape, "[64,8,26,26]", "a summary tells shapes")
    tap.is(s.rows[2].flops, 2 * 64 * 8 * 26 * 26 * 9, "and operations")
    tap.is(s.parameters, 8 * 9 + 8 + 16 + 5408 * 10 + 10, "and parameters")
    tap.ok(tostring(net:summary()):find "10%]", "a network of keras knows its input")
    local lstm = nn.LSTM(8, 16)
    local before = lun.get_rng_state().offset
    tap.is(lstm:summary(lun.zeros(5, 2, 8)).rows[1].shape, "[5,2,16]", "of recurrent layers too")
    local big = nn.Sequential(nn.Linear(4000, 4000), nn.Dropout(0.5)):train()
    tap.is(big:summary({100000, 4000}).flops, 2 * 100000 * 4000 * 4000 + 100000 * 4000, "which computes nothing, however large")
    tap.ok(big.training and lun.get_rng_state().offset >= before, "and changes nothing")
end

-- ---- what does not fit ----

do
    local m = digits_net()
    tap.fails(function() m:fit(x, y) end, nil, "not compiled", "fit before compile")
    m:compile {optimizer = "adam", loss = "sparse_categorical_crossentropy"}
    tap.fails(function() m:fit(x, y + 1, quiet) end, "index", "1..10", "labels out of range")
    tap.fails(function() m:fit(x, y - 1, quiet) end, "index", "from 1", "labels that count from 0")
    tap.fails(function() m:fit(x:narrow(1, 1, 10), y, quiet) end, "shape", "10 samples", "lengths that differ")
    tap.fails(function() m:fit(x:narrow(1, 1, 0), y:narrow(1, 1, 0), quiet) end, "shape", "empty", "an empty set")
    tap.fails(function() m:fit(x:narrow(1, 1, 10), y:narrow(1, 1, 10), with {batch_size = 64}) end, "shape",
            "larger than the set of 10", "a batch larger than the set")
    tap.fails(function() m:fit(lun.randn(10, 63), y:narrow(1, 1, 10), quiet) end, "shape",
            "Dense: it was made for inputs with 64", "the layer says what it expected")
    tap.fails(function() L.Conv2D(4, 3)(keras.Input {28, 28}) end, "shape", "[n, channels, height, width]",
            "pictures without channels")
    tap.fails(function() m:fit(x, y, {epoch = 3}) end, "name", "epochs", "an unknown option")
    tap.fails(function() m:fit(x, y, with {validation_split = 2}) end, nil, "between 0 and 1", "a split that is none")
    tap.fails(function() m:compile {loss = "mes"} end, "name", "mean_squared_error", "an unknown loss")
    tap.fails(function() m:compile {loss = "mse", optimizer = "adm"} end, "name", "no optimizer 'adm'; there are: ASGD", "an unknown optimizer")
    local sorted = keras.Sequential {keras.Input {64}, L.Dense(10)}:compile {loss = "cross_entropy", metrics = {"auc"}}
    local last = sorted:fit(x, y, with {validation_data = {x[{{1, 3}}], y[{{1, 3}}]}, batch_size = 8}).history[1]
    tap.ok(last.auc > 0.5 and last.val_auc ~= last.val_auc, "a metric that a part of the data does not define is NaN there, and fit goes on")
    tap.ok(tostring(sorted.history):find("val_auc NaN", 1, true), "which the history says so: " .. tostring(sorted.history))
    tap.fails(function() net:evaluate(x, y:narrow(1, 1, 3)) end, "shape", "evaluate: one tensor has 1797 samples, another 3", "evaluate tells its own name")
    tap.fails(function() m:compile {loss = "mse", metrics = {"acurracy"}} end, "name", "accuracy", "an unknown metric")
    tap.fails(function() return L.Dens end, "name", "Dense", "an unknown layer")
    tap.fails(function() m:fit(x, y, with {callbacks = 3}) end, nil, "callbacks must be a list", "callbacks that are none")
    tap.fails(function() m:fit(x, y, with {epochs = "3"}) end, nil, "got string 3", "epochs that are no number")
    tap.fails(function() L.Add()(keras.Input {3}) end, nil, "a list of inputs", "one input where several are due")
    tap.fails(function() m:save "/dev/null/no.safetensors" end, "file", "/dev/null/no", "a place that cannot be written to")
    do
        local z = x:clone()
        z[3][7] = 0 / 0
        m:fit(z, y, quiet)
        tap.ok(m.history.stopped == "NaN" and m.history.broken:find "part 1 of the batch" and m:parameters()[1]:isfinite():all(), "NaN in the inputs")
    end
    tap.fails(function() L.Dense(0) end, nil, "lun.keras.layers.Dense(4)", "no units; the hint is a call that works")
    local scores = keras.Sequential {keras.Input {64}, L.Dense(10)}:compile {loss = "sparse_categorical_crossentropy"}
    tap.fails(function() scores:fit(x, y, quiet) end, nil, "from_logits", "scores where chances are due")
    tap.fails(function() keras.Sequential {keras.Input {4}, L.Lambda(function(z) return z end)}:save(file) end, nil, "function",
            "a function cannot be saved")
    local f = io.open(file, "wb")
    f:write "no network"
    f:close()
    tap.fails(function() keras.load_model(file) end, nil, file, "a damaged file")
    tap.fails(function() keras.load_model "missing.safetensors" end, "file", "missing.safetensors", "a missing file")
    lun.save(file, {a = lun.ones(1)})
    tap.fails(function() keras.load_model(file) end, "format", "tensors only", "a file of tensors only")
    lun.train.checkpoint.write(file, {}, {format = 1, architecture = {kind = "module", class = "nn.utils", arguments = {}}})
    tap.fails(function() keras.load_model(file) end, "name", "nn.utils", "a class that is none")
end

for _, ending in ipairs {"", ".previous", ".new"} do os.remove(file .. ending) end
tap.done()
