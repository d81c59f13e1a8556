-- plot_picture.lua - brings pictures into shape: grey or coloured, one or a batch as a mosaic
--
-- Adds brightness and picture to plot_data.lua's functions. Read next: plot_data.lua. SPDX-License-Identifier: MIT
return function(data)
    local fail = data.fail

    -- 0..1 and 0..255 are what pictures usually hold; other values are stretched.
    function data.brightness(values)
        local low, high, whole = math.huge, -math.huge, true
        for _, v in ipairs(values) do
            if v == v and v < low then low = v end
            if v == v and v > high then high = v end
            if v % 1 ~= 0 then whole = false end
        end
        if low >= 0 and high <= 1 then return 0, 1 end
        if low >= 0 and high <= 255 and whole then return 0, 255 end
        return nil, nil
    end

    local most = 64 -- pictures in a mosaic

    -- Pictures side by side with a line between them.
    local function mosaic(flat, count, planes, rows, columns, across)
        count = math.min(count, most)
        across = math.min(across or math.ceil(math.sqrt(count)), count)
        local down = (count + across - 1) // across
        local height, width = down * (rows + 1) - 1, across * (columns + 1) - 1
        local low = math.huge
        for _, v in ipairs(flat) do if v < low then low = v end end
        local out, at = {}, 0
        for i = 1, planes * height * width do out[i] = low end
        for n = 0, count - 1 do
            local top, left = (n // across) * (rows + 1), (n % across) * (columns + 1)
            for p = 0, planes - 1 do
                for r = 0, rows - 1 do
                    for c = 1, columns do
                        at = at + 1
                        out[(p * height + top + r) * width + left + c] = flat[at]
                    end
                end
            end
        end
        return { values = out, planes = planes, rows = height, columns = width }
    end

    local function is_planes(n) return n == 1 or n == 3 or n == 4 end

    function data.picture(name, value, across)
        local flat = {}
        local shape = data.flatten(name, value, flat, 1)
        local n = #shape
        if n == 2 then return { values = flat, planes = 1, rows = shape[1], columns = shape[2] } end
        if n == 3 and is_planes(shape[1]) then return { values = flat, planes = shape[1], rows = shape[2], columns = shape[3] } end
        if n == 3 and shape[1] > 0 then return mosaic(flat, shape[1], 1, shape[2], shape[3], across) end
        if n == 4 and is_planes(shape[2]) and shape[1] > 0 then return mosaic(flat, shape[1], shape[2], shape[3], shape[4], across) end
        if n == 1 and #flat == 0 then return { values = flat, planes = 1, rows = 0, columns = 0 } end
        fail("%s: wants height x width, planes x height x width (1, 3 or 4 planes), or a batch of them; got shape [%s]%s", name,
             table.concat(shape, ","), n == 3 and "\nhint: planes come first: x:permute(3, 1, 2)" or "")
    end
end
