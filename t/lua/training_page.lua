-- training_page.lua - the Lua blocks of doc/training.md run, in order, as one program
--
-- Read next: doc/training.md. SPDX-License-Identifier: MIT
local tap = require "tap"

local path = (os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/doc/training.md"
local file = assert(io.open(path))
local lines, inside, blocks = {}, false, 0
for line in file:lines() do
    if line == "```lua" then blocks = blocks + 1 end
    if line:find "^```" then inside = line == "```lua" end
    lines[#lines + 1] = inside and not line:find "^```" and line or ""
end
file:close()

local printed = {}
local environment = setmetatable({print = function(...)
    for _, value in ipairs {...} do printed[#printed + 1] = tostring(value) end
end}, {__index = _G})
local program, problem = load(table.concat(lines, "\n"), "@training.md", "t", environment)
tap.ok(program, problem or blocks .. " blocks make a program")
local good, raised = pcall(program or error)
tap.ok(good, good and "which runs" or tostring(raised))
local text = table.concat(printed, "\n")
tap.ok(text:find("131 parameters", 1, true), "the network is printed")
tap.ok(tonumber(text:match "(%d+) of 30") >= 24, "and learned")
tap.ok(text:find("lr = 0.05, momentum = 0.9", 1, true), "the second group's rate was changed")
tap.ok(text:find "mean\n", "the hook was called")
tap.done()
