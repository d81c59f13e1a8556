-- data_page.lua - the Lua blocks of doc/data.md run, in order, as one program
--
-- Read next: doc/data.md. SPDX-License-Identifier: MIT
local tap = require "tap"

local text = require "page" "data.md"
tap.ok(text:find("set > shuffle > batch (4 elements)", 1, true), "the pipeline shows its stages")
tap.ok(text:find("line 4, record 3: column 'height' is 'wide', not a number", 1, true), "the bad record is named")
tap.ok(text:find("elements in", 1, true) and text:find("is the bottleneck", 1, true), "the profile")
tap.ok(text:find "5 lines were left" or text:find "3 lines were left", "the state")
tap.ok(text:find "true\n1\n120\n30", "samplers and folds")
tap.done()
