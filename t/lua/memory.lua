-- memory.lua - temporaries in any number stay within bounds, and what is freed early says so
--
-- Reads the peak of the whole process from /proc, so it counts real bytes. Holds: no call by the user is needed for the first part.
-- Read next: lua_bindings/memory.c. SPDX-License-Identifier: MIT
local tap = require "tap"
local lun = lun or require "lunette"

local function status(field)
    local file = io.open "/proc/self/status"
    if not file then return nil end
    local text = file:read "a"
    file:close()
    return tonumber(text:match(field .. ":%s+(%d+)")) / 1024
end

local sanitized = os.getenv "LUNETTE_SANITIZED"
local megabytes = status "VmHWM"

if megabytes and not sanitized then
    for _ = 1, 10000 do local _ = lun.empty(1024, 1024):fill_(1) end
    local peak = status "VmHWM" - megabytes
    tap.ok(peak < 150, ("10,000 temporaries of 4 MB: %.0f MB at most"):format(peak))

    local x = lun.ones(1024, 1024)
    for _ = 1, 1000 do x = (x * 0.5 + 1) - 0.5 end
    tap.ok(status "VmHWM" - megabytes < 150, "a chain of 3,000 too")

    local w = lun.zeros(1024, 256):requires_grad_()
    local data = lun.ones(64, 1024)
    local after = 0
    for i = 1, 600 do
        local loss = data:matmul(w):sum()
        loss:backward()
        lun.no_grad(function() w:sub_(w.grad * 1e-4) end)
        w.grad = nil
        if i == 300 then after = status "VmRSS" end
    end
    tap.ok(status "VmRSS" - after < 16, ("a training loop is flat: %.1f MB more after 300 steps"):format(status "VmRSS" - after))
else
    tap.ok(true, "peaks are not measured here")
end

-- numbers; first whatever the collector may yet find is collected, so that only the test's own tensors move them
local function settle()
    collectgarbage()
    collectgarbage()
end

do
    settle()
    local before = lun.memory()
    local x = lun.zeros(1024, 1024)
    local now = lun.memory()
    tap.ok(now.live - before.live >= 4 * 1024 * 1024, "live counts")
    tap.ok(now.peak >= now.live and now.budget > now.live, "peak and budget")
    x:free()
    tap.is(lun.memory().live, before.live, "free gives back at once")
    x:free()
    tap.ok(true, "free twice is fine")
    tap.fails(function() return x + 1 end, "released", "memory.lua:", "using it names the line that released it")
    tap.ok(tostring(x):find "released", "printing it says so")
end

-- the budget
do
    local held = lun.memory().live
    lun.set_memory_budget(held + 64 * 1024 * 1024)
    tap.fails(function() return lun.zeros(1024, 1024, 100) end, "memory", "MB", "more than the budget is an error")
    local good = pcall(function() for _ = 1, 200 do local _ = lun.zeros(1024, 1024, 4) end end)
    tap.ok(good, "garbage is collected before giving up")
    local list = {}
    tap.fails(function() for i = 1, 200 do list[i] = lun.zeros(1024, 1024, 4) end end, "memory", nil, "what is in use is not")
    list = nil
    lun.set_memory_budget(0)
    tap.ok(lun.empty_cache() >= 0 and lun.memory().cached == 0, "empty_cache")
    lun.scope(function() local _ = lun.empty(1 << 20) end)
    if lun.memory().cached > 0 then -- under the sanitizer nothing is
        lun.scope(function() for _ = 1, 15 do local _ = lun.empty(1 << 20) end end)
        lun.scope(function() local _ = lun.empty(10 << 20) end)
        local before = lun.memory().cached
        tap.ok(before <= 64 << 20 and before >= 40 << 20, "a full cache gives up what waited longest")
        lun.scope(function()
            local _ = lun.empty(10 << 20)
            tap.is(before - lun.memory().cached, 40 << 20, "and what came last is there for the next")
        end)
    end
    tap.ok(lun.zeros(1024, 1024, 4):numel() > 0, "the session goes on")
end

-- scopes
do
    local outside = lun.zeros(4)
    local inside, kept
    do
        local s <close> = lun.scope()
        inside = outside + 1
        kept = s:keep(outside + 2)
    end
    tap.fails(function() return inside:sum() end, "released", "memory.lua:", "a scope's tensors are released at its end")
    tap.is(kept:sum():item(), 8.0, "but those that are kept")
    tap.is(outside:sum():item(), 0.0, "and those from outside")

    local first, second = lun.scope(function(x)
        inside = x + 1
        return inside * 2, { deep = { x + 3 } }
    end, outside)
    tap.is(first:sum():item(), 8.0, "a scope's results live on")
    tap.is(second.deep[1]:sum():item(), 12.0, "also inside tables")
    tap.fails(function() return inside:sum() end, "released", nil, "the rest is gone")

    local good, problem = pcall(lun.scope, function() inside = outside + 1 error "stop" end)
    tap.ok(not good and tostring(problem):find "stop", "an error passes through")
    tap.fails(function() return inside:sum() end, "released", nil, "and the scope is closed")

    local result = lun.scope(function()
        local middle = lun.scope(function() return outside + 5 end)
        return middle * 1
    end)
    tap.is(result:sum():item(), 20.0, "scopes nest")

    local thread = coroutine.wrap(function()
        while true do coroutine.yield(lun.ones(2)) end
    end)
    local batch
    lun.scope(function() batch = thread() end)
    tap.is(batch:sum():item(), 2.0, "what another coroutine made is not touched")

    settle()
    local live = lun.memory().live
    lun.scope(function() for _ = 1, 10 do inside = lun.zeros(1024, 1024) end end)
    tap.is(lun.memory().live, live, "a scope frees at its end, not later")

    lun.scope(function()
        for _ = 1, 1000 do inside = lun.zeros(8) end
        inside = nil
        collectgarbage()
    end)
    tap.ok(true, "what the collector took first is not freed twice")
    coroutine.wrap(function() local s <close> = lun.scope() inside = lun.zeros(3) coroutine.yield() end)()
    collectgarbage()
    collectgarbage()
    tap.ok(lun.zeros(3):sum():item() == 0, "an abandoned scope harms nobody")
end

-- to-be-closed tensors
do
    local x
    do
        local t <close> = lun.zeros(3)
        x = t
    end
    tap.fails(function() return x:sum() end, "released", nil, "local t <close> releases")
end

do -- huge pages
    local can = io.open "/sys/kernel/mm/transparent_hugepage/enabled"
    local x, asked = lun.zeros(8000000), false
    for line in io.lines "/proc/self/smaps" do asked = asked or line:find "^VmFlags:" and line:find " hg" end
    if sanitized then
        tap.skip "a sanitizer's allocator asks for none"
    elseif can and can:close() then
        tap.ok(x:numel() == 8000000 and asked, "the system was asked for huge pages for 32 MB")
    else
        tap.skip "this system has no huge pages to ask for"
    end
end
tap.done()
