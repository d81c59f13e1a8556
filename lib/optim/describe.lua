-- describe.lua - help for optimisers and schedules: lun.help("optim.Adam"), lun.help("StepLR"), lun.help("optim")
--
-- What each takes, with defaults, comes from the classes; here is a sentence for each. Read next: lib/help.lua. SPDX-License-Identifier: MIT
local optimizer = require "lunette.optim.optimizer"
local scheduler = require "lunette.optim.scheduler"
local codec = require "lunette.optim.state"

local optimisers = {
    SGD = "Gradient descent, with momentum (nesterov = true looks ahead) and weight decay.",
    Adam = "Steps scaled by running means of the gradient and its square; amsgrad keeps the largest square.",
    AdamW = "Adam whose weight decay shrinks the parameters themselves; the usual choice for transformers.",
    Adamax = "Adam with the largest recent gradient in place of the mean square.",
    NAdam = "Adam with Nesterov's momentum.",
    RAdam = "Adam that holds back while its mean square is uncertain, in place of a warm-up.",
    SparseAdam = "Adam for embeddings with sparse = true: only rows that were looked up move, and only their means.",
    Adagrad = "Steps that shrink with the sum of squares of all gradients; good for rare features.",
    Adadelta = "Steps in the units of the parameters, from running means of squares; needs no rate.",
    RMSprop = "Steps scaled by a running mean square; centered = true takes the variance.",
    Adafactor = "Adam's scaling with a row and a column kept for each matrix: little memory.",
    Rprop = "Only the signs of gradients count; a step grows while its sign stays. For whole batches.",
    ASGD = "Gradient descent that also averages its path (state ax).",
    LBFGS = "Quasi-Newton steps for smooth, small problems; step takes a function that computes the loss.",
    Muon = "Momentum made orthogonal, for matrices; give other parameters to AdamW.",
    Lion = "The sign of a momentum: one state for each parameter. Use a rate a tenth of AdamW's.",
}

local schedules = {
    LambdaLR = "The first rate times lr_lambda(epoch).",
    MultiplicativeLR = "The rate times lr_lambda(epoch), each epoch.",
    StepLR = "The rate times gamma every step_size epochs.",
    MultiStepLR = "The rate times gamma at each of the milestones.",
    ConstantLR = "The rate times factor for total_iters epochs.",
    LinearLR = "The rate's factor goes in a line from start_factor to end_factor over total_iters epochs.",
    ExponentialLR = "The rate times gamma each epoch.",
    PolynomialLR = "Down to 0 over total_iters epochs along a power.",
    CosineAnnealingLR = "Down to eta_min along half a cosine over T_max epochs.",
    CosineAnnealingWarmRestarts = "A cosine of T_0 epochs that starts again, each T_mult times longer; step(epoch) takes fractions.",
    CyclicLR = "Up and down between base_lr and max_lr, momentum the other way; step it after each batch.",
    OneCycleLR = "Up to max_lr and far down once in total_steps, momentum the other way; step it after each batch.",
    SWALR = "To swa_lr over anneal_epochs, for averaging weights.",
    ReduceLROnPlateau = "The rate times factor when the metric has not improved for patience epochs: step(metric).",
    SequentialLR = "One schedule after the other, changing at the milestones.",
    ChainedScheduler = "All schedules at once. Called with the schedules alone.",
}

local function option_text(class, name)
    local default = class.defaults[name]
    if default == nil then return name .. (class.optional and class.optional[name] and "?" or "") end
    return name .. " = " .. (type(default) == "string" and ("%q"):format(default) or optimizer.as_text(default))
end

local function signature(class, names, first, open, close)
    local parts = {}
    for i, name in ipairs(names) do parts[i] = option_text(class, name) end
    return ("lun.%s(%s, %s%s%s)"):format(class.title, first, open, table.concat(parts, ", "), close)
end

local function list(title, texts)
    local lines = {title}
    for name, text in codec.sorted(texts) do lines[#lines + 1] = ("  %-28s %s"):format(name, text) end
    return table.concat(lines, "\n")
end

--- The help text for a class by its name, for "optim" and "optim.lr_scheduler"; nil for anything else.
return function(name)
    if name == "optim" then
        return list("Optimisers: lun.optim.NAME(net:parameters(), {lr = 0.01})", optimisers) .. "\nSee also: lun.help(\"optim.lr_scheduler\")"
    elseif name == "optim.lr_scheduler" then
        return list("Schedules of learning rates: lun.optim.lr_scheduler.NAME(optimizer, ...)", schedules)
    end
    local last = name:match "[^.]+$"
    if optimisers[last] and (name == last or name == "optim." .. last) then
        local class, names = optimizer.classes[last], {}
        for option in codec.sorted(class.defaults) do names[#names + 1] = option end
        return signature(class, names, "parameters", "{", "}") .. "\n" .. optimisers[last]
    elseif schedules[last] then
        return signature(scheduler.classes[last], scheduler.classes[last].args, "optimizer", "", "") .. "\n" .. schedules[last]
    end
end
