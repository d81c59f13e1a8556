-- training_page.lua - the Lua blocks of doc/training.md run, in order, as one program
--
-- Read next: doc/training.md. SPDX-License-Identifier: MIT
local tap = require "tap"

local text = require "page" "training.md"
tap.ok(text:find("131 parameters", 1, true), "the network is printed")
tap.ok(tonumber(text:match "(%d+) of 30") >= 24, "and learned")
tap.ok(text:find("lr = 0.05, maximize = false, momentum = 0.9", 1, true), "the second group's rate was changed")
tap.near(tonumber(text:match "lowest at%s+(%S+)"), 1, 0.01, "LBFGS found the bottom of the valley")
tap.near(tonumber(text:match "rate%s+([%d.e-]+)"), 0.001 + 0.099 * (1 + math.cos(math.pi * 10 / 90)) / 2, 1e-6, "the rate is down the cosine")
tap.ok(text:find "averaged", "an average of weights")
tap.ok(text:find "mean\n", "the hook was called")
tap.ok(text:find "epochs done", "a run with callbacks")
tap.ok(tonumber(text:match "accuracy%s+([%d.]+)") > 0.9, "keras learned")
tap.ok(tonumber(text:match "f1%s+([%d.]+)") > 0.9, "and is measured")
tap.done()
