-- distance_loss.lua - lun.triplet_margin_with_distance_loss: the triplet loss with a distance of your own
--
-- Holds: a function, not a row of the op table, since it takes a function. Read next: lib/nn/functions.lua.
-- SPDX-License-Identifier: MIT
local lun = require "lunette"

local name = "triplet_margin_with_distance_loss"
local example = "lun." .. name .. "(x, positive, negative, {distance_function = function(a, b) return (a - b):abs():sum(-1) end})"

local function fail(message, hint) lun.fail(name, message, hint or example) end

local function check(anchor, positive, negative, options)
    for i, x in ipairs { anchor or false, positive or false, negative or false } do
        if not lun.is_tensor(x) then fail(("argument %d must be a tensor"):format(i)) end
        if x.ndim ~= anchor.ndim then fail(("anchor has %d dims, argument %d has %d"):format(anchor.ndim, i, x.ndim)) end
    end
    local known = { distance_function = true, margin = true, swap = true, reduction = true }
    for key in pairs(options) do
        if not known[key] then fail(("no option '%s'; there are distance_function, margin, swap, reduction"):format(tostring(key))) end
    end
end

local function reduce(loss, how)
    if how == "none" then return loss end
    if how == "sum" then return loss:sum() end
    if how == "mean" then return loss:mean() end
    fail(("reduction must be \"mean\", \"sum\" or \"none\", got \"%s\""):format(tostring(how)))
end

return function(anchor, positive, negative, options)
    options = options or {}
    if type(options) ~= "table" then fail "options go into a table" end
    check(anchor, positive, negative, options)
    local distance = options.distance_function or function(a, b) return (a - b + 1e-6):norm(2, -1) end
    local margin = options.margin or 1
    if type(margin) ~= "number" or not (margin > 0) then fail("margin must be a positive number, got " .. tostring(margin)) end
    local near, far = distance(anchor, positive), distance(anchor, negative)
    if options.swap then far = far:minimum(distance(positive, negative)) end
    return reduce((near - far + margin):relu(), options.reduction or "mean")
end
