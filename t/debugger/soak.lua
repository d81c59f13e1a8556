-- soak.lua - debugging sessions by chance, a few of them: no crash, no hang, no bit moved by looking, and the memory comes back
--
-- ./dev fuzz debugger runs as many as one likes, under the sanitizers. Read next: t/fuzz/debugger.lua. SPDX-License-Identifier: MIT
local root, build = os.getenv "LUNETTE_TEST_ROOT" or ".", os.getenv "LUNETTE_BUILD" or "build"
local tap = dofile(root .. "/t/tap.lua")
tap.needs "lunette.dbg"

local count = tonumber(os.getenv "LUNETTE_SOAK" or 60)
local pipe = io.popen(("%s/lunette %s/t/fuzz/debugger.lua %s/lunette %s/t --n %d 2>&1"):format(build, root, build, root, count))
local output = pipe:read "a"
local good = pipe:close()
tap.ok(good, count .. " sessions")
if not good then tap.note("%s", output) end
tap.ok(output:find(("%d sessions, 0 wrong"):format(count), 1, true), "all of them ran")
tap.done()
