-- apart.lua - `local apart = require "apart"`: scripts on a device in processes of their own, because what devices there are, how much memory
-- they have and whether one is lost is a process's matter
--
-- apart.run(settings, script) gives its output (stdout and stderr) and exit status; apart.sees(output, what, texts...) is the test that all
-- texts are in it. With LUNETTE_CUDA_MODULE set that is the device, else the host device. Where there is neither, the file is skipped.
-- Read next: t/lua/cuda_runtime.lua, t/lua/cuda_errors.lua. SPDX-License-Identifier: MIT
local tap = require "tap"
local build = os.getenv "LUNETTE_BUILD" or "build"
local apart = { given = os.getenv "LUNETTE_CUDA_MODULE" }
apart.module = apart.given or build .. "/lunette_cuda_host.so"

local found = io.open(apart.module)
if not found then
    tap.skip("the module for the host device was not built")
    tap.done()
end
found:close()

-- A command line of the program; gives its output and exit status.
function apart.call(settings, arguments)
    local command = "%s LUNETTE_QUIET=1 %s/lunette %s 2>&1 </dev/null"
    local pipe = assert(io.popen(command:format(settings:find "LUNETTE_CUDA_MODULE" and settings or settings .. " LUNETTE_CUDA_MODULE=" ..
        apart.module, build, arguments)))
    local output = pipe:read "a"
    local _, _, status = pipe:close()
    return output, status
end

function apart.run(settings, script)
    local path = os.tmpname()
    local file <close> = assert(io.open(path, "w"))
    file:write('local lun = require "lunette"\nlocal cuda = lun.cuda\n', script)
    file:close()
    local output, status = apart.call(settings, path)
    os.remove(path)
    return output, status
end

function apart.sees(output, what, ...)
    local missing = {}
    for _, text in ipairs {...} do
        if not output:find(text, 1, true) then missing[#missing + 1] = "not seen: " .. text end
    end
    if #missing > 0 then tap.note("%s", output) end
    return #missing == 0 and tap.ok(true, what) or tap.fail(what, table.unpack(missing))
end

return apart
