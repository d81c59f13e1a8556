-- bugs_page.lua - makes doc/debugging.md: each program of t/debugger/bugs with its fault, and the session that finds it
--
-- The sessions are run, not typed; how a run prints its numbers depends on the machine, so no test compares the page.
-- Read next: doc/generate.lua, t/debugger/bugs.lua. SPDX-License-Identifier: MIT
local bugs_page = {}

local intro = [[
# Finding faults: fourteen sessions

Each program below has one fault of the kind that everybody makes once. Below it stands what the debugger says, as
`lunette --dbg commands program.lua` prints it; the commands are those that a person would type. The programs are in `t/debugger/bugs`, and a
test sees to it that each is found. This page is made by `./dev docs`.
]]

-- In the order of a course: the forward pass, gradients, the optimiser, data.
local names = {"log_of_zero", "broadcast", "softmax_dim", "dead_relu", "saturated", "overwritten", "detached", "exploding", "zero_grad",
               "learning_rate", "stale_optimizer", "dropout_in_evaluation", "trained_in_eval", "unused_class"}
local longest = 20               -- lines of a session that are shown

local function read(path)
    local file <close> = assert(io.open(path))
    return file:read "a"
end

local function session(root, program, name, commands)
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write((commands:gsub(";%s*", "\n")), "\n")
    file:close()
    local pipe = io.popen(("cd '%s' && LC_ALL=C.UTF-8 '%s' --batch --threads 1 --dbg %s t/debugger/bugs/%s.lua 2>&1 </dev/null"):format(root, program,
                                                                                                                           path, name))
    local output = pipe:read "a":gsub("t/debugger/bugs/", "")
    pipe:close()
    os.remove(path)
    local lines, n = {}, 0
    for line in output:gmatch "[^\n]*" do
        n = n + 1
        if n <= longest then lines[#lines + 1] = (line:gsub("%s+$", "")) end
    end
    if n > longest then lines[#lines + 1] = "..." end
    return (table.concat(lines, "\n"):gsub("\n+$", ""))
end

--- The text of doc/debugging.md; program: the lunette that runs the sessions, by its whole path.
function bugs_page.text(root, program)
    local parts = {intro}
    for _, name in ipairs(names) do
        local text = read(("%s/t/debugger/bugs/%s.lua"):format(root, name))
        local title = text:match "^%-%- %S+ %- ([^\n]*)"
        local commands = text:match "\n%-%- commands: ([^\n]+)"
        local code = text:gsub("^.-SPDX%-License%-Identifier: MIT\n", "")
        parts[#parts + 1] = ("## %s%s\n\n```lua\n%s```\n\nTyped: `%s`\n\n```\n%s\n```\n"):format(
            title:sub(1, 1):upper(), title:sub(2), code, commands, session(root, program, name, commands))
    end
    return table.concat(parts, "\n")
end

return bugs_page
