-- describe.lua - help for lun.train, lun.keras and lun.metrics: lun.help("fit"), lun.help("EarlyStopping"), lun.help("keras")
--
-- Read next: lib/help.lua, doc/training.md. SPDX-License-Identifier: MIT
local texts = {
    ["train.run"] = {"lun.train.run {model, optimizer, epochs = 1, callbacks, verbose, chart, clip_norm, on_nan, steps_per_epoch}",
        "A training loop's helper: for epoch in run:epochs() do for x, y in run:batches(loader) do run:step(function() return loss end) end end."},
    ["train.lr_find"] = {"lun.train.lr_find {model, optimizer, data, loss = function(x, y) end, low = 1e-6, high = 10, steps = 100}",
        "The loss while the rate rises; .suggestion is where it falls fastest. Nothing is changed afterwards."},
    ["train.checkpoint"] = {"lun.train.checkpoint.write(path, tensors, data), .read(path), .read_last(path)",
        "A file of tensors and plain data that a crash does not take away; the one before is path.previous."},
    ["callbacks.EarlyStopping"] = {'EarlyStopping {monitor = "val_loss", patience = 0, min_delta = 0, restore_best_weights = false}',
        "Ends the run when `monitor` has not become better for `patience` epochs."},
    ["callbacks.ModelCheckpoint"] = {'ModelCheckpoint(path, {monitor = "val_loss", save_best_only = false, save_freq = "epoch"})',
        "Saves the network after each epoch; {epoch} and {val_loss:.3f} may stand in the path."},
    ["callbacks.BackupAndRestore"] = {'BackupAndRestore(path, {save_freq = "epoch", delete = true})',
        "A run that was killed goes on where it was when it is started again, with the same bits."},
    ["callbacks.ReduceLROnPlateau"] = {'ReduceLROnPlateau {monitor = "val_loss", factor = 0.1, patience = 10, min_lr = 0}',
        "Multiplies the learning rate by `factor` when `monitor` has not become better for `patience` epochs."},
    ["callbacks.LearningRateScheduler"] = {"LearningRateScheduler(function(epoch, rate) return rate end) or (schedule, {per = \"batch\"})",
        "Sets the rate of each epoch, or steps a schedule of optim.lr_scheduler."},
    ["callbacks.CSVLogger"] = {'CSVLogger(path, {separator = ",", append = false})', "Writes a line of numbers after each epoch."},
    ["callbacks.TerminateOnNaN"] = {"TerminateOnNaN()",
        "Ends the run at a loss that is not finite, naming the op (every run does, unless on_nan = \"go\")."},
    ["callbacks.Lambda"] = {"Lambda {on_epoch_end = function(run, logs) end}", "Functions by the names of the events."},
    ["keras.Sequential"] = {"lun.keras.Sequential {lun.keras.Input {784}, lun.keras.layers.Dense(10)}",
        "Layers one after the other; modules of nn are layers too."},
    ["keras.Model"] = {"lun.keras.Model {inputs = {a, b}, outputs = y}, or lun.keras.Model:extend \"Net\"",
        "A graph of layers that were called on Inputs, or a class with init and forward."},
    ["keras.Input"] = {'lun.keras.Input {shape = {784}, dtype = "float32", name = "x"}', "Where a graph begins; shape is that of one sample."},
    ["keras.load_model"] = {"lun.keras.load_model(path, {custom = {Net = Net}})",
        "The network that model:save(path) wrote, compiled as it was."},
    ["model.compile"] = {'model:compile {optimizer = "adam", loss = "cross_entropy", metrics = {"accuracy"}, loss_weights, clip_norm}',
        "What fit does. optimizer: a name, keras.optimizers.Adam {learning_rate = 1e-3}, or a function of the parameters."},
    ["model.fit"] = {"model:fit(x, y, {epochs, batch_size = 32, validation_split, validation_data, callbacks, class_weight, initial_epoch, ...})",
        "Trains on tensors, a loader, a data set or a list of batches; returns the history. Ctrl-C ends it after the batch."},
    ["model.evaluate"] = {"model:evaluate(x, y, {batch_size}) or model:evaluate(loader)", "{loss = ..., accuracy = ...}"},
    ["model.predict"] = {"model:predict(x, {batch_size = 32})", "What the network gives in use, without recording."},
    ["net.summary"] = {"net:summary {64, 1, 28, 28} or net:summary(x)",
        "A dry run: shapes, parameters, FLOPs and memory of each module, without compute."},
    ["metrics.new"] = {'lun.metrics.new("f1", {average = "macro"})', "A metric fed batch by batch: :update(predicted, target), :result(), :reset()."},
    ["metrics.accuracy"] = {"lun.metrics.accuracy(predicted, target)", "The share of right labels; predicted may be scores [n, classes]."},
    ["metrics.confusion_matrix"] = {"lun.metrics.confusion_matrix(predicted, target, {classes})",
        "Counts: row i, column j are targets i predicted as j."},
    ["metrics.auc"] = {"lun.metrics.auc(scores, target)",
        "Area under the ROC curve; the mean of one class against the rest for [n, classes]."},
    ["metrics.perplexity"] = {"lun.metrics.perplexity(scores, target)", "e to the mean cross-entropy."},
    ["metrics.r2"] = {"lun.metrics.r2(predicted, target)", "1 - squared errors / squared distances from the mean."},
    ["metrics.top_k_accuracy"] = {"lun.metrics.top_k_accuracy(scores, target, k = 5)", "How often the target is among the k best."},
}
for _, name in ipairs {"precision", "recall", "f1", "iou"} do
    texts["metrics." .. name] = {("lun.metrics.%s(predicted, target, {average = \"macro\", classes})"):format(name),
        'average: "macro", "micro", "weighted", "none", or a class. Numbers are scikit-learn\'s.'}
end

local spaces = {train = {"train",
        "callbacks"}, keras = {"keras", "model", "callbacks"}, metrics = {"metrics"}, ["train.callbacks"] = {"callbacks"},
                ["keras.callbacks"] = {"callbacks"}}

local function listing(space)
    local lines = {}
    for _, part in ipairs(spaces[space]) do
        local names = {}
        for name in pairs(texts) do
            if name:match "^[^.]+" == part then names[#names + 1] = name end
        end
        table.sort(names)
        for _, name in ipairs(names) do lines[#lines + 1] = ("  %-34s %s"):format(name, texts[name][2]) end
    end
    if space == "keras" then lines[#lines + 1] = "Layers: lun.keras.layers; losses, optimizers and metrics by name" end
    return table.concat(lines, "\n")
end

--- The help text for a name of train, keras or metrics, whole ("train.run") or its last part; nil for anything else.
return function(name)
    if spaces[name] then return listing(name) end
    local last = name:match "[^.:]+$"
    for known, text in pairs(texts) do
        local short = known:match "[^.]+$"
        if name == known or name == short or last == short and name:find "[.:]"
            and (name:find "^keras" or name:find "^train" or name:find "^model" or name:find "^net") then
            return text[1] .. "\n" .. text[2]
        end
    end
end
