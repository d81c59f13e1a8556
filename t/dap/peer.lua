-- peer.lua - dap-python, a client that nobody here wrote, drives lunette --dap
--
-- Skips where Python has no dap-python (LUNETTE_PEER_PYTHON names the Python). Read next: t/dap/peer.py. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dap"
local python = os.getenv "LUNETTE_PEER_PYTHON" or "python3"

if not os.execute(python .. " -c 'import dap, dap.client' >/dev/null 2>&1") then
    tap.skip("this Python has no dap-python: pip install dap-python")
    tap.done()
    return
end
local program = os.tmpname()
do
    local file <close> = assert(io.open(program, "w"))
    file:write "local x = lun.tensor{1.5, -2}\nprint 'begin'\nlocal y = x * 2\nlocal z = y:relu()\nprint('sum', z:sum():item())\n"
end
local pipe = io.popen(("timeout 60 %s %s/t/dap/peer.py %s/lunette %s 2>&1"):format(python, root, build, program))
local output = pipe:read "a"
local _, _, status = pipe:close()
os.remove(program)
local from = 1
for _, text in ipairs {"output begin", "stopped breakpoint main chunk 3", "stopped step main chunk 4", "stopped function breakpoint op:relu #",
                       "variable in1 f32[2]", "stopped step op:mul #", "output sum\t3.0", "exit 0"} do
    local _, to = output:find(text, from, true)
    if not to then tap.note("%s", output) end
    tap.ok(to, text)
    from = to and to + 1 or from
end
tap.is(status, 0, "its session ends well")
tap.done()
