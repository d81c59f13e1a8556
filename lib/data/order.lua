-- order.lua - pipelines whose elements can be had in any order: data sets, and shuffle, take, skip and shard of them
--
-- An order is {set, count, at, state}: at(k) maps positions in the pipeline (an int64 tensor) to positions in the set, so a shuffle is a
-- permutation in front of the order before it, and nothing is read before it is wanted.
-- Read next: lib/data/batches.lua, which asks a set for whole batches. SPDX-License-Identifier: MIT
local lun = require "lunette"
local draw = require "lunette.data.draw"
local pipeline = require "lunette.data.pipeline"
local kinds = pipeline.kinds

local order = {}
local ahead = 64 -- positions looked up at once

--- The order of a pipeline, nil when it has none.
function order.of(pipe, run, saved)
    local make = kinds[pipe.kind].order
    return make and make(pipe, run, saved)
end

function order.has(pipe)
    local kind = kinds[pipe.kind]
    if not kind.order then return false end
    return not kind.order_needs or (kind.order_needs(pipe) and order.has(pipe.from))
end

--- An iterator over single elements of an order.
function order.iterator(found, saved)
    local k, from, places = saved and saved.k or 0, 0, {}
    return {
        next = function()
            if k >= found.count then return nil end
            k = k + 1
            if not places[k - from] then
                from = k - 1
                places = found.at(lun.range(k, math.min(k + ahead - 1, found.count))):totable()
            end
            return found.set:get(places[k - from])
        end,
        state = function() return {k = k, order = found.state()} end,
        where = function() return "element " .. (places[k - from] or k) end,
    }
end

local function opens_in_order(pipe, run, saved) return order.iterator(order.of(pipe, run, saved and saved.order), saved) end
order.open = opens_in_order

kinds.set = {
    open = opens_in_order,
    count = function(pipe) return #pipe.options.set end,
    order = function(pipe)
        local set = pipe.options.set
        return {set = set, count = #set, at = function(k) return k end, state = function() return {} end}
    end,
}

--- The order of a shuffle without a buffer.
function order.shuffled(pipe, run, saved)
    local base = order.of(pipe.from, run, saved and saved.base)
    local seed = saved and saved.seed or pipe.options.seed or draw.seed()
    local permuted = draw.permutation(base.count, seed, run.epoch)
    return {
        set = base.set, count = base.count, at = function(k) return base.at(permuted:index_select(1, k)) end,
        state = function() return {seed = seed, base = base.state()} end,
    }
end

--- Orders that are a range of the one before: `count` and `at` of base's count and at.
function order.part(count_of, place_of)
    return function(pipe, run, saved)
        local base = order.of(pipe.from, run, saved)
        return {
            set = base.set, count = count_of(pipe, base.count), state = base.state,
            at = function(k) return base.at(place_of(pipe, k)) end,
        }
    end
end

return order
