-- undo.lua - %undo: as if the last cell had not run
--
-- Read next: repl/undo.h. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"

local help = "as if the last cell had not run: names, tensors, random numbers; not files. Beyond 16 MiB of tensors after %undo on"

magics.add("undo", "[on or off]", help, function(text)
    if text == "on" or text == "off" then return shell.undo(text == "on") end
    if text ~= "" then return magics.complain("%undo takes back one cell", "%undo, %undo off, %undo on") end
    local why = shell.undo()
    magics.complain("the last cell cannot be undone: " .. why, "%rerun runs earlier cells again")
end)
