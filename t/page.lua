-- page.lua - a page of doc/ as a program: its Lua blocks, in order, and what they print
--
-- Read next: lua/training_page.lua. SPDX-License-Identifier: MIT
local tap = require "tap"

--- Runs doc/NAME; the printed text, after two checks: that the blocks are Lua, and that they run.
return function(name)
    local path = (os.getenv "LUNETTE_TEST_ROOT" or ".") .. "/doc/" .. name
    local file = assert(io.open(path))
    local lines, inside, blocks = {}, false, 0
    for line in file:lines() do
        if line == "```lua" then blocks = blocks + 1 end
        if line:find "^```" then inside = line == "```lua" end
        lines[#lines + 1] = inside and not line:find "^```" and line or ""
    end
    file:close()
    local printed = {}
    local environment = setmetatable({ print = function(...)
        for _, value in ipairs { ... } do printed[#printed + 1] = tostring(value) end
    end }, { __index = _G })
    local program, problem = load(table.concat(lines, "\n"), "@" .. name, "t", environment)
    tap.ok(program, problem or blocks .. " blocks of " .. name .. " make a program")
    local good, raised = pcall(program or error)
    tap.ok(good, good and "which runs" or tostring(raised))
    return table.concat(printed, "\n")
end
