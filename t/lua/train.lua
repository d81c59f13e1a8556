-- train.lua - training runs: callbacks, NaN, batches that fail, files, Ctrl-C at random moments
--
-- Read next: lib/train/run.lua, resume.lua (kill -9). SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = require "lunette"
local nn, optim, data, train = lun.nn, lun.optim, lun.data, lun.train
local callbacks, checkpoint = train.callbacks, train.checkpoint
local scratch = require "scratch"
local path, read = scratch.path, scratch.read

local function task(seed)
    lun.manual_seed(seed or 1)
    local x, y = data.iris()
    x = (x - x:mean(1)) / x:std(1)
    local net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 3))
    return net, optim.Adam(net:parameters(), {lr = 0.01}), data.DataLoader(data.TensorDataset(x, y),
            {batch_size = 16, shuffle = true}), x, y
end

-- A quiet run of a task; f(run, x, y) may replace the step.
local function go(options, f, seed)
    local net, optimizer, loader = task(seed)
    local each_epoch = options.each_epoch
    options.model, options.optimizer, options.verbose, options.each_epoch = options.model or net, options.optimizer
            or optimizer, false, nil
    local run = train.run(options)
    for _ in run:epochs() do
        for x, y in run:batches(loader) do
            if f then f(run, x, y) else run:step(function() return lun.cross_entropy(run.model(x), y) end) end
        end
        if each_epoch then each_epoch(run) end
    end
    return run
end

local function weights(net)
    local parts = {}
    for i, p in ipairs(net:parameters()) do parts[i] = p:detach():reshape(-1) end
    return lun.cat(parts)
end
local function same(a, b) return a:eq(b):all() end

-- ---- the loop ----

do
    local run = go {epochs = 12}
    tap.is(#run.history, 12, "an epoch, a record")
    tap.ok(run.history[12].loss < run.history[1].loss / 2, ("it learns: %.3f -> %.3f"):format(run.history[1].loss,
            run.history[12].loss))
    tap.is(run.step_count, 120, "every batch is a step")
    tap.is(run.model.training, false, "afterwards the network is in use")
    local more = go({epochs = 3, initial_epoch = 1}, function(r, x, y)
        r:step(function() return lun.cross_entropy(r.model(x), y), {half = x:size(1) / 2} end)
    end)
    tap.is(more.history[1].epoch, 2, "initial_epoch counts epochs done before")
    tap.near(more.history[1].half, (9 * 16 * 8 + 6 * 3) / 150, 1e-9, "means are weighted by the batch's size")
    local net, optimizer, _, x, y = task()
    local sources = {function() return coroutine.wrap(function() for i = 1, 3 do coroutine.yield(x:narrow(1, i, 20),
            y:narrow(1, i, 20)) end end) end,
                     {{x, y}, {x, y}, {x, y}}, data.TensorDataset(x, y)}
    for k, source in ipairs(sources) do
        run = train.run {model = net, optimizer = optimizer, epochs = 2, verbose = false}
        for _ in run:epochs() do
            for a, b in run:batches(source, {batch_size = 50}) do run:step(function() return lun.cross_entropy(net(a),
                    b) end) end
        end
        tap.is(run.step_count, 6, ("data of kind %d is walked twice"):format(k))
    end
    run = train.run {model = net, optimizer = optim.LBFGS(net:parameters()), epochs = 2, verbose = false}
    for _ in run:epochs() do
        for a, b in run:batches {{x, y}} do run:step(function() return lun.cross_entropy(net(a), b) end) end
    end
    tap.ok(run.history[2].loss < run.history[1].loss, "LBFGS asks for the loss several times")
    run = train.run {model = net, optimizer = optimizer, verbose = false, steps_per_epoch = 2}
    for _ in run:epochs() do
        for a, b in run:batches(function() return function() return x,
                y end end) do run:step(function() return lun.cross_entropy(net(a), b) end) end
    end
    tap.is(run.step_count, 2, "steps_per_epoch bounds an endless source")
    local seen = {}
    run = train.run {model = net, optimizer = optimizer, verbose = false, steps_per_epoch = 2, epochs = 4}
    local pipe = data.pipeline {1, 2, 3, 4, 5}:batch(1)
    for _ in run:epochs() do
        for k in run:batches(pipe) do seen[#seen + 1] = k:item() end
    end
    tap.is(seen, {1, 2, 3, 4, 5, 1, 2, 3}, "the next epoch goes on where it ended, and the data begins anew when it is used up")
end

-- ---- the learning-rate finder; pipelines ----

do
    local net, optimizer, loader, x, y = task()
    local before, random = weights(net):clone(), lun.get_rng_state().offset
    local found = train.lr_find {model = net, optimizer = optimizer, data = loader, show = false,
                                 loss = function(a, b) return lun.cross_entropy(net(a), b) end}
    tap.ok(found.suggestion > 1e-4 and found.suggestion < 5 and #found.lr == #found.loss, ("a rate of %.2g is suggested"):format(found.suggestion))
    tap.ok(same(weights(net), before) and lun.get_rng_state().offset == random and optimizer.param_groups[1].lr == 0.01, "and nothing has changed")
    local run = train.run {model = net, optimizer = optimizer, epochs = 2, verbose = false}
    for _ in run:epochs() do
        for a, b in run:batches(data.pipeline(x, y):shuffle():batch(40)) do run:step(function() return lun.cross_entropy(net(a), b) end) end
    end
    tap.is(run.step_count, 8, "a pipeline is walked once an epoch")
    tap.fails(function() train.lr_find {model = net} end, nil, "model, optimizer, data and loss", "a finder without its parts")
end

-- ---- callbacks ----

do
    local wanted = {3, 2, 2.5, 2.6, 1, 0.5}
    local function losses(run) run:log {val_loss = wanted[run.epoch]} end
    local early = callbacks.EarlyStopping {patience = 2, restore_best_weights = true}
    local kept
    local run = go {epochs = 6, callbacks = {early,
            callbacks.Lambda {on_epoch_end = function(r) if r.epoch == 2 then kept = weights(r.model):clone() end end}},
                    each_epoch = losses}
    tap.is(#run.history, 4, "two epochs without a better value end it")
    tap.ok(run.stopped:find "val_loss", "and it says why: " .. run.stopped)
    tap.ok(same(weights(run.model), kept), "the best weights are back")

    run = go {epochs = 6, callbacks = {callbacks.ReduceLROnPlateau {patience = 2, factor = 0.5}}, each_epoch = losses}
    tap.near(run.optimizer.param_groups[1].lr, 0.005, 1e-12, "the rate is halved on a plateau")
    run = go {epochs = 3, callbacks = {callbacks.LearningRateScheduler(function(epoch, rate) return rate / epoch end)}}
    tap.near(run.optimizer.param_groups[1].lr, 0.01 / 6, 1e-12, "a function sets the rate of each epoch")
    local net, optimizer = task()
    run = go {epochs = 2, model = net, optimizer = optimizer,
            callbacks = {callbacks.LearningRateScheduler(optim.lr_scheduler.StepLR(optimizer, 5, {gamma = 0.5}),
              {per = "batch"})}}
    tap.near(optimizer.param_groups[1].lr, 0.01 / 16, 1e-12, "a schedule steps with the batches")

    local best = path "best.safetensors"
    go {epochs = 6, callbacks = {callbacks.ModelCheckpoint(best, {save_best_only = true}), callbacks.CSVLogger(path "log.csv"),
        callbacks.ModelCheckpoint(path "net-{epoch:02d}-{val_loss:.1f}.safetensors")}, each_epoch = losses}
    local _, about = checkpoint.read(best)
    tap.is(about.epoch, 6, "the best is kept")
    tap.is(select(2, checkpoint.read(best .. ".previous")).epoch, 5, "and the one before beside it")
    tap.ok(read "net-03-2.5.safetensors", "values stand in the file's name")
    local lines = {}
    for line in read "log.csv":gmatch "[^\n]+" do lines[#lines + 1] = line end
    tap.is(lines[1], "epoch,loss,seconds,val_loss", "a log begins with the names")
    tap.ok(#lines == 7 and lines[4]:find "^3,.*,2.5$", "and has a line for each epoch")

    tap.fails(function() go {callbacks = {callbacks.EarlyStopping {monitor = "val_accuracy"}}} end, "name", "loss, seconds",
            "a value that is not there")
    tap.fails(function() callbacks.EarlyStopping {patients = 2} end, "name", "patience", "an unknown option")
    tap.fails(function() callbacks.ReduceLROnPlateau {factor = 2} end, nil, "between 0 and 1", "a factor that rises")
    net = task()
    tap.fails(function()
        go {model = net, epochs = 3, optimizer = optim.SGD(net:parameters()),
                callbacks = {callbacks.Lambda {on_epoch_end = function() error "full" end}}}
    end, nil, "callback Lambda failed in on_epoch_end", "a callback that raises is named")
    tap.ok(go {epochs = 1}, "and the next run is none the worse")
    tap.fails(function() go {callbacks = {callbacks.CSVLogger(path "no/log.csv")}} end, "file", "cannot write",
            "a folder that is not there")
    tap.fails(function() train.run {model = net, optimizer = optimizer, epoch = 2} end, "name", "epochs",
            "an unknown option of a run")
end

-- ---- what is not finite ----

local names_ops = pcall(require, "lunette.dbg") -- a build without the debugger does not
do
    local before
    local run = go({epochs = 3}, function(r, x, y)
        before = weights(r.model):clone()
        r:step(function()
            local scores = r.model(x)
            if r.step_count == 14 then scores = (scores - 1000):clamp(nil, -1):log() end
            return lun.cross_entropy(scores, y)
        end)
    end)
    tap.is(run.stopped, "NaN", "a NaN loss ends the run")
    tap.ok(run.broken:find "epoch 2, batch 4" and (not names_ops or run.broken:find "op log"), "and the op that made it is named: " .. run.broken)
    tap.ok(same(weights(run.model), before), "the weights are those of before")
    run = go({epochs = 1}, function(r, x, y)
        before = weights(r.model):clone()
        r:step(function()
            local s = r.model(x)
            return lun.cross_entropy(s, y) + (s.sqrt(s * 0)):sum()
        end)
    end)
    tap.ok(run.broken and (not names_ops or run.broken:find "gradient of" and run.broken:find "sqrt"), "so is the op of a gradient: "
            .. tostring(run.broken))
    tap.ok(same(weights(run.model), before), "which is not applied")
    run = go({epochs = 1}, function(r, x, y)
        if r.step_count == 3 then x[1][1] = 0 / 0 end
        r.parts[1] = x
        r:step(function() return lun.cross_entropy(r.model(x), y) end)
    end)
    tap.ok(run.broken:find "part 1 of the batch holds 1 value", "NaN in the data is told: " .. run.broken)
    local net = task()
    run = go {model = net, optimizer = optim.SGD(net:parameters(), {lr = 1e38}), epochs = 1}
    tap.ok(run.broken and weights(net):isfinite():all(), "a step that overflows: the epoch's first weights are back: "
            .. tostring(run.broken))
end

-- ---- a batch that fails ----

do
    local backup = path "failed.backup"
    local function failing(at)
        local ends = 0
        local good, problem = pcall(go, {epochs = 2, callbacks = {callbacks.BackupAndRestore(backup, {save_freq = 1}),
                                    callbacks.Lambda {on_batch_end = function() ends = ends + 1 end}}}, function(r, x, y)
            if r.step_count == at then error "no more" end
            r:step(function() return lun.cross_entropy(r.model(x), y) end)
        end)
        return good, problem, ends
    end
    local good, problem, ends = failing(4)
    tap.ok(not good and tostring(problem):find "no more" and ends == 3, "an error in the loop comes out, and its batch is not done")
    local _, state = checkpoint.read(backup)
    tap.is(state.batch, 3, "the backup is of the batch before")
    tap.ok(failing(-1), "and the run goes on from there")
    tap.is(read "failed.backup", nil, "to its end")
end

-- ---- a chart of nothing ----

do
    local code = "lun = require 'lunette'; net = lun.nn.Linear(2, 2); run = lun.train.run {model = net, optimizer = lun.optim.SGD(net:parameters()), "
        .. "chart = true}; for _ in run:epochs() do if %s then for x in run:batches {{lun.ones(1, 2)}} do run:step(net(x):sum()) end end error 'at once' end"
    local function output(text)
        return io.popen(("'%s/lunette' -e \"%s\" 2>&1"):format(os.getenv "LUNETTE_BUILD" or "build", code:format(text))):read "a"
    end
    local drawn, nothing = output "true", output "false"
    tap.ok(drawn:find "at once" and select(2, drawn:gsub("\n", "")) > 10, "an error later leaves the curves")
    tap.ok(nothing:find "at once" and select(2, nothing:gsub("\n", "")) < 10, "an error before the first batch leaves no empty chart: " .. nothing)
end

-- ---- files ----

do
    local file = path "state"
    checkpoint.write(file, {a = lun.ones(3)}, {n = 1})
    checkpoint.write(file, {a = lun.ones(3) * 2}, {n = 2, text = 'a "quoted"\nline', list = {1, 2.5, true, {}}, nan = 0 / 0,
            inf = -math.huge, big = 2 ^ 53 + 1})
    local x, d = checkpoint.read(file)
    tap.ok(x.a:eq(2):all() and d.text == 'a "quoted"\nline' and d.list[2] == 2.5 and math.type(d.list[1]) == "integer"
            and d.nan ~= d.nan
           and d.inf == -math.huge, "tensors and data come back")
    local f = io.open(file, "wb")
    f:write "broken"
    f:close()
    local _, last, from, problem = checkpoint.read_last(file)
    tap.ok(last.n == 1 and from == file .. ".previous" and problem, "a damaged file gives the one before")
    tap.fails(function() checkpoint.read(path "missing") end, "file", "missing", "a file that is not there")
    os.execute("mkdir " .. path "models")
    tap.fails(function() checkpoint.write(path "models", {a = lun.ones(3)}, {}) end, "file", "models is a folder", "a folder in the way")
    tap.ok(os.rename(path "models", path "others"), "which stays")
    tap.fails(function() checkpoint.write(path "no/such/folder", {}, {}) end, "file", "no/such", "a folder that is not there")
    tap.fails(function() checkpoint.write(file, {}, {f = print}) end, nil, "f is a function", "a function is no data")
    for _, text in ipairs {"", "{", "[1,", '"a', '{"a" 1}', "[1] 2", "nil", ("["):rep(500), '"\\u12"', "{1:2}"} do
        tap.fails(function() require "lunette.train.plain".read(text) end, "format", "byte",
                ("text that is no data: %q"):format(text:sub(1, 10)))
    end
    -- a full disk: no file may grow beyond 8 blocks
    local program = ("%s/lunette"):format(os.getenv "LUNETTE_BUILD" or "build")
    checkpoint.write(file, {a = lun.ones(3)}, {n = 3})
    local code = ([[local c = lun.train.checkpoint; print(pcall(c.write, %q, {a = lun.zeros(100000)}, {n = 4}), select(2, c.read(%q)).n)]]):format(file, file)
    local out = io.popen(("trap '' XFSZ; ulimit -f 8; '%s' -e \"lun = require 'lunette'\" -e '%s' 2>&1"):format(program,
            code)):read "a"
    tap.ok(out:find "^false" and out:find "3\n$", "a full disk is an error, and the file of before is whole: "
            .. out:gsub("\n", " "))
end

-- ---- Ctrl-C ----

local process = io.open "/proc/self/stat"
if process then
    local pid = process:read "n"
    process:close()
    local bad, counted = {}, 0
    for moment = 1, 50 do
        local killer -- os.execute would make us deaf to the signal while it waits
        local interrupt = callbacks.Lambda {on_train_begin = function()
            killer = io.popen(("sleep %.3f; kill -INT %d"):format(0.002 + (moment * 37 % 50) * 0.002, pid))
        end}
        local run = go({epochs = 1000000, callbacks = {interrupt}}, nil, moment)
        killer:close()
        local steps = run.optimizer.state[1] and run.optimizer.state[1].step or 0
        local learnt = lun.no_grad(function() return run.model(lun.randn(3, 4)):isfinite():all() end)
        if run.stopped ~= "interrupted" or steps ~= run.step_count or not learnt then
            bad[#bad + 1] = ("moment %d: %s, %d steps of %d"):format(moment, tostring(run.stopped), steps, run.step_count)
        end
        counted = counted + run.step_count
    end
    if #bad == 0 then tap.ok(true, ("Ctrl-C at 50 moments: whole steps, usable networks (%d steps)"):format(counted)) else tap.fail("Ctrl-C at 50 moments", table.unpack(bad)) end
else
    tap.skip "no /proc here"
end

tap.done()
