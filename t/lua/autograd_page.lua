-- autograd_page.lua - the Lua blocks of doc/autograd.md run, in order, as one program
--
-- Read next: doc/autograd.md. SPDX-License-Identifier: MIT
local tap = require "tap"

local text = require "page" "autograd.md"
for _, wanted in ipairs {"6.0\n12.0\n5.0\n1.0", "[ 3. 12.]", "[ 6.  0.]\n  [ 0. 12.]", "[1. 1. 0.]", "80", "[64,4]", "true\ntrue", "backward of mul gave NaN"} do
    tap.ok(text:gsub("[ \n]+", " "):find((wanted:gsub("[ \n]+", " ")), 1, true), "prints " .. wanted:gsub("\n", " "), text)
end
tap.done()
