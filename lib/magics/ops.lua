-- ops.lua - looking at what tensors went through: %graph %summary
--
-- Read next: lib/magics.lua, repl/graph.c. SPDX-License-Identifier: MIT
local shell = require "lunette.shell"
local magics = require "lunette.magics"
local add, complain = magics.add, magics.complain

-- Addresses of the session's tensors and of its modules' parameters, by name.
local function leaf_names()
    local names = {}
    for name, value in next, _G do
        if type(name) == "string" and not shell.standard(name) then
            if type(value) == "userdata" then names[shell.address(value)] = name end
            local parameters = type(value) == "table" and getmetatable(value) and package.loaded["lunette.nn"] and value.named_parameters
            if parameters then
                pcall(function()
                    for _, pair in ipairs(parameters(value)) do names[shell.address(pair[2])] = name .. "." .. pair[1] end
                end)
            end
        end
    end
    return names
end

local function branches()
    if shell.plain then return "+- ", "+- ", "|  ", "   " end
    return "├─ ", "└─ ", "│  ", "   "
end

local MOST_ROWS = 60

-- The tree as lines; a node that was shown is only named again.
local function tree(nodes, names)
    local lines, shown = {}, {}
    local middle, last, bar, blank = branches()
    local function put(text) if #lines < MOST_ROWS then lines[#lines + 1] = text end end
    local function walk(at, lead, under)
        local node = nodes[at]
        if not node then return put(lead .. "...") end
        local again = shown[at] and "  (above)" or node.place and "  " .. node.place or ""
        put(("%s%s %s%s"):format(lead, node.op, node.shape, again))
        if shown[at] or #lines >= MOST_ROWS then return end
        shown[at] = true
        for i, input in ipairs(node.inputs) do
            local final = i == #node.inputs
            local here = under .. (final and last or middle)
            if math.type(input) == "integer" then
                walk(input, here, under .. (final and blank or bar))
            else
                put(("%s%s %s"):format(here, input and (names[input] or "leaf") or "constant", node.shapes[i]))
            end
        end
    end
    walk(1, "", "")
    if #lines >= MOST_ROWS then lines[#lines + 1] = ("... (%d nodes in all)"):format(#nodes) end
    return table.concat(lines, "\n")
end

add("graph", "NAME", "the ops that a tensor's gradient goes through, as a tree", function(text)
    if text == "" then return complain("%graph needs a tensor", "%graph loss") end
    local good, value = magics.value(text)
    if not good then return complain(value, "%who lists your names") end
    if type(value) ~= "userdata" then return complain(("%s is a %s, no tensor"):format(text, type(value)), "%graph loss") end
    local nodes = shell.graph(value)
    if #nodes == 0 then
        local why = value.requires_grad and " is a leaf: gradients end here" or " has no gradient: nothing it came from requires one"
        return print(text .. why)
    end
    print(tree(nodes, leaf_names()))
end)

add("summary", "NAME", "a module as a tree with shapes and counts", function(text)
    local good, value = magics.value(text)
    if text == "" or not good then return complain(text == "" and "%summary needs a module" or value, "%summary net") end
    print(tostring(value))
end)
