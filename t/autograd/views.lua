-- views.lua - programs of views and writes, and what PyTorch 2.13.0 makes of them; made by make_views.py
-- SPDX-License-Identifier: MIT
return {
{ 1, [[
local x = leaf({0.14, 0.6, -0.87, -0.76, 0.52, -0.06}, 3, 2)
local w = leaf({-0.24, -0.58, -0.02, 0.79, -0.22, 0.21}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c[c:detach():lt(0)] = 2.0 end)
c:sigmoid_()
c:sub_(w, {alpha = 2})
c:mul_(y)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], -1.84, {4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2} },
{ 2, [[
local x = leaf({-0.82, -0.28, -0.66, 0.62, 0.71, -0.5}, 2, 3)
local w = leaf({-0.58, -0.93, 0.36, 1.0, 0.28, 0.61}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c[2] = 3.0
v0 = x:expand(2, 2, 3)
c[{ {1, 2} }] = 3.0
y:addcmul_(w, w, 0.5)
v1 = y:softmax(-1)
v1:add_(w)
v2 = w:softmax(-1)
v3 = c:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 165.11, {9, 9, 9, 9, 9, 9}, {2, 2, 2, 2, 2, 2} },
{ 3, [[
local x = leaf({0.19, -0.74, 0.83, -0.05, 0.16, 0.21}, 3, 2)
local w = leaf({0.82, -0.06, 0.1, -0.62, 0.43, 0.08}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:mul_(x)
v0 = c:narrow(2, 1, 1):squeeze(2)
c:addcmul_(x, x, 0.5)
y:mul_(-1.5)
v1 = lun.no_grad(function() return w:chunk(2, 2)[1] end)
lun.no_grad(function() y:pow_(2) end)
v2 = x:split(1, 2)[2]
v3 = v2:slice(1, 1, -1, 2)
v2:sigmoid_()
return x:sum(), x, w]], error = [==[Output 1 of Split is a view and is being modified inplace. This view is the output of a fu]==] },
{ 4, [[
local x = leaf({-0.39, 0.44, -0.04, -0.82, -0.96, 0.1}, 3, 2)
local w = leaf({-0.42, 0.98, -0.88, 0.04, -0.28, 0.56}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * 0.5
v1 = c:flip(2)
c:pow_(2)
v2 = v0:clone()
c[c:detach():lt(0)] = 0.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum(), x, w]], -10.02, {6, 6, 6, 6, 6, 6}, {2, 2, 2, 2, 2, 2} },
{ 5, [[
local x = leaf({0.48, 0.59, 0.88, 0.48, 0.84, -0.94, -0.07, 0.89}, 2, 4)
local w = leaf({0.3, 0.8, -0.77, -0.06, -0.51, 0.09, 0.15, -0.97}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:zero_()
v0 = w:expand(2, 2, 4)
v1 = w * -1.5
lun.no_grad(function() y:sub_(c, {alpha = 2}) end)
v2 = y ^ 3
v3 = w:slice(1, 1, -1, 2)
v4 = v1:flip(1)
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum(), x, w]], 11.99, {1, 1, 1, 1, 1, 1, 1, 1}, {-4, -4, -4, -4, -8, -8, -8, -8} },
{ 6, [[
local x = leaf({-0.03, -0.48, -1.0, 0.33, -0.06, 0.52}, 2, 3)
local w = leaf({-0.25, 0.54, -0.45, 0.6, 0.46, -0.17}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:flip(1)
y:sin_()
y:sigmoid_()
v1 = x + v0
v1:tanh_()
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum(), x, w]], 33.6982942, {2.75776756, 4.08721079, 5, 1.97762239, 2.83779296, 1.69707426}, {2, 2, 2, 2, 2, 2} },
{ 7, [[
local x = leaf({0.9, -0.21, -0.9, 0.64, -0.81, 0.17, 0.82, -0.57}, 2, 4)
local w = leaf({-0.83, -0.16, -0.52, 0.1, -0.88, 0.13, 0.89, 0.26}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[{ {1, 1} }] = 3.0
v0 = w + w
y[{ {1, 2} }] = 0.5
v1 = w:softmax(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 48.02, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 8, [[
local x = leaf({-0.26, -0.25, -0.61, -0.91, -0.73, 0.62}, 3, 2)
local w = leaf({0.01, -0.2, -0.94, -0.03, -0.22, 0.15}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:permute(2, 1)
v1 = x:unsqueeze(1)
y:zero_()
c:addcmul_(w, w, 0.5)
v2 = c:permute(1, 2)
v3 = c:narrow(1, 2, 2)
v4 = c:reshape(-1)
v5 = v2:softmax(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum() + (v4 * 9):sum(), x, w]], 131.13885, {12, 12, 12, 12, 12, 12}, {2.19, -1.8, -23.38, 1.19, -3.94, 6.05} },
{ 9, [[
local x = leaf({0.23, -0.47, -0.63, 0.35, -0.32, -0.07, 0.21, -0.33, 0.87, 0.4, 0.46, -0.66}, 4, 3)
local w = leaf({0.89, 0.9, -0.15, -0.66, -0.9, -0.74, 0.74, 0.98, -0.87, 0.38, 0.58, 0.77}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unfold(2, 1, 1)
lun.no_grad(function() c:zero_() end)
c:mul_(-1.5)
v1 = x:flip(2)
c:mul_(w)
lun.no_grad(function() c[2] = -1.5 end)
v2 = v0 + v0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], -8.78, {22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 10, [[
local x = leaf({-0.14, 0.16, -0.59, 0.63, 0.65, 0.31}, 2, 3)
local w = leaf({-0.68, 0.04, -0.34, -0.5, 0.91, 0.99}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:pow_(2)
v0 = w:flip(2)
v1 = w:narrow(2, 1, 2)
lun.no_grad(function() v0:sigmoid_() end)
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum(), x, w]], 2.9476, {0.44, 1.64, -1.36, 3.52, 3.6, 2.24}, {3, 3, 0, 3, 3, 0} },
{ 11, [[
local x = leaf({0.73, 0.71, 0.56, -0.1, 0.71, -0.62, 0.61, -0.05, 0.23, -0.63, -0.11, -0.72}, 4, 3)
local w = leaf({0.08, 0.78, 0.27, 0.19, -0.21, -0.09, 0.48, 0.3, 0.25, 0.66, -0.87, -0.93}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
x:add_(c)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 12, [[
local x = leaf({-0.46, 0.06, -0.3, -0.24, 0.99, -0.03, 0.29, -0.08, 0.73, -0.54, -1.0, 0.25}, 4, 3)
local w = leaf({0.96, -0.26, -0.32, -0.58, 0.15, -0.6, 0.03, 0.64, 0.36, 0.6, -0.83, 0.84}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
v1 = v0:narrow(1, 1, 1):squeeze(1)
lun.no_grad(function() v1[v1:detach():lt(0)] = 3.0 end)
v2 = v1:slice(1, 1, -1, 2)
v3 = c * c
y:sin_()
v4 = v3:unbind(2)[2]
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum(), x, w]], 84.6786703, {-10.87991, 12.9784065, -10.87991, -10.87991, 7.58427833, -10.87991, 12.4989265, -10.87991, 9.94209283, -10.87991, -10.87991, 12.6269491}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 13, [[
local x = leaf({-0.42, 0.82, 0.6, 0.78, 0.3, 0.33, 0.74, 0.28}, 2, 4)
local w = leaf({-0.63, -0.86, 0.69, 0.49, -0.94, -0.75, 0.37, 1.0}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:narrow(2, 1, 1):squeeze(2)
v1 = c:select(2, 4)
v2 = v1:softmax(-1)
v3 = v0:tanh()
v0:clamp_(-0.5, 0.5)
y:exp_()
v3:div_(-1.5)
v4 = v3 ^ 3
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 57.7779165, {2.97114046, 7.81149951, 6.4663564, 7.5444168, 5.04957642, 5.17290439, 7.28780654, 4.96938944}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 14, [[
local x = leaf({0.23, 0.51, 0.05, -0.51, 0.47, -0.42}, 2, 3)
local w = leaf({-0.85, -0.1, -0.07, 0.75, -0.21, 0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:narrow(2, 3, 1)
v1 = c:diagonal(0, 1, 2)
v2 = x:select(2, 2)
c:addcmul_(w, w, 0.5)
v3 = v1:narrow(1, 1, 1)
v4 = lun.no_grad(function() return c:narrow(2, 1, 1):squeeze(2) end)
v5 = w:diagonal(0, 1, 2)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 40.2204, {1, 1, 1, 1, 1, 1}, {-5.65, 2, 1.79, 2, 1.16, 4.46} },
{ 15, [[
local x = leaf({-0.98, 0.47, -0.68, 0.97, -0.97, 0.76}, 3, 2)
local w = leaf({0.36, 0.71, 1.0, -0.52, -0.32, 0.42}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y[3] = 0.5
y:add_(c)
v0 = w:unfold(1, 2, 1)
c[c:detach():lt(0)] = 3.0
c:sub_(w, {alpha = 2})
lun.no_grad(function() y:clamp_(-0.5, 0.5) end)
v1 = x * x
v2 = y / (y * y + 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 28.4024, {-3.84, 7.76, -1.44, 11.76, -6.76, 7.08}, {-4, -4, -4, -4, -4, -4} },
{ 16, [[
local x = leaf({-0.06, -0.43, -0.55, -0.99, 0.71, 0.42, -0.52, -0.56}, 2, 4)
local w = leaf({-0.41, 0.63, 0.33, 0.9, 0.2, -0.96, -0.56, 0.21}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:flip(2)
v1 = c:unfold(1, 2, 1)
v0[v0:detach():lt(0)] = 2.0
lun.no_grad(function() c:addcmul_(y, y, 0.5) end)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum(), x, w]], 56.1456, {1, 1, 1, 1, 4, 4, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 17, [[
local x = leaf({0.61, 0.92, -0.42, 0.53, 0.41, 0.32, -0.78, -0.95, -0.23, 0.49, -0.5, 0.0}, 4, 3)
local w = leaf({-0.37, 0.69, 0.89, -0.2, 1.0, -0.88, 0.63, 0.75, -0.7, 0.41, 0.12, 0.91}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:tanh()
y:mul_(c)
v1 = x / (w * w + 1)
v2 = v0:reshape(-1)
v3 = w[':, 2']
v4 = v1:detach()
v5 = lun.no_grad(function() return v1:narrow(2, 1, 1):squeeze(2) end)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum(), x, w]], 55.5585379, {8.5196285, 7.36536472, 9.21223116, 8.82202598, 9.24544488, 9.52102733, 7.86986978, 7.26360519, 9.74455592, 8.96843716, 8.93223866, 10}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 18, [[
local x = leaf({-0.75, -0.1, -0.52, 0.9, 0.26, -0.63}, 3, 2)
local w = leaf({-0.41, 0.77, -0.61, 0.8, -0.76, 0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:flip(1)
y[{ {1, 3} }] = 0.5
v1 = c:softmax(-1)
y:fill_(3.0)
v0[1] = 3.0
v2 = w:permute(1, 2)
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum(), x, w]], 44.16, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 19, [[
local x = leaf({0.57, 0.04, 0.02, -0.21, 0.99, -0.42}, 2, 3)
local w = leaf({-0.7, -0.48, -0.48, -0.35, -0.46, -0.78}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w / (w * w + 1)
y:exp_()
v1 = v0 / (y * y + 1)
y:mul_(2.0)
lun.no_grad(function() v1:sigmoid_() end)
v0:clamp_(-0.5, 0.5)
v2 = c:unfold(1, 1, 1)
v3 = v0:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v3 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 20, [[
local x = leaf({-0.48, 0.27, 0.81, 0.74, 0.15, -0.66}, 3, 2)
local w = leaf({-0.18, 0.99, -0.79, -0.36, 0.9, -0.1}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
c:div_(0.5)
v1 = c[':, 1']
v2 = v1:narrow(1, 3, 1)
v3 = v2:expand(2, 1)
v4 = v2:sin()
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum(), x, w]], 68.83, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 21, [[
local x = leaf({-0.16, -0.16, -0.44, 0.69, 0.98, -0.05}, 3, 2)
local w = leaf({0.93, -0.63, 0.06, 0.58, -0.97, 0.87}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:narrow(1, 1, 1):squeeze(1)
v1 = lun.no_grad(function() return c:narrow(1, 1, 1):squeeze(1) end)
v2 = x:permute(2, 1)
v3 = w[':, 1']
v4 = v3:flip(1)
v5 = v3:select(1, 1)
v3:mul_(3.0)
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 22, [[
local x = leaf({-0.51, 0.23, -0.11, 0.4, 0.48, 0.76}, 3, 2)
local w = leaf({0.59, -0.84, -0.46, -0.9, 0.95, -0.64}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:narrow(2, 1, 1)
v1 = v0:slice(1, 1, -1, 2)
v2 = y:exp()
v3 = y:reshape(-1)
v4 = v2:exp()
v5 = v2:chunk(2, 2)[1]
v6 = v2:transpose(1, 1)
y[{ {1, 1} }] = 2.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v5 * 6):sum(), x, w]], 97.4499499, {7.60545137, 7.29300005, 14.8541755, 12.4591235, 22.7768184, 15.6913811}, {2, 2, 2, 2, 2, 2} },
{ 23, [[
local x = leaf({0.78, -0.83, 0.18, -0.15, 0.06, -0.74, -0.62, -0.11}, 2, 4)
local w = leaf({-0.56, -0.09, -0.95, -0.83, 0.42, -0.16, 0.03, 0.47}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:diagonal(0, 1, 2)
y[1] = 0.5
lun.no_grad(function() c:add_(w) end)
v1 = v0:flip(1)
v2 = c:unfold(2, 2, 1)
v3 = v1:detach()
lun.no_grad(function() v1:clamp_(-0.5, 0.5) end)
v4 = y:reshape(-1)
v5 = v2:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v5 * 7):sum(), x, w]], 116.24, {10, 1, 1, 1, 4, 13, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 24, [[
local x = leaf({0.68, -0.63, 1.0, -0.61, 0.34, -0.82, 0.52, -0.7, 0.41, 0.45, 0.53, -0.12}, 4, 3)
local w = leaf({0.73, 0.98, -0.77, 0.03, 0.92, 0.48, -0.11, -0.39, 0.91, -0.83, 0.52, 0.69}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x * 2.0
v1 = x ^ 3
v2 = v1:softmax(-1)
y[4] = -1.5
y:tanh_()
y:sigmoid_()
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 25, [[
local x = leaf({0.54, 0.69, -0.97, 0.86, -0.39, -0.05, 0.72, 0.51, -0.93, 0.13, -0.81, 0.72}, 4, 3)
local w = leaf({0.15, 0.46, -0.61, 0.93, 0.89, -0.37, 0.84, 0.1, 0.03, 0.05, 0.77, 0.67}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c[{ {1, 4} }] = 2.0 end)
v0 = x:unsqueeze(1)
v1 = y:reshape(-1)
lun.no_grad(function() y:sin_() end)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum(), x, w]], 6.20827211, {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 26, [[
local x = leaf({0.32, -0.14, 0.09, -0.74, 0.9, -0.05}, 3, 2)
local w = leaf({0.46, 0.25, -0.66, -0.14, -0.52, 0.5}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:select(2, 2)
v1 = v0 / (v0 * v0 + 1)
v2 = y:permute(2, 1)
v0[3] = 3.0
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 27, [[
local x = leaf({0.4, 0.91, -0.61, -0.87, 0.65, -0.33, -0.26, 0.63, -0.63, 0.82, -0.02, -0.86}, 4, 3)
local w = leaf({0.84, 0.15, -0.84, 0.68, 0.55, 0.48, 0.32, 0.99, -0.98, 0.95, 0.29, -0.49}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:copy_(w)
v0 = x:diagonal(0, 1, 2)
y:masked_fill_(y:detach():gt(0.3), 3.0)
v1 = c:sin()
v2 = y:slice(1, 1, -1, 2)
v3 = v2:narrow(1, 2, 1)
v4 = v0:narrow(1, 1, 3)
v1:tanh_()
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 73.0467163, {7, 1, 7, 3, 7, 3, 12, 1, 18, 1, 3, 3}, {1.20273266, 2.90104413, 1.20273266, 1.60842141, 1.96886986, 2.16545383, 2.58351749, 0.876625013, 0.896676506, 0.958255219, 2.65191306, 2.13755201} },
{ 28, [[
local x = leaf({0.48, 0.09, 0.42, -0.55, 0.28, 0.53}, 2, 3)
local w = leaf({-0.58, -0.71, -0.67, 0.91, 0.21, -0.6}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:slice(1, 1, -1, 2)
v1 = v0:narrow(2, 1, 1):squeeze(2)
c[1] = 0.5
v2 = v0:detach()
v3 = v0:unbind(2)[3]
v4 = v0:select(2, 1)
v5 = v1:unbind(1)[1]
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v5 * 6):sum(), x, w]], 22.15, {16, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2} },
{ 29, [[
local x = leaf({-0.31, 0.69, -0.42, 0.02, -0.31, -0.17}, 2, 3)
local w = leaf({0.95, -0.79, -0.11, -0.55, -0.3, 1.0}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:pow_(2)
v0 = y:unfold(2, 2, 1)
c:zero_()
v1 = w:diagonal(0, 1, 2)
y:fill_(2.0)
v2 = c[':, 3']
v3 = c:diagonal(0, 1, 2)
v4 = c:narrow(2, 1, 1):squeeze(2)
v5 = y * c
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v5 * 6):sum(), x, w]], 47.9, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 30, [[
local x = leaf({0.22, 0.24, 0.65, 0.95, -0.9, -0.25, -0.73, -0.84}, 2, 4)
local w = leaf({-0.98, 0.04, 0.86, -0.95, 1.0, 0.82, 0.63, 0.06}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:clone()
c:pow_(2)
v1 = c:reshape(-1)
v0:mul_(0.5)
v2 = y:transpose(2, 2)
v3 = v2:narrow(2, 2, 1)
v2:addcmul_(w, w, 0.5)
lun.no_grad(function() v0[v0:detach():lt(0)] = 2.0 end)
v4 = v3:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 74.4601, {8, 21, 8, 8, 8, 14, 8, 8}, {-2.9, 2.72, 6.3, -2.75, 7, 11.02, 5.15, 2.3} },
{ 31, [[
local x = leaf({-0.06, 0.53, -0.72, -0.91, 0.9, 0.07}, 2, 3)
local w = leaf({0.42, -0.72, 0.96, -0.93, -0.88, -0.54}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:tanh_()
v0 = w:softmax(-1)
c[1] = 2.0
v1 = y:select(2, 3)
v2 = c:slice(1, 1, -1, 2)
c:add_(w)
v3 = v0:unsqueeze(1)
v4 = y ^ 3
y:tanh_()
v5 = v2:permute(2, 1)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 32, [[
local x = leaf({0.85, -0.71, 0.4, -0.52, -0.95, -0.92}, 2, 3)
local w = leaf({-0.35, -0.34, -0.89, 0.38, 0.99, -0.06}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:sub_(w, {alpha = 2})
c:exp_()
lun.no_grad(function() c:sub_(w, {alpha = 2}) end)
y:add_(w)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 33, [[
local x = leaf({0.26, 0.63, -0.45, 0.3, 0.78, 0.82}, 3, 2)
local w = leaf({-0.63, 0.3, 0.23, 0.01, 0.93, 0.06}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * c
y:mul_(v0)
v1 = x * 0.5
y:sin_()
v2 = v1:sin()
v3 = lun.no_grad(function() return y:unbind(2)[1] end)
v4 = v2:transpose(2, 2)
v5 = y + v1
v6 = v4:narrow(2, 1, 1):squeeze(2)
v7 = v5:narrow(1, 1, 1):squeeze(1)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum() + (v6 * 5):sum(), x, w]], 26.1544717, {6.47890473, 4, 6.43698527, 4, 6.31227265, 4}, {0, 0, 0, 0, 0, 0} },
{ 34, [[
local x = leaf({0.17, 0.69, 0.8, 0.76, -0.27, 0.9, -0.15, -0.39}, 2, 4)
local w = leaf({-0.81, 0.02, -0.69, -0.45, 0.22, 0.55, 0.51, -0.83}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:exp()
v0:sigmoid_()
v1 = x:narrow(2, 1, 3)
v2 = y:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 35, [[
local x = leaf({0.5, 0.49, 0.73, -0.43, 0.93, 0.13, 0.49, 0.51}, 2, 4)
local w = leaf({0.86, -0.45, -0.27, 0.43, 0.17, 0.5, -0.27, 0.91}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:slice(1, 1, -1, 2)
v1 = c:slice(1, 1, -1, 2)
y:sub_(w, {alpha = 2})
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 49.47, {5, 5, 5, 5, 5, 5, 5, 5}, {-6, -6, -6, -6, -6, -6, -6, -6} },
{ 36, [[
local x = leaf({-0.88, -0.96, 0.6, 0.82, -0.43, -0.84, 0.01, -0.65}, 2, 4)
local w = leaf({-0.46, 0.3, -0.27, -0.46, -0.84, -0.18, -0.02, -0.22}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:narrow(1, 1, 1):squeeze(1)
lun.no_grad(function() c[2] = v0 end)
v1 = w:select(2, 4)
v2 = w:narrow(2, 1, 1):squeeze(2)
v3 = v2:unsqueeze(1)
v4 = v0:exp()
v5 = y:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], 6.82206105, {15.9034804, 15.6802502, 25.7548316, 28.8934989, 9, 9, 9, 9}, {8, 2, 2, 7, 8, 2, 2, 7} },
{ 38, [[
local x = leaf({-0.14, 0.45, -0.87, 0.4, -0.25, 0.22, -0.66, -0.31, -0.47, -0.34, 0.45, -0.05}, 4, 3)
local w = leaf({0.93, 0.17, -0.55, 0.23, 0.06, -0.72, 0.05, -0.98, -0.25, 0.07, 0.37, 0.92}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:expand(2, 4, 3)
v1 = y:expand(2, 4, 3)
y:sigmoid_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 60.9012918, {3.7365689, 3.61534856, 3.28887119, 3.6428682, 3.70747491, 3.71699159, 3.47099742, 3.68497522, 3.60355248, 3.67203151, 3.61534856, 3.74828197}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 39, [[
local x = leaf({-0.48, -0.95, -0.56, 0.46, -0.99, 0.6}, 3, 2)
local w = leaf({0.35, 0.42, 0.92, -0.95, 0.35, 0.69}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unfold(1, 2, 1)
y:mul_(c)
y:masked_fill_(y:detach():gt(0.3), 3.0)
y:addcmul_(x, x, 0.5)
lun.no_grad(function() c[c:detach():lt(0)] = -1.5 end)
y:zero_()
v1 = c:unsqueeze(1)
c:div_(3.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 28.3066667, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 40, [[
local x = leaf({0.16, 0.05, -0.51, 0.33, 0.27, -0.59, 0.52, -0.45, 0.49, 0.64, 0.05, 0.47}, 4, 3)
local w = leaf({-0.88, -0.6, 0.41, 0.7, -0.89, 0.58, -0.37, -0.5, -0.35, 0.56, 0.36, 0.05}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y[2] = 0.5
v0 = w:clone()
v0:tanh_()
y:add_(w)
v1 = w:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 28.6452348, {4, 4, 4, 1, 1, 1, 4, 4, 4, 4, 4, 4}, {5.00388698, 5.84631105, 6.39635591, 5.53895836, 4.97567583, 5.90728339, 6.49875947, 6.14579093, 6.54740597, 5.96783571, 6.52330908, 6.99001664} },
{ 41, [[
local x = leaf({-0.34, 0.99, 0.8, -0.23, 0.79, -0.43, -0.45, 0.7, 0.53, -0.98, -0.5, 1.0}, 4, 3)
local w = leaf({-0.96, 0.9, 0.97, 0.96, -0.36, -0.48, 0.38, 0.17, -0.76, 0.18, -0.13, -0.44}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:diagonal(0, 1, 2)
v1 = w:expand(2, 4, 3)
v2 = v0 * v0
v3 = w:tanh()
c:mul_(3.0)
v4 = c:clone()
v5 = v2:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum() + (v5 * 6):sum(), x, w]], 121.2972, {-3.08, 1, 1, 1, 10.48, 1, 1, 1, 7.36, 1, 1, 1}, {12.2302597, 12.4345868, 12.1972095, 12.2302597, 14.4041364, 14.0043332, 14.3422165, 14.8582391, 12.9451016, 14.841436, 14.916443, 14.1444914} },
{ 42, [[
local x = leaf({-0.95, -0.45, -0.55, 0.47, 0.35, 0.78}, 2, 3)
local w = leaf({-0.83, -0.16, -0.94, -0.56, 0.01, -0.95}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:div_(3.0)
v0 = y * c
lun.no_grad(function() v0:add_(w) end)
v1 = x[':, 2']
v2 = c:tanh()
v3 = v1:sin()
v2:mul_(c)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -5.44487262, {4, 8, 4, 4, 8, 4}, {2, 2, 2, 2, 2, 2} },
{ 43, [[
local x = leaf({-0.43, 0.53, 0.92, -0.26, 0.4, -0.81}, 2, 3)
local w = leaf({0.2, 0.22, 0.03, 0.15, 0.25, 0.89}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:clamp_(-0.5, 0.5)
c:div_(-1.5)
c[2] = 0.5
c:add_(w)
y:add_(x)
v0 = w:narrow(1, 2, 1)
x[x:detach():lt(0)] = 0.5
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 44, [[
local x = leaf({0.04, 0.4, -0.77, -0.24, -0.42, -0.55, 0.14, -0.8, 0.55, 0.38, -0.39, 0.27}, 4, 3)
local w = leaf({0.18, 0.53, 0.34, -0.28, -0.32, -0.43, -0.68, 0.02, 0.18, -0.46, -0.37, 0.89}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:select(1, 2)
v1 = x:tanh()
v2 = y * -1.5
v3 = w:flip(2)
v4 = v1 * 2.0
v3[2] = v0
v5 = y:expand(2, 4, 3)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v5 * 4):sum(), x, w]], 7.32, {12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 45, [[
local x = leaf({-0.16, -0.48, -0.39, -0.96, -0.03, -0.77, 0.62, 0.91}, 2, 4)
local w = leaf({0.71, 0.3, 0.8, -0.87, -0.46, 0.79, -0.69, 0.99}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = c:detach()
v2 = v1:softmax(-1)
v3 = y:slice(1, 1, -1, 2)
v4 = v3:narrow(1, 1, 1)
v2:sub_(v1, {alpha = 2})
v5 = lun.no_grad(function() return v1[':, 1'] end)
v6 = v4:select(2, 1)
v7 = v5:transpose(1, 1)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum() + (v6 * 6):sum(), x, w]], 22.02, {14, 8, 8, 8, 3, 3, 3, 3}, {3, 3, 3, 3, 3, 3, 3, 3} },
{ 46, [[
local x = leaf({-0.2, 0.18, 0.72, -0.54, 0.03, 0.17}, 2, 3)
local w = leaf({0.89, -0.94, -0.86, -0.36, 0.65, 0.69}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:addcmul_(y, y, 0.5)
v0 = x:slice(1, 1, -1, 2)
v1 = v0 ^ 3
y:pow_(2)
v2 = c + w
c[{ {1, 2} }] = 0.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 47, [[
local x = leaf({-0.87, 0.11, 0.14, -0.49, -0.23, 0.23, 0.59, 0.32}, 2, 4)
local w = leaf({0.91, -1.0, 0.89, 0.58, 0.45, -0.98, 0.63, -0.37}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:select(1, 2)
v1 = v0 * v0
v2 = c:permute(1, 2)
v3 = v2:tanh()
v4 = y / (c * c + 1)
v1:clamp_(-0.5, 0.5)
v5 = v3 * v2
v5:masked_fill_(v5:detach():gt(0.3), 2.0)
v6 = v1:expand(2, 4)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v6 * 8):sum(), x, w]], 174.669273, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 48, [[
local x = leaf({-0.74, 0.42, -0.4, 0.88, -0.61, 0.52, -0.67, 0.93}, 2, 4)
local w = leaf({0.75, -0.78, 0.3, -0.56, 0.02, 0.7, -0.69, -0.57}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:sin_()
v0 = x:detach()
v0:pow_(2)
v1 = w:slice(1, 1, -1, 2)
c:mul_(3.0)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum(), x, w]], 53.6894073, {1, 1, 1, 1, 1, 1, 1, 1}, {4, 4, 4, 4, 0, 0, 0, 0} },
{ 49, [[
local x = leaf({-0.31, 0.87, -0.35, 0.11, 0.62, 0.36}, 2, 3)
local w = leaf({0.52, -0.45, -0.09, -0.91, 0.09, -0.56}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
w:div_(0.5)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 50, [[
local x = leaf({0.71, -0.27, 0.78, 0.39, 0.53, -0.34, 0.08, -0.55, 0.11, 0.86, -0.31, -0.8}, 4, 3)
local w = leaf({-0.3, -0.56, -0.86, 0.73, 0.98, 0.79, -0.14, -0.82, 0.85, -0.87, 0.21, -0.33}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:chunk(2, 1)[2]
v1 = v0 / (v0 * v0 + 1)
c:addcmul_(y, y, 0.5)
y[y:detach():lt(0)] = 3.0
v2 = v0:expand(2, 2, 3)
return x:sum(), x, w]], error = [==[A view was created in no_grad mode and its base or another view of its base has been modif]==] },
{ 51, [[
local x = leaf({0.68, 0.1, -0.51, 0.99, 0.67, -0.49}, 3, 2)
local w = leaf({0.73, 0.1, -0.07, 0.39, 0.05, -0.32}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:copy_(w)
v0 = w:sin()
x:fill_(2.0)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 52, [[
local x = leaf({-0.89, 0.45, -0.03, 0.88, -0.19, 0.84, -0.68, 0.99}, 2, 4)
local w = leaf({-0.17, -0.63, -0.31, 0.26, -0.93, -0.23, -0.98, -0.86}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[{ {1, 1} }] = 3.0
v0 = w + w
v1 = y * 2.0
v2 = v1:transpose(1, 1)
v3 = x:flip(1)
v4 = v2 * -1.5
return (x * 1):sum() + (v0 * 2):sum() + (v3 * 3):sum(), x, w]], -9.92, {4, 4, 4, 4, 4, 4, 4, 4}, {4, 4, 4, 4, 4, 4, 4, 4} },
{ 53, [[
local x = leaf({-0.09, 0.42, 0.87, 0.04, 0.47, 0.46}, 3, 2)
local w = leaf({0.72, -0.93, -0.66, 0.99, 0.49, -0.48}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:select(1, 1)
v1 = c:detach()
v2 = v1 * 3.0
v3 = y:transpose(1, 2)
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum(), x, w]], 24.51, {3, 3, 3, 3, 3, 3}, {0, 0, 0, 0, 0, 0} },
{ 54, [[
local x = leaf({-0.12, -0.4, 0.78, -0.02, -0.56, -0.34}, 3, 2)
local w = leaf({0.46, 0.75, 0.96, -0.58, -0.6, -0.01}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:div_(2.0)
c:zero_()
v0 = y:expand(2, 3, 2)
v1 = lun.no_grad(function() return v0:transpose(3, 1) end)
v2 = y ^ 3
c[1] = 3.0
v3 = v2:slice(1, 1, -1, 2)
v4 = c:clone()
v2[{ {1, 1} }] = 2.0
v4:zero_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 18.20881, {6.5, 6.5, 6.5, 6.5, 7.2056, 6.7601}, {2, 2, 2, 2, 2, 2} },
{ 55, [[
local x = leaf({0.98, -0.61, 1.0, -0.39, -0.84, -0.63}, 2, 3)
local w = leaf({-0.82, 0.83, 0.84, 0.73, -0.06, -0.23}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y * x
v1 = x[':, 1']
y:pow_(2)
v2 = y:slice(1, 1, -1, 2)
v3 = c:permute(2, 1)
v4 = v2:tanh()
v5 = v4:narrow(2, 2, 1)
v6 = v3:unsqueeze(1)
v7 = v1 ^ 3
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v6 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 56, [[
local x = leaf({-0.05, 0.05, 0.54, 0.98, -0.16, -0.54}, 2, 3)
local w = leaf({-0.25, -0.86, 0.29, 0.99, -0.59, 0.52}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = x:permute(1, 2)
v2 = v1:reshape(-1)
v3 = y:tanh()
v4 = y:unfold(2, 1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum(), x, w]], 31.32, {16, 16, 16, 16, 16, 16}, {2, 2, 2, 2, 2, 2} },
{ 57, [[
local x = leaf({-0.26, 0.21, -0.55, -0.36, -0.05, 0.97}, 2, 3)
local w = leaf({-0.13, 0.67, -0.24, 0.73, -0.67, 0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:clamp_(-0.5, 0.5)
v0 = y:expand(2, 2, 3)
v1 = v0:tanh()
v2 = x:transpose(1, 2)
v3 = y:reshape(-1)
v1:sigmoid_()
v4 = x:select(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v4 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 58, [[
local x = leaf({-0.59, 0.28, 0.89, -0.92, -0.1, -0.29}, 3, 2)
local w = leaf({-0.42, 0.75, 0.93, 0.61, -0.16, 0.74}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:transpose(2, 2)
v1 = w:expand(2, 3, 2)
v2 = v0 * -1.5
c[2] = 2.0
v2:exp_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 71.7044416, {-14.1723829, -0.927851149, 2.02631368, -25.8117622, -4.71375682, -7.58722294}, {10, 10, 10, 10, 10, 10} },
{ 59, [[
local x = leaf({-0.83, 0.3, -0.08, -0.73, -0.4, -0.95}, 3, 2)
local w = leaf({0.24, 0.85, -0.03, -0.03, 0.8, -0.4}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:add_(x) end)
v0 = x:unsqueeze(1)
v1 = y:exp()
v1:clamp_(-0.5, 0.5)
v1:mul_(w)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 60, [[
local x = leaf({-0.43, -0.69, -0.54, -0.03, 0.77, 0.95, -0.92, 0.84}, 2, 4)
local w = leaf({-0.82, 0.72, -0.69, -0.91, 0.28, 0.8, -0.18, 0.45}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:exp()
v1 = v0:unfold(1, 2, 1)
v2 = w:narrow(1, 1, 1)
v0:sub_(y, {alpha = 2})
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 61, [[
local x = leaf({-0.64, -0.57, 0.81, -0.41, 0.61, -0.94, -0.29, -0.87, -0.08, 0.95, -0.33, -0.99}, 4, 3)
local w = leaf({0.01, -0.82, -0.65, -0.95, 0.61, -0.74, -0.19, 0.81, 0.48, 0.69, -0.12, -0.36}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:select(1, 2)
v1 = lun.no_grad(function() return y:unbind(1)[1] end)
v2 = c:chunk(2, 1)[1]
v3 = v1 ^ 3
v4 = y:expand(2, 4, 3)
v1:sub_(v3, {alpha = 2})
return x:sum(), x, w]], error = [==[A view was created in no_grad mode and is being modified inplace with grad mode enabled. G]==] },
{ 62, [[
local x = leaf({-0.87, 0.63, 0.78, -0.38, 0.34, -0.66}, 3, 2)
local w = leaf({-0.63, -0.98, -0.48, 0.27, 0.73, -0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y[y:detach():lt(0)] = 2.0
v0 = c:slice(1, 1, -1, 2)
v1 = c:select(2, 1)
v2 = x:flip(1)
v3 = c:slice(1, 1, -1, 2)
v2:clamp_(-0.5, 0.5)
v2:sigmoid_()
v4 = v3:tanh()
v5 = v2 * y
v2:copy_(v5)
v6 = v1:transpose(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum() + (v6 * 6):sum(), x, w]], 63.78, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 63, [[
local x = leaf({-0.11, 0.86, -0.49, 0.32, -0.23, -0.84, 0.32, -0.42, 0.65, -0.39, 0.49, -0.88}, 4, 3)
local w = leaf({0.32, 0.88, -0.74, -0.53, 0.2, -0.94, -0.93, 0.81, 0.19, -0.67, 0.53, 0.11}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
c:tanh_()
v0:clamp_(-0.5, 0.5)
lun.no_grad(function() y:pow_(2) end)
v1 = y:unfold(2, 2, 1)
c:fill_(0.5)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum(), x, w]], 25.8996, {7, 11, 7, 7, 11, 7, 7, 11, 7, 7, 11, 7}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 64, [[
local x = leaf({-0.75, 0.23, 0.07, 0.37, -0.59, -0.46, 0.83, 0.27, 0.53, 0.4, 0.56, 0.95}, 4, 3)
local w = leaf({-0.84, -0.17, -0.6, -0.95, -0.19, 0.82, 0.86, -0.65, 0.17, 0.9, -0.47, 0.08}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(1, 4, 1)
c:tanh_()
v1 = w + x
v2 = v1:diagonal(0, 1, 2)
v3 = w:unbind(2)[3]
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], 24.87, {9, 9, 9, 9, 9, 9, 9, 9, 9, 13, 13, 13}, {7, 7, 13, 7, 7, 13, 7, 7, 13, 7, 7, 13} },
{ 65, [[
local x = leaf({-0.42, 0.03, -0.56, -0.08, -0.11, 0.85, 0.65, -0.13, -0.55, 0.77, -0.07, -0.61}, 4, 3)
local w = leaf({-0.05, 0.39, -0.49, -0.68, 0.47, -0.73, 0.37, -0.75, 0.38, -0.26, 0.3, 0.24}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() w:div_(0.5) end)
c:zero_()
y:pow_(2)
v0 = w + w
v1 = y / (y * y + 1)
v2 = v1:chunk(2, 1)[2]
v0:add_(w)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum(), x, w]], 15.4196653, {-2.36, 1.24, -3.48, 0.36, 0.12, 7.8, 10.0446237, -1.33888665, -7.59403625, 9.89356054, -0.259949581, -7.93482152}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 66, [[
local x = leaf({-0.38, 0.85, 0.57, -0.41, 0.96, 0.57}, 2, 3)
local w = leaf({-0.81, 0.73, 0.69, -0.63, 0.05, 0.83}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y / (y * y + 1)
v1 = w:reshape(-1)
v2 = c:slice(1, 1, -1, 2)
v3 = v0:flip(1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v3 * 4):sum(), x, w]], 25.3217828, {6.61321456, 4.37411448, 5.53837389, 6.43877126, 4.08492784, 5.53837389}, {0, 0, 0, 0, 0, 0} },
{ 67, [[
local x = leaf({-0.77, -0.18, -0.06, -0.47, 0.19, -0.02}, 2, 3)
local w = leaf({-0.44, 0.78, 0.29, 0.33, -0.42, -0.68}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unbind(1)[1]
v1 = lun.no_grad(function() return v0:transpose(1, 1) end)
v2 = w:unfold(1, 2, 1)
v3 = c:tanh()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 28.8169546, {8, 8, 8, 4, 4, 4}, {6, 6, 6, 6, 6, 6} },
{ 68, [[
local x = leaf({0.88, 0.49, 0.82, -0.78, 0.16, -0.14, -0.47, 0.72, -0.34, 0.95, -0.28, 0.11}, 4, 3)
local w = leaf({0.55, 0.56, -0.92, 0.47, -0.79, -0.32, -0.81, 0.21, -0.61, -0.62, 0.06, -0.15}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:sin_() end)
c:div_(3.0)
v0 = y:expand(2, 4, 3)
v1 = c:unfold(2, 3, 1)
v2 = x:select(2, 3)
v3 = y:diagonal(0, 1, 2)
v4 = v2:permute(1)
v5 = v2:expand(2, 4)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v3 * 4):sum() + (v5 * 5):sum(), x, w]], 11.04, {8, 4, 14, 4, 8, 14, 4, 4, 18, 4, 4, 14}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 69, [[
local x = leaf({-0.81, -0.67, 0.21, -0.34, 0.83, 0.58}, 2, 3)
local w = leaf({0.73, -0.17, 0.66, 0.13, 0.66, -0.36}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(1, 1, 1)
v1 = v0:clone()
v2 = w:narrow(1, 2, 1)
v3 = v0 + v0
v4 = v3:narrow(1, 1, 1)
v5 = v0:diagonal(0, 1, 2)
v6 = v2:split(1, 2)[3]
v7 = v6:flip(2)
v8 = v5:expand(2, 1)
v9 = v4 * 3.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum() + (v6 * 9):sum() + (v7 * 10):sum() + (v8 * 11):sum(), x, w]], -56.43, {68, 46, 46, 5, 5, 5}, {2, 2, 2, 2, 2, 21} },
{ 70, [[
local x = leaf({-0.41, -0.08, -0.73, 0.99, -0.69, 0.35}, 2, 3)
local w = leaf({0.2, 0.43, -0.18, -0.24, -0.2, -0.85}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y ^ 3
v1 = w ^ 3
v2 = v0:unfold(1, 1, 1)
v3 = v0:diagonal(0, 1, 2)
v4 = y / (y * y + 1)
v1:copy_(w)
v5 = x:select(2, 1)
v6 = x:sin()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v4 * 7):sum(), x, w]], 3.84549427, {13.3108497, 11.0590209, 21.3784905, 33.4385285, 19.9661192, 12.5499758}, {5, 5, 5, 5, 5, 5} },
{ 71, [[
local x = leaf({0.02, 0.6, -0.47, -0.69, 0.51, -0.6, -0.83, 0.02}, 2, 4)
local w = leaf({0.19, 0.01, 0.63, 0.05, 0.86, -0.09, -0.74, 0.29}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:detach()
c[1] = -1.5
x:fill_(0.5)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 72, [[
local x = leaf({0.56, 0.48, -0.63, 0.4, 0.24, -0.39}, 2, 3)
local w = leaf({0.44, 0.97, -0.74, 0.98, 0.39, -0.53}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = x:narrow(1, 1, 1):squeeze(1)
v2 = x[':, 2']
v3 = lun.no_grad(function() return y:diagonal(0, 1, 2) end)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], 20.28, {8, 8, 8, 4, 4, 4}, {0, 0, 0, 0, 0, 0} },
{ 73, [[
local x = leaf({-0.76, -0.04, -0.63, -0.4, -0.85, -0.19, 0.0, -0.1}, 2, 4)
local w = leaf({-0.96, -0.18, 0.71, -0.17, 0.12, -0.0, 0.98, -0.64}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w * c
v2 = v0:unsqueeze(1)
v3 = c:unfold(2, 2, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum(), x, w]], 8.17, {5, 5, 5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 75, [[
local x = leaf({0.17, -0.09, 0.46, 0.03, 0.7, 0.85, 0.82, 0.36, 0.69, 0.64, -0.8, 0.38}, 4, 3)
local w = leaf({0.85, 0.51, -0.45, 0.44, 0.33, 0.21, -0.03, -0.18, -0.24, 0.08, 0.37, 0.85}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:flip(1)
x:add_(c)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 77, [[
local x = leaf({-0.35, -0.52, 0.65, -0.77, -0.05, 0.12, 0.22, -0.71}, 2, 4)
local w = leaf({0.26, 0.0, 0.7, -0.94, 0.91, -0.65, 0.63, 0.01}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:unfold(2, 4, 1)
v1 = x:select(2, 1)
v2 = v1:slice(1, 1, -1, 2)
v3 = w:unfold(1, 2, 1)
v4 = lun.no_grad(function() return x:diagonal(0, 1, 2) end)
v5 = v2:tanh()
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v5 * 6):sum(), x, w]], -2.61825327, {13.321109, 4, 4, 4, 4, 4, 4, 4}, {7, 7, 7, 7, 7, 7, 7, 7} },
{ 78, [[
local x = leaf({-0.81, 0.85, 0.46, -0.49, -0.15, -0.93}, 3, 2)
local w = leaf({-0.71, 0.3, 0.54, -0.62, 0.39, -0.24}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:diagonal(0, 1, 2)
v1 = c:select(1, 1)
v2 = w[':, 1']
c:masked_fill_(c:detach():gt(0.3), 2.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 71.57, {1, 1, 1, 1, 1, 1}, {8, 2, 8, 2, 8, 2} },
{ 79, [[
local x = leaf({-0.12, 0.19, -0.52, 0.45, -0.01, -0.87}, 3, 2)
local w = leaf({-0.94, -0.78, 0.45, 0.43, -0.65, -0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:add_(c)
lun.no_grad(function() y:copy_(c) end)
c[1] = 0.5
v0 = x:unfold(2, 1, 1)
c:sigmoid_()
v1 = w * c
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 21.7313903, {4, 4, 4, 4, 4, 4}, {2.48983732, 2.48983732, 2.92423431, 2.92423431, 2.92423431, 2.92423431} },
{ 80, [[
local x = leaf({-0.21, 0.8, 0.73, -0.16, -0.27, -0.2, -0.95, 0.52}, 2, 4)
local w = leaf({0.9, -0.23, -0.56, 0.24, -0.22, -0.66, 0.06, -0.97}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:add_(w)
v0 = w:narrow(2, 1, 3)
y:div_(3.0)
v1 = x:flip(2)
v2 = x ^ 3
v3 = y:select(2, 4)
v4 = w:expand(2, 2, 4)
v5 = v1 * 3.0
lun.no_grad(function() v2[{ {1, 1} }] = 0.5 end)
v6 = v0 * 0.5
return (x * 1):sum() + (w * 2):sum() + (v3 * 3):sum() + (v4 * 4):sum(), x, w]], -13.78, {1, 1, 1, 2, 1, 1, 1, 2}, {10, 10, 10, 10, 10, 10, 10, 10} },
{ 82, [[
local x = leaf({0.54, 0.97, -0.42, 0.65, -0.64, -0.67}, 3, 2)
local w = leaf({-0.48, 0.53, -0.93, -0.06, 0.68, -0.6}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unfold(2, 1, 1)
v1 = w:select(1, 2)
v2 = v0:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 43.05, {4, 4, 4, 4, 4, 4}, {2, 2, 7, 7, 2, 2} },
{ 83, [[
local x = leaf({0.69, -0.08, -0.74, -0.93, 0.9, -0.58, -0.65, -0.83, 0.95, -0.18, -0.29, 0.12}, 4, 3)
local w = leaf({-0.6, 0.57, 0.41, 0.86, 0.64, 0.93, -0.91, -0.94, 0.93, -0.07, -0.23, 0.45}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y[{ {1, 2} }] = 3.0
v0 = w ^ 3
y:copy_(x)
y[{ {1, 2} }] = 3.0
c:mul_(y)
v1 = y:transpose(2, 2)
v2 = lun.no_grad(function() return v1:flip(1) end)
v0:sin_()
c:fill_(2.0)
return (x * 1):sum() + (y * 2):sum() + (v2 * 3):sum(), x, w]], 83.98, {1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 84, [[
local x = leaf({0.83, -0.93, -0.99, 0.99, -0.36, -0.61, -0.0, 0.1}, 2, 4)
local w = leaf({0.48, 0.22, 0.09, 0.51, -0.48, -0.07, 0.78, 0.45}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = lun.no_grad(function() return y:unfold(1, 1, 1) end)
v1 = c:reshape(-1)
v2 = w:unsqueeze(1)
v3 = x:transpose(1, 1)
v4 = v0:clone()
v5 = v4:reshape(-1)
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v4 * 5):sum(), x, w]], 42.1, {1, 1, 1, 1, 1, 1, 1, 1}, {4, 4, 4, 4, 4, 4, 4, 4} },
{ 85, [[
local x = leaf({0.4, 0.64, -0.36, 0.89, -0.55, 0.55}, 3, 2)
local w = leaf({0.69, -0.31, -0.56, -0.25, 0.7, 0.07}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:sigmoid_()
v0 = x:expand(2, 3, 2)
v1 = x[':, 2']
v2 = x:narrow(2, 1, 1):squeeze(2)
v3 = c:clone()
y:div_(0.5)
v4 = v3 / (x * x + 1)
v5 = y:softmax(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], 82.5946642, {11.9575446, 10.7033837, 17.8875755, 11.163742, 18.3180845, 10.6819155}, {2, 2, 2, 2, 2, 2} },
{ 86, [[
local x = leaf({0.11, 0.98, 0.49, 0.54, 0.42, 0.48}, 2, 3)
local w = leaf({-0.39, 0.44, -0.24, 0.77, 0.01, 0.98}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:add_(w)
v0 = y[':, 2']
v1 = c:clone()
v1:sin_()
v2 = y[':, 3']
v3 = x:reshape(-1)
y[1] = 3.0
c:div_(2.0)
v4 = y / (v1 * v1 + 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 120.410268, {7, 7, 7, 10.5698986, 15.0765835, 10.8008519}, {-3.58116888, 2.77097311, -2.52083216, 2.89195906, 5.26111194, 2.2338127} },
{ 87, [[
local x = leaf({0.48, 0.75, 0.63, -0.8, 0.51, 0.29}, 3, 2)
local w = leaf({0.41, 0.76, 0.82, 0.79, -0.97, -0.23}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:mul_(2.0)
y:masked_fill_(y:detach():gt(0.3), -1.5)
c:mul_(0.5)
v0 = x:exp()
v0:pow_(2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 88, [[
local x = leaf({0.95, -0.33, -0.63, -0.97, 0.54, -0.98, -0.32, -0.07, -0.55, 0.9, 0.38, 0.2}, 4, 3)
local w = leaf({-0.12, -0.35, -0.13, -0.39, -0.76, 0.65, -0.33, -0.69, 0.89, -0.11, -0.6, -0.65}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
c:pow_(2)
v1 = x:unsqueeze(1)
v2 = w ^ 3
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -14.329515, {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8}, {2.216, 3.8375, 2.2535, 4.2815, 10.664, 8.3375, 3.6335, 9.1415, 13.8815, 2.1815, 7.4, 8.3375} },
{ 89, [[
local x = leaf({0.54, 0.41, -0.48, -0.31, -0.87, 0.69}, 2, 3)
local w = leaf({-0.33, -0.58, 0.39, -0.33, 0.14, -0.66}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
v1 = y[':, 3']
v2 = x + w
v3 = v2:permute(2, 1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum(), x, w]], -8.38, {8, 8, 8, 8, 8, 8}, {6, 6, 6, 6, 6, 6} },
{ 90, [[
local x = leaf({0.43, -0.04, 0.15, -0.38, 0.77, 0.61}, 3, 2)
local w = leaf({0.15, 0.94, -0.39, -0.02, -0.26, 0.09}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unfold(1, 1, 1)
c:sin_()
v1 = x:expand(2, 3, 2)
c:masked_fill_(c:detach():gt(0.3), 0.5)
v2 = v0 ^ 3
v3 = v0 * 0.5
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum(), x, w]], 43.9, {22, 22, 22, 22, 22, 22}, {2, 2, 2, 2, 2, 2} },
{ 91, [[
local x = leaf({0.18, 0.94, 0.36, -0.2, -0.08, 0.56}, 2, 3)
local w = leaf({-0.12, -0.08, -0.49, -0.62, 0.68, 0.6}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
y:copy_(w)
v1 = v0 * v0
y:pow_(2)
v2 = v0 ^ 3
v1:tanh_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 39.1389227, {7.38131175, 25.5900131, 10.8730045, 3.72319659, 4.31523277, 15.7282621}, {2, 2, 2, 2, 2, 2} },
{ 92, [[
local x = leaf({0.03, 0.1, 0.58, -0.47, 0.61, 0.75, 0.52, -0.81, 0.05, -0.68, 0.66, -0.84}, 4, 3)
local w = leaf({0.34, -0.32, -0.91, -0.95, 0.77, 0.6, 0.73, -0.68, 0.23, 0.45, -0.03, 0.35}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:unsqueeze(1)
v1 = c:softmax(-1)
c:clamp_(-0.5, 0.5)
v1:masked_fill_(v1:detach():gt(0.3), 0.5)
y:add_(c)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum(), x, w]], 84.56, {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7} },
{ 93, [[
local x = leaf({0.84, 0.45, 0.77, -0.82, -0.7, -0.22, 0.58, 0.16, 0.24, 0.8, 0.36, 0.67}, 4, 3)
local w = leaf({-0.2, -0.75, -0.86, 0.87, -0.59, -0.55, 0.31, -0.04, 0.18, 0.19, -0.32, 0.79}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:unfold(1, 1, 1)
v1 = c:select(1, 4)
v2 = v1:transpose(1, 1)
v3 = c[':, 2']
v4 = c:diagonal(0, 1, 2)
v5 = y:clone()
v6 = v3 * v3
v5:mul_(0.5)
v5:exp_()
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v5 * 4):sum() + (v6 * 5):sum(), x, w]], 83.0490597, {6.04392311, 5.50464543, 5.93922864, 4.3273005, 4.40937618, 4.79166827, 5.67285498, 5.16657414, 5.2549937, 5.9836494, 5.39443473, 5.79588077}, {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3} },
{ 94, [[
local x = leaf({-0.75, -0.44, -0.14, -0.97, -0.0, 0.9}, 3, 2)
local w = leaf({-0.14, 0.67, 0.92, -0.96, -0.97, -0.13}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:sin()
v1 = c:narrow(1, 2, 2)
v2 = x ^ 3
v3 = c:softmax(-1)
v4 = x:select(1, 3)
v5 = v3:narrow(1, 1, 1):squeeze(1)
v6 = v1:diagonal(0, 1, 2)
v3:fill_(-1.5)
v3[2] = v4
v0:mul_(3.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum() + (v6 * 9):sum(), x, w]], -2.38738, {9.4375, 3.904, 1.294, 15.1135, 14, 26.15}, {2, 2, 2, 2, 2, 2} },
{ 95, [[
local x = leaf({0.89, -0.94, 0.61, 0.2, 0.26, 0.61}, 3, 2)
local w = leaf({-0.91, 0.44, 0.22, 0.26, -0.78, -0.44}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:softmax(-1)
lun.no_grad(function() v0:mul_(3.0) end)
c:add_(y)
v1 = y:transpose(1, 2)
v2 = v0 + w
v3 = c:reshape(-1)
v0:sigmoid_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 96, [[
local x = leaf({-0.37, 0.35, 0.85, -0.81, -0.32, -0.91, 0.77, -0.67}, 2, 4)
local w = leaf({0.29, -0.83, 0.99, -0.29, -0.74, 0.62, 0.69, -0.04}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[2] = 2.0
v0 = w:softmax(-1)
v1 = w:exp()
v1:sub_(v0, {alpha = 2})
lun.no_grad(function() v0:add_(y) end)
w:tanh_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 97, [[
local x = leaf({-0.14, 0.99, 0.83, 0.63, -0.9, -0.96}, 3, 2)
local w = leaf({0.55, -0.97, 0.49, -0.46, -0.95, 0.27}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:expand(2, 3, 2)
v1 = y:unfold(1, 1, 1)
v2 = w:select(2, 1)
v3 = v1:narrow(3, 1, 1):squeeze(3)
v4 = v1:unsqueeze(1)
v3:fill_(-1.5)
v5 = v3:slice(1, 1, -1, 2)
v6 = y:exp()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum(), x, w]], -122.539752, {1, 1, 1, 1, 1, 1}, {10, 10, 10, 10, 10, 10} },
{ 98, [[
local x = leaf({0.15, -0.91, -0.16, 0.94, -0.44, 0.63, 0.11, 0.58}, 2, 4)
local w = leaf({0.82, -0.2, 0.31, 0.61, 0.52, -0.99, 0.56, 0.78}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:sin()
c[1] = 3.0
c:mul_(v0)
c:pow_(2)
v1 = v0 ^ 3
v2 = y:detach()
v3 = w:detach()
v4 = v2[':, 4']
v5 = v3[':, 2']
v3:fill_(3.0)
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 160.099904, {6.51809266, -13.0009456, -4.43667528, 21.6080443, 0.935818718, 5.42831634, 1.54426519, 5.09454144}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 99, [[
local x = leaf({-0.24, 0.2, -0.54, -0.73, -0.83, 0.46, 0.06, 0.4, -0.82, 0.25, -0.6, 0.44}, 4, 3)
local w = leaf({0.18, 0.59, 0.58, 0.64, 0.72, -0.57, -0.08, -0.64, 0.13, -0.83, 0.43, 0.35}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:exp_()
v0 = w / (y * y + 1)
v1 = x:diagonal(0, 1, 2)
v2 = v1:narrow(1, 2, 2)
v3 = c:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -20.61, {8, 4, 4, 4, 13, 4, 4, 4, 13, 4, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 100, [[
local x = leaf({-0.08, 0.9, -0.65, -0.21, -0.3, 0.01}, 3, 2)
local w = leaf({-0.78, -0.76, 0.47, -0.47, 0.32, 0.3}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w:clone()
v2 = v1:reshape(-1)
v3 = v0:expand(2, 3, 2)
v4 = v2:permute(1)
v1:fill_(-1.5)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum(), x, w]], -30.49, {5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2} },
{ 101, [[
local x = leaf({0.82, 0.08, -0.28, -0.9, 0.01, 0.2}, 3, 2)
local w = leaf({0.84, -0.03, 0.57, -0.34, -0.12, -0.49}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unfold(2, 1, 1)
c:clamp_(-0.5, 0.5)
v1 = lun.no_grad(function() return y:transpose(1, 1) end)
v2 = c:softmax(-1)
v3 = y:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v3 * 5):sum(), x, w]], 12.23, {9, 9, 9, 9, 9, 9}, {2, 2, 2, 2, 2, 2} },
{ 102, [[
local x = leaf({0.35, -0.28, 0.11, 0.32, -0.64, -0.41}, 3, 2)
local w = leaf({-0.14, 0.16, 0.45, 0.09, 0.49, 0.77}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c[3] = -1.5
c:tanh_()
c:pow_(2)
y[3] = 3.0
c:sin_()
v0 = y:chunk(2, 1)[2]
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 50.2570174, {4, 4, 4, 4, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 104, [[
local x = leaf({0.74, 0.46, -0.54, -0.34, 0.43, 0.61}, 2, 3)
local w = leaf({-0.97, -0.67, 0.79, -0.76, 0.31, -0.34}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:flip(1)
v1 = y:sin()
x:add_(c)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 105, [[
local x = leaf({0.16, -0.78, -1.0, 0.05, 0.14, -0.41, 0.7, -0.67}, 2, 4)
local w = leaf({0.78, -0.8, -0.21, 0.86, 0.69, 0.23, 0.66, -0.01}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:slice(1, 1, -1, 2)
v1 = w:softmax(-1)
c[{ {1, 2} }] = 0.5
v2 = y[':, 2']
v3 = c:narrow(2, 1, 1):squeeze(2)
c:div_(0.5)
v4 = c ^ 3
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -0.79, {4, 9, 4, 4, 4, 9, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 106, [[
local x = leaf({-0.97, 0.88, 0.64, -0.89, 0.61, 0.61, -0.62, 0.94, -0.27, -0.1, 0.31, 0.38}, 4, 3)
local w = leaf({0.49, -0.44, -0.03, -0.73, -0.45, -0.02, -0.85, -0.3, 0.63, -0.64, -0.13, -0.93}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:permute(2, 1)
c:zero_()
v1 = c:transpose(2, 1)
x[x:detach():lt(0)] = 3.0
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 107, [[
local x = leaf({0.24, 0.53, 0.45, -0.15, 0.53, 0.91}, 3, 2)
local w = leaf({-0.15, 0.09, -0.75, -0.41, -0.93, 0.32}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w:select(1, 2)
v2 = c:softmax(-1)
v3 = y:exp()
v4 = v2:unfold(2, 1, 1)
v5 = v3:unfold(2, 2, 1)
v6 = v4:reshape(-1)
v3:div_(-1.5)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 108, [[
local x = leaf({0.43, -0.83, 0.32, 0.46, -0.24, 0.94}, 3, 2)
local w = leaf({-0.4, -0.64, 0.42, -0.36, -0.78, -0.83}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(1, 1, 1):squeeze(1)
c:sigmoid_()
v1 = w:slice(1, 1, -1, 2)
v2 = v0:transpose(1, 1)
lun.no_grad(function() y:mul_(0.5) end)
v3 = v2:exp()
v4 = v3:chunk(2, 1)[2]
v5 = v4:unbind(1)[1]
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], -3.28, {8, 8, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2} },
{ 109, [[
local x = leaf({-0.54, -0.1, -0.88, -0.54, -0.0, -0.4, 0.83, -0.84}, 2, 4)
local w = leaf({-0.53, 0.01, -0.14, 0.33, 0.82, -0.38, 0.46, 0.76}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:flip(1)
v1 = w[':, 2']
c:div_(3.0)
c:mul_(w)
v2 = v0:flip(1)
v0:div_(-1.5)
v3 = y:exp()
lun.no_grad(function() c:mul_(v3) end)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum(), x, w]], 2.17848941, {-1, -1, -1, -1, -1, -1, -1, -1}, {0.666666667, 4.66666667, 0.666666667, 0.666666667, 0.666666667, 4.66666667, 0.666666667, 0.666666667} },
{ 110, [[
local x = leaf({0.59, 0.2, -0.18, 0.43, 0.28, 0.38, 0.09, 0.0, 0.49, -0.77, 0.03, -0.84}, 4, 3)
local w = leaf({-0.12, -0.97, 0.78, 0.9, 0.59, -0.54, -0.42, -0.27, -0.78, -0.19, 0.12, 0.75}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:expand(2, 4, 3)
v1 = y:select(1, 3)
v2 = c:reshape(-1)
v3 = v0:transpose(3, 2)
v4 = v1 / (v1 * v1 + 1)
v5 = y:unsqueeze(1)
y:sin_()
y:mul_(2.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v4 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 111, [[
local x = leaf({0.84, -0.37, -0.61, -0.17, 0.62, 0.26}, 3, 2)
local w = leaf({0.4, 0.12, -0.63, -0.07, 0.64, 0.43}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:reshape(-1)
v1 = y[':, 1']
v2 = y / (c * c + 1)
v3 = y:diagonal(0, 1, 2)
c:addcmul_(v2, v2, 0.5)
v4 = v3:reshape(-1)
v5 = w:unsqueeze(1)
v6 = v1 / (v1 * v1 + 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum(), x, w]], 66.2316499, {10.4896054, 7.26, 9.44814201, 7.66, 11.8095994, 8.52}, {9, 9, 9, 9, 9, 9} },
{ 112, [[
local x = leaf({0.67, 0.16, -0.4, -0.07, -0.16, 0.33, -0.28, 0.05, -0.95, 0.19, -0.53, -0.09}, 4, 3)
local w = leaf({-0.47, -0.61, 0.47, 0.35, 0.38, 0.49, 0.04, -0.18, -0.2, -0.96, -0.86, -0.55}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:select(2, 3)
c:fill_(-1.5)
v1 = x:permute(2, 1)
v2 = lun.no_grad(function() return v1:slice(1, 1, -1, 2) end)
v3 = y + w
v4 = c:narrow(2, 1, 1):squeeze(2)
v3:clamp_(-0.5, 0.5)
v5 = v3:transpose(1, 2)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v5 * 5):sum(), x, w]], -50.56, {6, 6, 9, 6, 6, 4, 6, 6, 4, 1, 1, 4}, {5, 5, 5, 5, 5, 0, 5, 5, 0, 0, 0, 0} },
{ 113, [[
local x = leaf({0.31, 0.62, -0.45, -0.04, -0.3, -0.13}, 2, 3)
local w = leaf({-0.94, -0.86, -0.75, -0.4, 0.9, -0.39}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:addcmul_(w, w, 0.5)
v0 = c:select(1, 1)
y:addcmul_(w, w, 0.5)
c:exp_()
c:masked_fill_(c:detach():gt(0.3), 0.5)
v1 = w:transpose(1, 1)
v2 = w * 3.0
v1:sigmoid_()
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 114, [[
local x = leaf({0.13, -0.33, 0.93, 0.25, -0.9, 0.04}, 3, 2)
local w = leaf({0.06, 0.03, 0.16, 0.08, 0.57, -0.26}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:flip(2)
v1 = y:tanh()
v2 = c:diagonal(0, 1, 2)
v3 = v0:narrow(2, 1, 1)
v0:add_(y)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 33.7497259, {20.916443, 20.4927226, 18.3311628, 20.7000742, 18.4345868, 20.9920085}, {2, 2, 2, 2, 2, 2} },
{ 115, [[
local x = leaf({-0.61, -0.77, -0.78, 0.51, 0.72, 0.98, 0.36, 0.28}, 2, 4)
local w = leaf({0.37, -0.03, 0.09, -0.71, -0.92, 0.74, 0.6, 0.93}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w[':, 4']
v1 = v0:select(1, 1)
v2 = y:tanh()
v3 = v1:exp()
v4 = c:slice(1, 1, -1, 2)
y:zero_()
v5 = v4:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum(), x, w]], 40.9213813, {4.5196285, 3.90741143, 3.86986978, 4.89575755, 4.09711456, 3.16445871, 5.40413635, 5.62761409}, {0, 0, 0, 4, 0, 0, 0, 0} },
{ 116, [[
local x = leaf({-0.98, 0.29, 0.48, -0.04, -0.03, -0.51, -0.18, 0.17}, 2, 4)
local w = leaf({0.73, 0.15, -0.1, -0.37, 0.52, -0.36, -0.89, 0.11}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[y:detach():lt(0)] = -1.5
v0 = x:tanh()
v1 = v0:unsqueeze(1)
y:clamp_(-0.5, 0.5)
v2 = c ^ 3
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum(), x, w]], 56.54, {1, 5, 5, 1, 1, 1, 1, 5}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 117, [[
local x = leaf({-0.64, -0.58, 0.69, 0.12, 0.4, 0.43}, 3, 2)
local w = leaf({0.9, -0.34, -0.09, 0.31, -0.74, -0.25}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:expand(2, 3, 2)
v1 = w:permute(2, 1)
v2 = v0:flip(3)
v3 = y:diagonal(0, 1, 2)
v4 = v2:detach()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 3.57, {12, 12, 12, 12, 12, 12}, {7, 7, 7, 7, 7, 7} },
{ 118, [[
local x = leaf({-0.38, 0.41, -0.41, -0.96, -0.34, -0.95}, 3, 2)
local w = leaf({-0.01, 0.94, -0.32, 0.6, -0.71, 0.17}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unfold(1, 3, 1)
v1 = c:unfold(2, 2, 1)
v2 = c:diagonal(0, 1, 2)
c:div_(-1.5)
return (x * 1):sum() + (c * 2):sum() + (v2 * 3):sum(), x, w]], -14.63, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 119, [[
local x = leaf({-0.64, 0.57, 0.08, 0.96, 0.11, -0.13, -0.84, -0.14}, 2, 4)
local w = leaf({0.93, 0.98, -0.49, 0.62, -0.58, 0.17, -0.19, -0.49}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:transpose(1, 2)
v1 = x:flip(1)
v2 = c / (c * c + 1)
y:exp_()
v3 = v1:unfold(1, 2, 1)
v4 = v1:narrow(2, 1, 1):squeeze(2)
v5 = v3:unsqueeze(1)
v6 = v1:select(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v5 * 8):sum() + (v6 * 9):sum(), x, w]], 72.27, {21, 21, 21, 21, 30, 30, 30, 30}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 120, [[
local x = leaf({-0.62, 0.91, 0.27, 0.18, 0.88, -0.82}, 3, 2)
local w = leaf({0.59, -0.55, -0.5, -0.36, 0.48, 0.88}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:clone()
v1 = w:unsqueeze(1)
v2 = c:narrow(1, 1, 1):squeeze(1)
v3 = c / (y * y + 1)
v4 = c:clone()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum() + (v4 * 9):sum(), x, w]], 158.972277, {10.1759312, 0.643261659, 1.247115, 2.29793062, 0.52802263, 9.6908713}, {8, 8, 8, 8, 8, 8} },
{ 121, [[
local x = leaf({-0.56, 0.75, 0.25, -0.65, 0.6, -0.65}, 2, 3)
local w = leaf({-0.34, -0.63, 0.27, -0.88, 0.45, 0.74}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unfold(2, 2, 1)
c:copy_(w)
v1 = w:transpose(2, 2)
w:tanh_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 122, [[
local x = leaf({0.19, -0.4, 0.86, 0.46, 0.52, -0.08}, 3, 2)
local w = leaf({0.67, 0.47, 0.19, -0.79, -0.1, 0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:sin_()
y:fill_(0.5)
v0 = y * 2.0
c:sin_()
v1 = x:tanh()
v2 = v1:unsqueeze(1)
v3 = v0:softmax(-1)
lun.no_grad(function() v1:sub_(v0, {alpha = 2}) end)
v1:copy_(w)
c:clamp_(-0.5, 0.5)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 123, [[
local x = leaf({-0.46, 0.54, -0.47, 0.68, 0.75, -0.24}, 2, 3)
local w = leaf({0.12, -0.32, -0.9, -0.73, 0.12, 0.4}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:chunk(2, 1)[2]
c[{ {1, 2} }] = 0.5
y[y:detach():lt(0)] = 2.0
y:copy_(w)
v1 = c:slice(1, 1, -1, 2)
v2 = y:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], -0.09, {1, 1, 1, 5, 5, 5}, {11, 11, 11, 5, 5, 5} },
{ 124, [[
local x = leaf({0.1, -0.65, 0.93, -0.17, 0.58, -0.94, -0.67, 0.94}, 2, 4)
local w = leaf({0.63, -0.96, -0.05, -0.15, -0.54, -0.8, -0.37, -0.72}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:clone()
y:copy_(v0)
y:add_(w)
v1 = x:permute(2, 1)
c:mul_(-1.5)
v2 = x:narrow(2, 1, 1)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum(), x, w]], -5.44, {4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 125, [[
local x = leaf({-0.55, 0.62, -0.4, 0.47, -0.3, 0.22}, 3, 2)
local w = leaf({0.23, -0.99, 0.42, -0.69, 0.01, 0.65}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y * y
v1 = v0:sin()
v2 = v0:split(1, 2)[1]
v1[2] = -1.5
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -3.05421893, {-12.0002167, 9.31803706, -5.4, 3.82, -6.19028656, 4.07793895}, {2, 2, 2, 2, 2, 2} },
{ 126, [[
local x = leaf({0.16, -0.09, 0.29, -0.06, -0.05, -0.69}, 2, 3)
local w = leaf({-0.73, 0.25, -0.82, 0.35, 0.08, -0.28}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:copy_(x)
v0 = w:reshape(-1)
y[{ {1, 2} }] = -1.5
v1 = y:detach()
v2 = v1:narrow(1, 1, 1):squeeze(1)
v3 = x:unsqueeze(1)
v1:tanh_()
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -40.0707819, {3, 3, 3, 3, 3, 3}, {3, 3, 3, 3, 3, 3} },
{ 127, [[
local x = leaf({0.82, 0.16, 0.65, -0.95, -0.46, -0.59}, 2, 3)
local w = leaf({-0.55, 0.35, 0.74, 0.85, -0.24, -0.88}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:addcmul_(w, w, 0.5)
y:div_(0.5)
v0 = w:narrow(2, 1, 1):squeeze(2)
v1 = x:narrow(1, 1, 1)
y:pow_(2)
v2 = y:unfold(2, 1, 1)
v3 = v2:flip(3)
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum(), x, w]], 98.0972, {63.04, 15.52, 50.8, -67.4, -32.12, -41.48}, {2, 0, 0, 2, 0, 0} },
{ 128, [[
local x = leaf({-0.19, -0.27, -0.03, 0.97, -0.36, 0.08}, 3, 2)
local w = leaf({0.26, 0.15, 0.78, -0.4, 0.55, -0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unbind(2)[2]
lun.no_grad(function() y:zero_() end)
y:clamp_(-0.5, 0.5)
y:sigmoid_()
v1 = x:narrow(1, 3, 1)
v2 = w[':, 1']
v3 = v2:select(1, 1)
v4 = v3:expand(2)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum(), x, w]], 31.15, {1.75, 1.75, 1.75, 1.75, 5.75, 5.75}, {17, 0, 5, 0, 5, 0} },
{ 129, [[
local x = leaf({-0.91, 0.82, 0.39, -0.2, -0.55, 0.73, -0.54, 0.42}, 2, 4)
local w = leaf({-0.69, 0.36, -0.45, -0.54, 0.88, -0.04, 0.19, -0.08}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c * x
v1 = x:unfold(1, 2, 1)
c[1] = -1.5
y:sigmoid_()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 8.92007618, {5.61389279, 5.63681673, 5.72218893, 5.74254972, 5.69602293, 5.65832935, 5.69787646, 5.71787365}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 130, [[
local x = leaf({-0.45, 0.48, 0.6, 0.29, -0.96, -0.52, -0.32, 0.95, 0.32, 0.06, 0.34, -0.79}, 4, 3)
local w = leaf({0.37, 0.31, -0.58, -0.28, -0.17, 0.91, -0.26, -0.94, 0.63, 0.73, -0.32, 0.45}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:narrow(1, 1, 1):squeeze(1)
c:fill_(3.0)
c:copy_(x)
v1 = w / (w * w + 1)
y:mul_(c)
c:copy_(x)
v2 = y:expand(2, 4, 3)
v3 = x:expand(2, 4, 3)
v4 = y:sin()
v5 = v2:unsqueeze(1)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 131, [[
local x = leaf({-0.26, 0.02, -0.21, -0.97, 0.56, -0.75, 0.13, 0.93}, 2, 4)
local w = leaf({0.42, -0.56, 0.38, 0.37, 0.93, 0.96, 0.5, 0.89}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w[':, 1']
c:tanh_()
v1 = c:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum(), x, w]], 66.6147792, {5, 5, 5, 5, 5, 5, 5, 5}, {7, 2, 2, 2, 7, 2, 2, 2} },
{ 132, [[
local x = leaf({-0.69, -0.88, -0.66, -0.92, -0.75, 0.55, 0.59, 0.09, -0.5, -0.1, -0.59, -0.09}, 4, 3)
local w = leaf({0.32, 0.94, -0.51, 0.32, 0.9, -0.01, 0.82, 0.8, 0.6, 0.76, 0.64, 0.12}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:masked_fill_(c:detach():gt(0.3), 2.0) end)
v0 = w + y
c:add_(w)
c:zero_()
v1 = w:unfold(2, 3, 1)
c:mul_(-1.5)
v2 = w:expand(2, 4, 3)
v3 = v1:select(3, 1)
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum(), x, w]], 58.75, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11} },
{ 133, [[
local x = leaf({-0.29, -0.36, 0.23, 0.54, 0.76, 0.39, 0.48, 0.75, -0.94, -0.84, -0.44, 0.84}, 4, 3)
local w = leaf({0.94, -0.56, -0.25, -0.15, -0.82, 0.72, 0.99, 0.82, -0.19, 0.86, 0.13, -0.64}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y:add_(c)
v0 = y:expand(2, 4, 3)
v1 = y:split(1, 1)[4]
v2 = x:sin()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 112.597504, {10.7494633, 10.6153809, 10.8419984, 10.1462521, 9.34901606, 10.5494544, 10.3219695, 9.39013321, 8.53872815, 14.004777, 15.42851, 14.004777}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 134, [[
local x = leaf({0.05, 0.45, 0.11, 0.44, 0.28, -0.75, 0.31, -0.03, 0.94, -0.55, 0.91, 0.2}, 4, 3)
local w = leaf({0.99, 0.91, -0.79, 0.46, 0.93, 0.53, 0.61, -0.39, -0.87, 0.16, 0.27, 0.28}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:softmax(-1)
v1 = v0:clone()
v2 = w:unfold(1, 1, 1)
v3 = y:exp()
v4 = x:expand(2, 4, 3)
v5 = w:sin()
v1:sub_(y, {alpha = 2})
lun.no_grad(function() v0[v0:detach():lt(0)] = 3.0 end)
v6 = v0:expand(2, 4, 3)
v7 = v2:narrow(2, 3, 1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum() + (v7 * 9):sum(), x, w]], 132.439233, {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8}, {10.840829, 11.2962202, 20.9269172, 13.2723675, 11.1848379, 22.0396495, 12.7375361, 13.4743634, 20.5137858, 13.910591, 13.7463963, 22.7273881} },
{ 135, [[
local x = leaf({0.25, 0.17, -0.02, 0.64, -0.76, -0.43, 0.19, -0.7}, 2, 4)
local w = leaf({0.27, -0.28, 0.68, -0.46, 0.67, 0.87, -0.44, -0.48}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
v1 = c + x
v2 = w:narrow(2, 1, 1):squeeze(2)
v1:sigmoid_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 26.2989937, {4.69241915, 4.7230188, 4.79368743, 4.54428066, 4.98573712, 4.92297912, 4.71539682, 4.97783325}, {7, 2, 2, 2, 7, 2, 2, 2} },
{ 136, [[
local x = leaf({0.06, -0.13, 0.53, -0.15, -0.72, 0.27, -0.91, 0.99, 0.41, -0.9, -0.61, 0.94}, 4, 3)
local w = leaf({0.57, 0.24, -0.19, 0.64, 0.56, -0.86, 0.53, -0.48, 0.53, -0.94, 0.58, -0.64}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c[c:detach():lt(0)] = 3.0
x:exp_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 137, [[
local x = leaf({-0.64, -0.35, -0.62, -0.02, -0.98, -0.19}, 2, 3)
local w = leaf({0.73, -0.36, -0.2, 0.66, -0.05, 0.99}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:slice(1, 1, -1, 2)
v1 = y * c
c:mul_(v1)
c:sigmoid_()
y:zero_()
c:sin_()
v2 = v0[':, 2']
v3 = w:flip(2)
v4 = c:narrow(2, 3, 1)
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v4 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 138, [[
local x = leaf({-0.24, 0.89, -0.4, 0.04, -0.46, -0.63}, 3, 2)
local w = leaf({0.63, -0.66, 0.5, 0.54, -0.59, -0.84}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:zero_()
y:mul_(3.0)
c:sin_()
c:zero_()
v0 = c:diagonal(0, 1, 2)
v1 = y:chunk(2, 2)[2]
y:exp_()
v2 = v0:tanh()
v3 = w:softmax(-1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 35.2, {1, 1, 1, 1, 1, 1}, {0, 0, -4.3520861e-16, -4.5296981e-16, 0, 0} },
{ 139, [[
local x = leaf({0.92, 0.23, 0.22, 0.75, 0.73, -0.39}, 2, 3)
local w = leaf({0.8, -0.98, 0.77, -0.32, -0.44, 0.16}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c[2] = -1.5 end)
v0 = c:unsqueeze(1)
c[{ {1, 1} }] = 2.0
v1 = y:unbind(1)[2]
y:exp_()
y:tanh_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], error = [==[Output 1 of Unbind is a view and its base or another view of its base has been modified in]==] },
{ 140, [[
local x = leaf({-0.94, -0.96, 0.46, 0.36, -0.55, 0.03}, 2, 3)
local w = leaf({1.0, -0.24, 0.27, -0.38, -0.9, -0.65}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y[y:detach():lt(0)] = 2.0
v0 = x:diagonal(0, 1, 2)
v1 = v0:permute(1)
v2 = w / (w * w + 1)
v3 = v2:clone()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v3 * 5):sum(), x, w]], 38.192471, {1, 1, 5, 5, 1, 5}, {2, 6.21271809, 6.02696722, 5.2665182, 2.28997894, 3.42697854} },
{ 142, [[
local x = leaf({-0.67, -0.43, -0.28, 0.59, -0.92, -0.41, 0.15, -0.59, 0.21, 0.75, -0.05, 0.87}, 4, 3)
local w = leaf({0.38, 0.04, -0.83, -0.87, 0.56, 0.28, 0.54, -0.46, 0.42, 0.89, 0.59, -0.24}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x * c
v1 = v0:narrow(1, 1, 1):squeeze(1)
v2 = w * w
v2:zero_()
y[{ {1, 4} }] = 2.0
c[1] = v1
v3 = y:permute(1, 2)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 143, [[
local x = leaf({0.7, -0.91, -0.55, -0.51, 0.47, -0.01}, 3, 2)
local w = leaf({0.14, 0.52, 0.17, 0.68, -0.8, 0.21}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:add_(w)
v0 = y / (w * w + 1)
y:zero_()
c[{ {1, 2} }] = -1.5
v1 = x * y
y:mul_(3.0)
v2 = w:expand(2, 3, 2)
v3 = c:unsqueeze(1)
v4 = v1:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (v3 * 2):sum() + (v4 * 3):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 144, [[
local x = leaf({-0.93, -0.84, 0.69, -0.66, -0.21, 0.33, -0.01, -0.53, 0.37, -0.56, -0.92, -0.76}, 4, 3)
local w = leaf({-0.52, 0.01, -0.52, 0.97, -0.91, 0.36, 0.06, -0.59, -0.52, 0.29, -0.18, -0.83}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:sub_(y, {alpha = 2})
y:clamp_(-0.5, 0.5)
v0 = y:permute(2, 1)
v1 = v0:transpose(2, 1)
v2 = w * c
v3 = w:softmax(-1)
v1:mul_(c)
v4 = v2:narrow(1, 1, 4)
v5 = y ^ 3
v6 = v1 / (v2 * v2 + 1)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], -64.94, {10, 10, -8, 10, 17.56, -1.88, 10.36, 10, -3.32, 10, 10, 10}, {-2.40117511e-16, -4.07943397e-16, -2.40117511e-16, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 145, [[
local x = leaf({0.82, -1.0, -0.95, -0.36, 0.59, 0.37, 0.85, 0.8, -0.06, 0.02, -0.78, 0.66}, 4, 3)
local w = leaf({-0.88, -0.37, -0.11, 0.21, -0.45, -0.2, -0.63, -0.35, 0.03, -0.92, 0.79, 0.72}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:clamp_(-0.5, 0.5)
v0 = y:select(2, 3)
c[4] = 3.0
v1 = w:diagonal(0, 1, 2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], -5.68, {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, {6, 2, 2, 2, 6, 2, 2, 2, 6, 2, 2, 2} },
{ 146, [[
local x = leaf({-0.72, -0.34, 0.61, -0.68, -0.44, -0.83}, 3, 2)
local w = leaf({0.62, -0.57, 0.32, -0.39, 0.07, 0.72}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * x
c:sub_(w, {alpha = 2})
lun.no_grad(function() y:copy_(v0) end)
v1 = c:detach()
v2 = c:unsqueeze(1)
v3 = v2:transpose(3, 3)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 22.977, {-1.76, 1.28, 8.88, -1.44, 0.48, -2.64}, {-4, -4, -4, -4, -4, -4} },
{ 147, [[
local x = leaf({0.85, -0.21, 0.23, -0.63, 0.75, 0.77}, 3, 2)
local w = leaf({0.99, 0.99, -0.17, -0.08, -0.79, -0.3}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:tanh()
c:div_(-1.5)
v0:zero_()
v1 = v0:clone()
v2 = w:narrow(2, 1, 1):squeeze(2)
v0:masked_fill_(v0:detach():gt(0.3), 3.0)
v3 = v1 * 0.5
c:copy_(w)
v4 = v1:tanh()
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 148, [[
local x = leaf({0.41, 0.59, 0.76, 0.72, -0.19, -0.3, -0.45, -0.61, 0.27, 0.91, 0.97, 0.07}, 4, 3)
local w = leaf({0.15, -0.56, -0.36, 0.22, -0.25, 0.61, -0.4, -0.48, -0.94, -0.34, 0.26, -0.63}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:clone()
c:mul_(v0)
v1 = y:transpose(1, 2)
v2 = y:detach()
v3 = v1 / (v1 * v1 + 1)
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum(), x, w]], 40.4302009, {9.04846407, 7.79352225, 6.84859432, 7.04444143, 10.4895068, 9.82964397, 8.75759527, 7.66758876, 10.0269672, 6.25718521, 6.07844245, 10.9270962}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 149, [[
local x = leaf({-0.8, -0.25, -0.73, -0.96, -0.64, -0.92}, 2, 3)
local w = leaf({-0.91, -0.4, -0.81, -0.01, -0.87, -0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:masked_fill_(y:detach():gt(0.3), 0.5)
y:mul_(-1.5)
c:sigmoid_()
y:copy_(w)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], -23.4, {1, 1, 1, 1, 1, 1}, {5, 5, 5, 5, 5, 5} },
{ 151, [[
local x = leaf({0.69, 0.9, 0.27, -0.59, 0.95, 0.84, 0.15, -0.08, 0.14, -0.08, 0.61, 0.45}, 4, 3)
local w = leaf({0.34, 0.16, 0.12, -0.73, -0.39, -0.65, 0.74, -0.64, -0.16, -0.32, -0.11, -0.43}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
c:fill_(3.0)
y:sin_()
y:add_(c)
c:clamp_(-0.5, 0.5)
c:mul_(2.0)
return (x * 1):sum() + (w * 2):sum(), x, w]], 0.11, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 152, [[
local x = leaf({0.26, -0.24, -0.6, -0.83, -0.97, -0.75, -0.77, -0.31, -0.02, -0.64, -0.08, 0.81}, 4, 3)
local w = leaf({-0.53, -0.86, 0.36, 0.22, 0.22, 0.19, 0.53, -0.08, -0.47, -0.57, 0.02, 0.76}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unfold(1, 2, 1)
c:mul_(0.5)
v1 = v0:tanh()
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum(), x, w]], -35.79, {6, 6, 6, 9, 9, 9, 9, 9, 9, 6, 6, 6}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 153, [[
local x = leaf({-0.85, -0.48, 0.7, 0.79, 0.13, 0.2, 0.68, 0.95, 0.77, 0.62, 0.02, -0.37}, 4, 3)
local w = leaf({0.32, 0.8, 0.54, 0.67, 0.61, -0.16, 0.32, 0.14, 0.31, -0.5, -0.57, -0.31}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:transpose(1, 1)
v0:sub_(w, {alpha = 2})
v1 = v0 ^ 3
y:masked_fill_(y:detach():gt(0.3), 3.0)
v2 = v1:softmax(-1)
v3 = x:diagonal(0, 1, 2)
v2[v2:detach():lt(0)] = 2.0
c:copy_(v2)
return (x * 1):sum() + (v0 * 2):sum() + (v2 * 3):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 154, [[
local x = leaf({0.64, 0.58, -0.03, -0.58, 0.02, 0.77}, 3, 2)
local w = leaf({-0.48, -0.21, 0.88, 0.28, 0.38, 0.42}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:pow_(2)
v0 = c:permute(1, 2)
v0:exp_()
v1 = c:diagonal(0, 1, 2)
v2 = v1:tanh()
y:addcmul_(w, w, 0.5)
v3 = y:unsqueeze(1)
v4 = y:unfold(2, 2, 1)
v5 = c:permute(1, 2)
v6 = v0:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 87.2068542, {15.08, 13.76, 0.34, -11.76, 1.44, 17.94}, {-3.28, -0.31, 11.68, 5.08, 6.18, 6.62} },
{ 155, [[
local x = leaf({0.97, 0.55, -0.17, 0.07, 0.62, 0.16, -0.45, -0.62}, 2, 4)
local w = leaf({0.93, -0.88, -0.95, 0.05, -0.64, -0.52, 0.27, 0.54}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:fill_(2.0)
v0 = c * y
v1 = y:expand(2, 2, 4)
c[{ {1, 2} }] = 0.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], 2.12, {4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 156, [[
local x = leaf({-0.16, 0.48, 0.54, -0.7, 0.92, 0.74, 0.77, 0.5, -0.11, -0.34, -0.7, -0.69}, 4, 3)
local w = leaf({-0.97, 0.89, 0.07, -0.24, 0.79, 0.91, 0.62, -0.3, -0.41, -0.28, 0.28, 0.17}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
c[3] = 2.0
v1 = c:transpose(2, 1)
c:zero_()
v2 = v0:clone()
y:copy_(w)
v3 = y:permute(1, 2)
y[4] = 2.0
v4 = v2:diagonal(0, 1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 84.16, {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, {12, 12, 12, 12, 12, 12, 12, 12, 12, 2, 2, 2} },
{ 157, [[
local x = leaf({-0.55, -0.97, -0.3, -0.54, 0.63, -0.82, -0.55, -0.79, -0.78, 0.38, 0.74, -0.22}, 4, 3)
local w = leaf({-0.24, -0.41, 0.37, -0.8, -0.05, -0.66, 0.71, 0.29, 0.46, -0.34, -0.32, 0.87}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() y[{ {1, 1} }] = 2.0 end)
v0 = c:diagonal(0, 1, 2)
y:clamp_(-0.5, 0.5)
c:sigmoid_()
c:div_(-1.5)
c:mul_(w)
v1 = w:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (w * 2):sum() + (v1 * 3):sum(), x, w]], -6.02, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {5, 2, 2, 5, 2, 2, 5, 2, 2, 5, 2, 2} },
{ 158, [[
local x = leaf({0.87, -0.8, -0.16, 0.54, -0.34, 0.27}, 3, 2)
local w = leaf({0.28, -0.87, -0.77, 0.11, -0.91, -0.84}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:select(1, 2)
v1 = x:sin()
v2 = x / (w * w + 1)
v3 = v2 / (v2 * v2 + 1)
v2[{ {1, 1} }] = 2.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 159, [[
local x = leaf({-0.66, -0.1, 0.03, -0.61, -0.61, 0.5, -0.02, 0.8, -0.45, -0.23, -0.05, 0.28}, 4, 3)
local w = leaf({-0.35, -0.5, -0.52, 0.28, 0.73, -0.2, -0.05, -0.88, 0.53, -0.63, 0.69, 0.09}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w[':, 3']
v1 = w:expand(2, 4, 3)
v2 = c ^ 3
v3 = x:narrow(1, 1, 1):squeeze(1)
v4 = v1:slice(1, 1, -1, 2)
v5 = v3:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum(), x, w]], 81.09, {12, 12, 12, 5, 5, 5, 5, 5, 5, 5, 5, 5}, {20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20} },
{ 160, [[
local x = leaf({0.01, -0.2, 0.84, -0.3, 0.78, -0.01}, 2, 3)
local w = leaf({0.81, -0.57, -0.14, -0.97, 0.64, -0.34}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c[':, 2']
v1 = v0:narrow(1, 2, 1)
v2 = y:narrow(1, 1, 1):squeeze(1)
v3 = y:expand(2, 2, 3)
v4 = c:expand(2, 2, 3)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 121.17, {21, 21, 21, 16, 16, 16}, {0, 0, 0, 0, 0, 0} },
{ 161, [[
local x = leaf({0.1, -0.54, 0.8, 0.27, -0.04, 0.51}, 3, 2)
local w = leaf({0.4, 0.77, -0.02, -0.9, 0.42, -0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:masked_fill_(y:detach():gt(0.3), 3.0)
lun.no_grad(function() y:fill_(0.5) end)
v0 = y:softmax(-1)
v1 = c:permute(2, 1)
lun.no_grad(function() y[y:detach():lt(0)] = 3.0 end)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 34.1, {4, 4, 1, 4, 4, 1}, {0, 0, 0, 0, 0, 0} },
{ 162, [[
local x = leaf({0.38, 0.26, 0.0, -0.17, 0.54, 0.95}, 2, 3)
local w = leaf({0.92, -0.1, -0.95, -0.76, 0.57, 0.29}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(3.0)
v0 = x:transpose(2, 1)
lun.no_grad(function() c:sigmoid_() end)
v1 = x:narrow(2, 1, 1):squeeze(2)
y:fill_(0.5)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum(), x, w]], 22.8990544, {5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2} },
{ 163, [[
local x = leaf({0.82, -0.65, 0.73, 0.58, -0.57, -0.59, 0.66, -0.72, 0.22, 0.39, -0.32, -0.88}, 4, 3)
local w = leaf({0.87, 0.77, 0.43, -0.07, -0.86, 0.04, -0.11, -0.27, 0.27, 0.58, 0.39, -0.35}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c[{ {1, 1} }] = 0.5
v0 = w:select(1, 4)
c:masked_fill_(c:detach():gt(0.3), -1.5)
v1 = x:sin()
v2 = y:reshape(-1)
v3 = w:softmax(-1)
v4 = v0:expand(2, 3)
v5 = y:flip(1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 28.18, {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 14, 14, 14} },
{ 164, [[
local x = leaf({0.48, 0.99, -0.49, -0.02, -0.23, -0.83}, 2, 3)
local w = leaf({-0.2, 0.66, 0.17, -0.69, -0.39, 0.28}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:mul_(w)
v0 = w:transpose(1, 1)
v1 = c:diagonal(0, 1, 2)
y:zero_()
v2 = w:clone()
v3 = v2:detach()
v4 = y:exp()
v5 = v3 * 2.0
v6 = v1:tanh()
v0:addcmul_(v4, v4, 0.5)
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 165, [[
local x = leaf({-0.88, 0.44, -0.14, -0.01, 0.88, -0.14}, 2, 3)
local w = leaf({0.76, 0.8, 0.16, 0.61, -0.88, -0.87}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = lun.no_grad(function() return y:split(1, 2)[1] end)
v1 = y:narrow(1, 2, 1)
v2 = v0:select(1, 2)
v3 = v0:diagonal(0, 1, 2)
v4 = v0:select(2, 1)
c:mul_(w)
v5 = v4:expand(2, 2)
v6 = x:reshape(-1)
v7 = v6:select(1, 4)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum() + (v6 * 6):sum() + (v7 * 7):sum(), x, w]], -8.5, {7, 7, 7, 14, 7, 7}, {2, 2, 2, 2, 2, 2} },
{ 166, [[
local x = leaf({0.26, -0.19, -0.98, 0.69, -0.03, 0.14}, 3, 2)
local w = leaf({-0.26, 0.35, -0.6, -0.66, -0.98, 0.59}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:div_(0.5)
v0 = y:reshape(-1)
c:sin_()
v1 = v0:unbind(1)[4]
v2 = x:detach()
v3 = v0 * v0
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 10.9142, {9.12, 3.72, -5.76, 18.28, 5.64, 7.68}, {0, 0, 0, 0, 0, 0} },
{ 167, [[
local x = leaf({0.64, -0.34, -0.35, 0.73, 0.48, -0.83}, 3, 2)
local w = leaf({0.49, -1.0, -0.14, 0.51, 0.61, -0.51}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = lun.no_grad(function() return y:permute(1, 2) end)
v1 = v0:split(1, 1)[1]
v2 = c * c
v2:clamp_(-0.5, 0.5)
v3 = w:diagonal(0, 1, 2)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 41.14, {4, 4, 4, 4, 4, 4}, {7, 0, 0, 7, 0, 0} },
{ 168, [[
local x = leaf({0.03, -0.24, -0.56, -0.62, 0.73, 0.02}, 2, 3)
local w = leaf({0.51, 0.22, 0.79, 0.34, -0.77, 0.77}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(3.0)
v0 = y:flip(1)
v0:mul_(w)
v1 = y:expand(2, 2, 3)
v2 = v0 / (w * w + 1)
lun.no_grad(function() c:tanh_() end)
v2:sigmoid_()
c:sigmoid_()
v3 = c:permute(2, 1)
c:pow_(2)
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum(), x, w]], 4.56972339, {19, 19, 19, 19, 19, 19}, {0, 0, 0, 0, 0, 0} },
{ 170, [[
local x = leaf({0.82, 0.17, -0.37, -0.52, -0.47, -0.76, 0.59, -0.97}, 2, 4)
local w = leaf({0.81, -0.39, -0.0, 0.04, 0.15, -0.99, 0.64, -0.08}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() y[{ {1, 2} }] = 2.0 end)
y:mul_(2.0)
v0 = w:sin()
v1 = c:flip(1)
v0[1] = 2.0
v0:sub_(v1, {alpha = 2})
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 30.1727716, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 5.95508431, 4.19475944, 5.20838303, 5.98720683} },
{ 171, [[
local x = leaf({0.97, -0.76, 0.18, 0.83, 0.85, -0.65, 0.99, -0.36, -0.65, -0.72, 0.84, 0.73}, 4, 3)
local w = leaf({0.96, 0.67, 0.53, 0.24, -0.61, -0.79, -0.88, 0.12, 0.84, -0.37, 0.16, 0.7}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(3.0)
c:exp_()
y:mul_(-1.5)
y:addcmul_(w, w, 0.5)
v0 = w:permute(1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum(), x, w]], 80.3023458, {-17, -17, -17, -17, -17, -17, -17, -17, -17, -17, -17, -17}, {10.84, 9.68, 9.12, 7.96, 4.56, 3.84, 3.48, 7.48, 10.36, 5.52, 7.64, 9.8} },
{ 172, [[
local x = leaf({-0.61, -0.4, -0.3, -0.9, -0.22, 0.12, 0.65, -0.58}, 2, 4)
local w = leaf({0.48, 0.69, -0.12, -0.4, 0.76, 0.63, -1.0, 0.06}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y:addcmul_(w, w, 0.5)
v0 = y ^ 3
c:copy_(v0)
c:sigmoid_()
v1 = y:tanh()
v0[1] = -1.5
v2 = w:tanh()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], -0.074891489, {7.52677526, 7.93623781, 7.80433861, 7.11279044, 7.98822599, 7.77236185, 6.49292676, 7.40956947}, {3.13285212, 4.78600409, -0.816520634, -2.44511617, 5.31105175, 4.26658796, -5.49292676, 0.384574168} },
{ 173, [[
local x = leaf({-0.03, 0.64, 0.61, 0.75, 0.19, 0.78, -0.51, 0.45}, 2, 4)
local w = leaf({-1.0, 0.39, -0.7, -0.1, -0.69, 0.67, 0.37, 0.46}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:pow_(2)
c:tanh_()
v0 = c + c
v1 = y:split(1, 1)[2]
v2 = y:unfold(2, 4, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v2 * 4):sum(), x, w]], 31.4782597, {5, 5, 5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 174, [[
local x = leaf({-0.12, -0.95, -0.28, -0.55, -0.52, 0.79}, 2, 3)
local w = leaf({-0.31, 0.31, -0.25, 0.14, 0.36, 0.4}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() y:div_(3.0) end)
v0 = x * 2.0
v1 = w:slice(1, 1, -1, 2)
v2 = lun.no_grad(function() return y:diagonal(0, 1, 2) end)
v3 = c:diagonal(0, 1, 2)
v4 = v2:sin()
v5 = v1:chunk(2, 1)[1]
v6 = lun.no_grad(function() return v3:select(1, 2) end)
v7 = v1 * v1
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v6 * 6):sum() + (v7 * 7):sum(), x, w]], 13.4629, {3, 3, 3, 3, 3, 3}, {-1.34, 7.34, -0.5, 0, 0, 0} },
{ 175, [[
local x = leaf({-0.53, 0.45, 0.38, 0.38, -0.61, -0.49, 0.74, -0.0, 0.63, -0.09, -0.94, 0.51}, 4, 3)
local w = leaf({0.21, 0.74, 0.66, 0.56, -0.63, 0.89, -0.07, 0.91, -0.3, -0.59, -0.31, -0.31}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
w:div_(3.0)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 176, [[
local x = leaf({-0.89, 0.89, 0.55, 0.66, -0.23, -0.37}, 2, 3)
local w = leaf({0.3, -0.03, -0.99, -0.94, 0.23, -0.29}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c * y
v1 = w:narrow(2, 1, 1):squeeze(2)
v2 = c:narrow(2, 1, 1):squeeze(2)
v3 = v0 + y
v1:masked_fill_(v1:detach():gt(0.3), 0.5)
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 177, [[
local x = leaf({-0.0, 0.17, 0.42, 0.62, -0.91, 0.66}, 3, 2)
local w = leaf({0.68, 0.19, 0.63, 0.64, 0.48, -0.45}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:slice(1, 1, -1, 2)
c:fill_(0.5)
v1 = c:split(1, 2)[2]
v2 = x:softmax(-1)
v3 = c:softmax(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 29.8, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 178, [[
local x = leaf({0.91, 0.79, 0.29, 0.51, -0.33, 0.46}, 2, 3)
local w = leaf({0.97, -0.63, 0.89, 0.69, -0.52, -0.56}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:div_(-1.5)
v0 = y:narrow(2, 1, 1)
v1 = x:transpose(2, 1)
v2 = v0:flip(1)
v3 = y:tanh()
v4 = v1:slice(1, 1, -1, 2)
v0:div_(2.0)
y:addcmul_(w, w, 0.5)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], 6.36586829, {0.978405649, 1.11041266, 0.454885765, 0.35747148, 0.489600237, 0.628159059}, {4.85, -1.26, 1.78, 3.45, -1.04, -1.12} },
{ 179, [[
local x = leaf({-0.75, -0.87, 0.84, -0.39, 0.75, 0.17}, 3, 2)
local w = leaf({0.62, -0.49, 0.7, -0.51, -0.37, -0.0}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:exp()
v1 = y:narrow(1, 1, 1):squeeze(1)
y:sin_()
c:clamp_(-0.5, 0.5)
v2 = w[':, 1']
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 63.0668497, {6.85351095, 6.15861238, 3.00238848, 3.77472718, 3.19506661, 3.9567543}, {0, 0, 0, 0, 0, 0} },
{ 180, [[
local x = leaf({-0.84, -0.98, -0.47, 0.19, -0.1, 0.2}, 3, 2)
local w = leaf({-0.73, -0.99, -0.94, -0.61, 0.79, 0.71}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:reshape(-1)
v1 = x:detach()
v2 = v1:expand(2, 3, 2)
v3 = v1:chunk(2, 2)[2]
v4 = v0:exp()
v5 = y:detach()
v6 = v3 ^ 3
v7 = v6:clone()
v8 = v6:unsqueeze(1)
v1:sin_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v3 * 7):sum() + (v5 * 8):sum() + (v8 * 9):sum(), x, w]], -41.8617646, {10, 10, 10, 10, 10, 10}, {2, 2, 2, 2, 2, 2} },
{ 181, [[
local x = leaf({-0.88, 0.86, 0.67, 0.5, 0.51, -0.54}, 2, 3)
local w = leaf({-0.09, 0.67, -0.86, 0.89, -0.89, 0.78}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:clone()
v1 = x + v0
v1:sin_()
v1:copy_(c)
v2 = y:permute(2, 1)
v3 = w:unfold(1, 1, 1)
v4 = v0:expand(2, 2, 3)
v5 = v4:narrow(1, 2, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v5 * 7):sum(), x, w]], 103.32, {11, 11, 11, 11, 11, 11}, {2, 2, 2, 2, 2, 2} },
{ 182, [[
local x = leaf({-0.29, -0.53, -0.36, 0.79, -0.85, 0.42, -0.94, 0.01, 0.39, -0.45, -0.81, -0.26}, 4, 3)
local w = leaf({0.97, 0.46, 0.32, -0.69, 0.84, 0.46, 0.1, 0.07, 0.66, -0.96, 0.26, 0.03}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:addcmul_(y, y, 0.5) end)
y:add_(w)
lun.no_grad(function() y[y:detach():lt(0)] = 0.5 end)
v0 = c:flip(1)
y:masked_fill_(y:detach():gt(0.3), 3.0)
y:copy_(c)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 100.0886, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 183, [[
local x = leaf({-0.82, 0.71, -0.29, 0.58, 0.88, -0.82}, 2, 3)
local w = leaf({0.72, -0.98, 0.81, -0.93, -0.14, 0.17}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(x)
v0 = c:unbind(2)[2]
v1 = x:clone()
v2 = c:narrow(2, 2, 2)
v3 = v1:narrow(1, 1, 1):squeeze(1)
v4 = v2:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 38.34, {12, 12, 12, 6, 6, 6}, {2, 2, 2, 2, 2, 2} },
{ 184, [[
local x = leaf({-0.98, 0.39, 0.86, -0.35, -0.32, 0.85, 0.7, 0.45}, 2, 4)
local w = leaf({0.07, -0.58, -0.1, 0.34, -0.74, -0.44, -0.66, -0.53}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:permute(2, 1)
v1 = v0:detach()
v2 = y:tanh()
v3 = v2:unsqueeze(1)
v4 = v0 + v1
v5 = y:detach()
y:mul_(w)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], 14.4500289, {6.16445871, 8.31045791, 6.57612627, 8.43425747, 8.52102733, 6.61211494, 7.17369795, 8.11000615}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 185, [[
local x = leaf({-0.7, -0.4, 0.19, -0.05, -0.2, -1.0}, 2, 3)
local w = leaf({0.16, 0.82, 0.69, -0.47, 0.81, -0.95}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:sin_()
v0 = x:transpose(2, 1)
v1 = x:transpose(2, 2)
v2 = v1 * 0.5
v3 = y:exp()
v4 = v2:select(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum(), x, w]], 17.1444397, {20.4760971, 21.6922403, 25.4647472, 19.658606, 18.7311153, 15.5751561}, {2, 2, 2, 2, 2, 2} },
{ 186, [[
local x = leaf({0.32, 0.73, 0.55, 0.99, -0.05, -0.76, -0.99, 0.59}, 2, 4)
local w = leaf({0.11, -0.11, -0.92, -0.21, 0.35, -0.73, 0.69, -0.8}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
v1 = x:narrow(1, 1, 1)
v2 = y:unsqueeze(1)
v3 = y + w
v3[2] = 0.5
v4 = w:expand(2, 2, 4)
v5 = v1:narrow(1, 1, 1):squeeze(1)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum() + (v5 * 6):sum(), x, w]], 15.46, {14, 14, 14, 14, 4, 4, 4, 4}, {16, 16, 16, 16, 12, 12, 12, 12} },
{ 187, [[
local x = leaf({0.64, 0.61, -0.69, 0.61, 0.63, 0.1, -0.01, 0.42}, 2, 4)
local w = leaf({-0.09, 0.69, 0.18, -0.31, 0.74, -0.52, 0.61, 0.25}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[{ {1, 2} }] = -1.5
v0 = c:expand(2, 2, 4)
v1 = c[':, 1']
v2 = c:flip(2)
v3 = w + c
c:addcmul_(w, w, 0.5)
v4 = v3:unbind(2)[4]
v5 = v0:select(2, 1)
v2:addcmul_(v5, v5, 0.5)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v5 * 7):sum(), x, w]], 236.585177, {1, 1, 1, 1, 1, 1, 1, 1}, {2.936355, 31.102545, 12.14916, -4.688955, 13.4, 0.8, 12.1, 8.5} },
{ 188, [[
local x = leaf({-0.47, -0.99, -0.86, -0.46, -0.47, -0.3}, 3, 2)
local w = leaf({-0.47, -0.77, -0.95, 0.02, -0.0, -0.31}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:tanh()
c:sin_()
v1 = y:narrow(1, 2, 1)
v2 = lun.no_grad(function() return v0:unfold(2, 2, 1) end)
v3 = w:narrow(2, 1, 1):squeeze(2)
v4 = v2 * v2
c:addcmul_(y, y, 0.5)
return (x * 1):sum() + (w * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum(), x, w]], -24.6756618, {1, 1, 4, 4, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 189, [[
local x = leaf({0.64, -0.45, 0.15, -0.77, -0.19, -0.99, -0.98, -0.93, -0.71, -0.38, -0.93, 0.4}, 4, 3)
local w = leaf({0.75, -0.77, 0.06, -0.99, -0.67, 0.29, -0.61, -0.68, 0.41, 0.5, 0.55, 0.54}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:detach()
v1 = w:flip(2)
v2 = w[':, 1']
y[3] = 3.0
c:sigmoid_()
v0:sigmoid_()
y:copy_(v1)
y:div_(2.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum(), x, w]], 47.3017701, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {7, 2, 2, 7, 2, 2, 7, 2, 2, 7, 2, 2} },
{ 190, [[
local x = leaf({-0.66, -0.33, -0.26, -0.56, -0.21, -0.85}, 2, 3)
local w = leaf({-0.83, 0.41, 0.59, 0.06, 0.17, 0.07}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:clone()
v1 = y:narrow(1, 1, 2)
v2 = y:select(2, 3)
v0:div_(0.5)
v3 = v0 * -1.5
v1:pow_(2)
v0[2] = 3.0
v4 = v3:clone()
v5 = v2 ^ 3
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], 141.739367, {-43.28, -40.64, -42.7370306, -42.48, -39.68, -74.597855}, {2, 2, 2, 2, 2, 2} },
{ 191, [[
local x = leaf({0.55, 0.53, 0.4, -0.89, -0.77, -0.91}, 3, 2)
local w = leaf({-0.03, -0.15, -0.89, -0.84, -0.55, -0.41}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:select(1, 2)
y[2] = 3.0
v1 = w:unbind(2)[1]
v2 = v1:reshape(-1)
v3 = v2:reshape(-1)
v4 = w:reshape(-1)
v5 = y:flip(2)
v6 = v2 / (v2 * v2 + 1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v4 * 5):sum(), x, w]], 3.02, {4, 4, 1, 1, 4, 4}, {7, 7, 7, 7, 7, 7} },
{ 192, [[
local x = leaf({0.67, -0.83, -0.39, -0.15, 0.81, -0.45, -0.53, -0.63}, 2, 4)
local w = leaf({-0.75, -0.21, 0.44, -0.47, -0.6, 0.29, -0.48, 0.34}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:sigmoid_()
v0 = x:softmax(-1)
y:zero_()
v0:masked_fill_(v0:detach():gt(0.3), -1.5)
v1 = w:narrow(2, 1, 1):squeeze(2)
v2 = v0 / (v0 * v0 + 1)
v3 = v1:unsqueeze(1)
v2:exp_()
v4 = v3:diagonal(0, 1, 2)
v5 = v1:select(1, 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 193, [[
local x = leaf({0.77, 0.53, 0.94, 0.12, 0.05, -0.55, -0.38, 0.85, 0.09, 0.99, 0.87, -0.58}, 4, 3)
local w = leaf({-0.57, 0.69, 0.01, -0.44, -0.35, -0.31, 0.76, -0.54, 0.46, -0.48, -0.64, 0.89}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:clone()
v1 = w + x
v2 = v1 ^ 3
c:copy_(x)
y:clamp_(-0.5, 0.5)
v3 = v0:unsqueeze(1)
v4 = w[':, 3']
v2:masked_fill_(v2:detach():gt(0.3), 2.0)
v2:div_(2.0)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 102.364557, {5.3, 5, 5, 8.768, 8.675, 10.547, 9.083, 5.72075, 10.26875, 6.95075, 5.39675, 5.72075}, {6.3, 6, 6, 6.768, 6.675, 11.547, 7.083, 6.72075, 8.26875, 7.95075, 6.39675, 6.72075} },
{ 194, [[
local x = leaf({0.16, -0.3, 0.62, 0.48, -0.13, 0.58}, 2, 3)
local w = leaf({-0.11, -0.14, -0.18, -0.71, -0.78, -0.66}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:diagonal(0, 1, 2)
v1 = x:sin()
c:fill_(3.0)
v1:zero_()
lun.no_grad(function() c:sub_(y, {alpha = 2}) end)
v2 = c:split(1, 1)[1]
v3 = v1 + w
v4 = v1:unfold(1, 2, 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 60.72, {4, 4, 4, 4, 4, 4}, {6, 6, 6, 6, 6, 6} },
{ 195, [[
local x = leaf({-0.92, -0.6, 0.35, 0.72, -0.21, 0.28, 0.42, 0.24, 0.44, 0.71, -0.53, 0.1}, 4, 3)
local w = leaf({0.86, 0.56, -0.71, 0.82, -0.53, -0.81, 0.83, 0.05, 0.87, 0.61, 0.8, -0.89}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:diagonal(0, 1, 2)
v1 = v0:split(1, 1)[3]
v2 = w * y
v3 = lun.no_grad(function() return x[':, 3'] end)
v4 = v0:softmax(-1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum(), x, w]], 13.8208, {7.44, 6.24, 1.16, 7.28, 1.88, 0.76, 7.32, 4.2, 7.48, 6.44, 7.2, 0.44}, {-1.68, -0.4, 3.4, 4.88, 1.16, 3.12, 3.68, 2.96, 3.76, 4.84, -0.12, 2.4} },
{ 196, [[
local x = leaf({0.59, -0.58, -0.15, 0.3, 0.6, 0.64}, 2, 3)
local w = leaf({0.42, -0.69, -0.44, -0.78, -0.72, -0.39}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:sin()
v1 = y:unsqueeze(1)
v2 = v0:narrow(1, 1, 1):squeeze(1)
v3 = v1:flip(3)
v4 = v1:transpose(3, 3)
v1:fill_(2.0)
v5 = lun.no_grad(function() return v2:expand(2, 3) end)
v6 = v5:narrow(2, 1, 1):squeeze(2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum() + (v6 * 9):sum(), x, w]], 212.43292, {16.3094068, 16.3646265, 17.8877108, 11.821346, 11.3013425, 11.208383}, {2, 2, 2, 2, 2, 2} },
{ 197, [[
local x = leaf({-0.73, -0.96, -0.62, -0.77, 0.16, -0.09}, 2, 3)
local w = leaf({0.87, 0.91, 0.7, 0.61, 0.35, -0.66}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:sigmoid_()
y:masked_fill_(y:detach():gt(0.3), 2.0)
v0 = c:sin()
v1 = c:detach()
v1:zero_()
v2 = v1 * y
v3 = v0[':, 3']
v4 = v2 / (w * w + 1)
v5 = v1 / (c * c + 1)
v4:sub_(v0, {alpha = 2})
v4:copy_(v0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum() + (v5 * 9):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 198, [[
local x = leaf({0.14, -0.04, 0.34, 0.98, -0.09, 0.06}, 2, 3)
local w = leaf({-0.61, -0.63, -0.23, 0.52, 0.2, 0.07}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:clone()
c:sub_(y, {alpha = 2})
v1 = c:reshape(-1)
v2 = v0:flip(1)
c:div_(-1.5)
c:sub_(v0, {alpha = 2})
v3 = v2:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum(), x, w]], -10.95, {19, 19, 19, 19, 19, 19}, {2, 2, 2, 2, 2, 2} },
{ 199, [[
local x = leaf({0.49, 0.69, 0.33, -0.38, -0.04, 0.02, -0.49, 0.53}, 2, 4)
local w = leaf({-0.32, 0.06, -0.95, 0.15, 0.35, -0.21, 0.01, 0.91}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y:pow_(2)
v0 = x:clone()
v1 = lun.no_grad(function() return x:transpose(1, 1) end)
v2 = v1:clone()
v3 = v2:flip(2)
v4 = v1 ^ 3
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 22.8775, {7.94, 9.14, 6.98, 2.72, 4.76, 5.12, 2.06, 8.18}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 200, [[
local x = leaf({0.8, 0.47, -0.94, 0.24, 0.6, 0.83}, 2, 3)
local w = leaf({0.38, 0.42, 0.44, -0.12, -0.12, -0.54}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:clone()
v1 = y:narrow(1, 1, 1):squeeze(1)
v2 = y[':, 2']
v0:copy_(w)
y:add_(c)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 74.91, {9, 15, 9, 4, 10, 4}, {4, 4, 4, 4, 4, 4} },
{ 201, [[
local x = leaf({0.43, -0.16, 0.56, -0.35, 0.4, 0.36}, 2, 3)
local w = leaf({0.24, -0.46, -0.04, 0.12, -0.05, 0.85}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:select(1, 2)
v1 = c:diagonal(0, 1, 2)
v2 = x:narrow(2, 1, 1):squeeze(2)
c:zero_()
v3 = y:diagonal(0, 1, 2)
v4 = v1:narrow(1, 1, 2)
y[y:detach():lt(0)] = 2.0
v4:copy_(v3)
v5 = y:slice(1, 1, -1, 2)
v6 = v0:exp()
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 14.84, {21, 1, 1, 5, 17, 1}, {0, 0, 0, 0, 0, 0} },
{ 202, [[
local x = leaf({0.29, -0.18, -0.6, 0.35, 0.94, -0.14, 0.7, -0.93, 0.06, -0.6, -0.01, 0.22}, 4, 3)
local w = leaf({0.71, 0.05, 0.74, -0.35, -0.74, -0.07, 0.43, 0.42, -0.93, -0.5, -0.49, -0.06}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:clone()
v1 = w:sin()
v2 = v1:select(2, 3)
v3 = y:detach()
v4 = v2:flip(1)
v5 = v0 + y
v6 = v0:diagonal(0, 1, 2)
v0:zero_()
lun.no_grad(function() v0:zero_() end)
v7 = v2:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v6 * 7):sum() + (v7 * 8):sum(), x, w]], 29.6324612, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 16.0309026, 2, 2, 20.953469, 2, 2, 13.3588457, 2, 2, 20.9658103} },
{ 203, [[
local x = leaf({-0.92, -0.02, 0.85, -0.94, 0.99, 0.95}, 2, 3)
local w = leaf({-0.48, -0.53, -0.96, -0.5, 0.29, 0.5}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:flip(2)
lun.no_grad(function() c:sin_() end)
y:sub_(w, {alpha = 2})
v1 = w[':, 3']
v2 = x:select(2, 2)
v3 = v2:clone()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 32.6476518, {4, 15, 4, 4, 15, 4}, {-6, -6, -2, -6, -6, -2} },
{ 204, [[
local x = leaf({0.72, 0.85, -0.58, -0.18, 0.72, -0.79, 0.13, -0.35, -0.17, -0.12, -0.08, 0.77}, 4, 3)
local w = leaf({0.05, -0.28, 0.67, 0.88, -0.54, 0.72, -0.59, 0.87, -0.1, -0.59, 0.92, 0.49}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:expand(2, 4, 3)
y:pow_(2)
v1 = x + c
v1:fill_(0.5)
v2 = v0:transpose(2, 1)
v3 = c:expand(2, 4, 3)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], 223.28, {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 205, [[
local x = leaf({-0.04, -0.8, 0.69, -0.06, 0.41, 0.94, 0.51, -0.64, -0.61, 0.67, -0.75, 0.25}, 4, 3)
local w = leaf({0.91, 0.17, 0.46, 0.46, 0.79, 0.02, -0.35, 0.52, 0.71, -0.83, -0.84, -0.41}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w ^ 3
v1 = c + x
v1:sub_(y, {alpha = 2})
v1:exp_()
v1:zero_()
v2 = w * x
v0:clamp_(-0.5, 0.5)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 206, [[
local x = leaf({-0.84, 0.95, -0.55, -0.74, -0.56, -0.5}, 2, 3)
local w = leaf({-0.33, 0.83, -0.73, 0.01, -0.73, -0.51}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:detach()
v1 = x * 3.0
v2 = v0:unfold(1, 1, 1)
v3 = y:diagonal(0, 1, 2)
v4 = c:unsqueeze(1)
v5 = v1:diagonal(0, 1, 2)
v6 = v5:slice(1, 1, -1, 2)
v7 = lun.no_grad(function() return v6:permute(1) end)
v8 = v7 * v7
v9 = v6:tanh()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum() + (v7 * 9):sum() + (v8 * 10):sum() + (v9 * 11):sum(), x, w]], -40.3544936, {50.8435772, 5, 5, 5, 26, 5}, {2, 2, 2, 2, 2, 2} },
{ 207, [[
local x = leaf({0.48, -0.95, 0.9, -0.7, -0.03, -0.83}, 3, 2)
local w = leaf({-0.37, -0.74, -0.87, 0.14, -0.08, -0.22}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:zero_()
v0 = y:slice(1, 1, -1, 2)
v1 = c * -1.5
v2 = lun.no_grad(function() return w:narrow(2, 1, 2) end)
v3 = w:tanh()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], -10.73, {5, 5, 1, 1, 5, 5}, {2, 2, 2, 2, 2, 2} },
{ 208, [[
local x = leaf({0.05, -0.61, 0.14, 0.13, 0.71, 0.24, -0.08, 0.63}, 2, 4)
local w = leaf({0.48, 0.95, -0.08, -0.16, -0.73, -0.55, 0.33, 0.9}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:masked_fill_(c:detach():gt(0.3), 2.0)
c:pow_(2)
v0 = c:diagonal(0, 1, 2)
v1 = w:clone()
v1:clamp_(-0.5, 0.5)
y:masked_fill_(y:detach():gt(0.3), 3.0)
return (x * 1):sum() + (c * 2):sum(), x, w]], 65.21, {1, 1, 1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0, 0, 0} },
}
