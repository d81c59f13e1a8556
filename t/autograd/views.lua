-- views.lua - programs of views and writes, and what PyTorch 2.13.0 makes of them; made by make_views.py
-- SPDX-License-Identifier: MIT
return {
{ 1, [[
local x = leaf({0.14, 0.6, -0.87, -0.76, 0.52, -0.06}, 3, 2)
local w = leaf({-0.24, -0.58, -0.02, 0.79, -0.22, 0.21}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:exp_() end)
c:sin_()
c:copy_(w)
c:mul_(3.0)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], -1.84, {4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2} },
{ 2, [[
local x = leaf({-0.82, -0.28, -0.66, 0.62, 0.71, -0.5}, 2, 3)
local w = leaf({-0.58, -0.93, 0.36, 1.0, 0.28, 0.61}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:exp_()
v0 = x:expand(2, 2, 3)
c[2] = 3.0
y:fill_(3.0)
v1 = y:tanh()
y:zero_()
v1[2] = 3.0
v2 = w * x
v3 = v2:exp()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 3, [[
local x = leaf({0.19, -0.74, 0.83, -0.05, 0.16, 0.21}, 3, 2)
local w = leaf({0.82, -0.06, 0.1, -0.62, 0.43, 0.08}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:mul_(-1.5)
v0 = c:unbind(2)[2]
v1 = lun.no_grad(function() return x:transpose(1, 2) end)
v2 = x + w
v3 = v0:unsqueeze(1)
c:tanh_()
v4 = v2:split(1, 2)[2]
y:zero_()
v5 = v1:expand(2, 2, 3)
y:sin_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], 37.6073896, {6, 13, 6, 13, 6, 13}, {7, 14, 7, 14, 7, 14} },
{ 4, [[
local x = leaf({-0.39, 0.44, -0.04, -0.82, -0.96, 0.1}, 3, 2)
local w = leaf({-0.42, 0.98, -0.88, 0.04, -0.28, 0.56}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * 0.5
v1 = c:slice(1, 1, -1, 2)
v0:sin_()
v0:fill_(2.0)
v2 = v1 * -1.5
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 16.99, {3, 3, 3, 3, 3, 3}, {0, 0, 0, 0, 0, 0} },
{ 5, [[
local x = leaf({0.48, 0.59, 0.88, 0.48, 0.84, -0.94, -0.07, 0.89}, 2, 4)
local w = leaf({0.3, 0.8, -0.77, -0.06, -0.51, 0.09, 0.15, -0.97}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:add_(x)
v0 = w:expand(2, 2, 4)
v1 = w * -1.5
y[1] = 0.5
v2 = c:sin()
c:exp_()
v3 = w * -1.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 6, [[
local x = leaf({-0.03, -0.48, -1.0, 0.33, -0.06, 0.52}, 2, 3)
local w = leaf({-0.25, 0.54, -0.45, 0.6, 0.46, -0.17}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
v1 = c + c
v2 = c:reshape(-1)
v3 = c:detach()
v4 = v0:unsqueeze(1)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 119.28, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 7, [[
local x = leaf({0.9, -0.21, -0.9, 0.64, -0.81, 0.17, 0.82, -0.57}, 2, 4)
local w = leaf({-0.83, -0.16, -0.52, 0.1, -0.88, 0.13, 0.89, 0.26}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = w + w
y[2] = 0.5
v1 = w:exp()
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 8, [[
local x = leaf({-0.26, -0.25, -0.61, -0.91, -0.73, 0.62}, 3, 2)
local w = leaf({0.01, -0.2, -0.94, -0.03, -0.22, 0.15}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:unbind(2)[1]
v1 = x * y
v2 = x:sin()
y[3] = 3.0
v3 = v0:detach()
v2:exp_()
v4 = v0:narrow(1, 2, 2)
v5 = c:reshape(-1)
v6 = v5:clone()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 9, [[
local x = leaf({0.23, -0.47, -0.63, 0.35, -0.32, -0.07, 0.21, -0.33, 0.87, 0.4, 0.46, -0.66}, 4, 3)
local w = leaf({0.89, 0.9, -0.15, -0.66, -0.9, -0.74, 0.74, 0.98, -0.87, 0.38, 0.58, 0.77}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(1, 4, 1)
v1 = w * x
c:sin_()
v2 = x:transpose(1, 2)
v3 = v2:expand(2, 3, 4)
y:exp_()
v4 = w:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 30.1582501, {15, 15, 15, 15, 15, 15, 15, 15, 15, 19.4754741, 19.752222, 16.550554}, {8, 8, 8, 2, 2, 2, 8, 8, 8, 2, 2, 2} },
{ 10, [[
local x = leaf({-0.14, 0.16, -0.59, 0.63, 0.65, 0.31}, 2, 3)
local w = leaf({-0.68, 0.04, -0.34, -0.5, 0.91, 0.99}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:zero_()
v0 = w:split(1, 1)[1]
v1 = c:select(2, 3)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 29.86, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 11, [[
local x = leaf({0.73, 0.71, 0.56, -0.1, 0.71, -0.62, 0.61, -0.05, 0.23, -0.63, -0.11, -0.72}, 4, 3)
local w = leaf({0.08, 0.78, 0.27, 0.19, -0.21, -0.09, 0.48, 0.3, 0.25, 0.66, -0.87, -0.93}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
x:mul_(c)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 12, [[
local x = leaf({-0.46, 0.06, -0.3, -0.24, 0.99, -0.03, 0.29, -0.08, 0.73, -0.54, -1.0, 0.25}, 4, 3)
local w = leaf({0.96, -0.26, -0.32, -0.58, 0.15, -0.6, 0.03, 0.64, 0.36, 0.6, -0.83, 0.84}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
v1 = v0:reshape(-1)
v2 = x:unbind(2)[3]
y:tanh_()
v3 = y:expand(2, 4, 3)
y[2] = 3.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 13, [[
local x = leaf({-0.42, 0.82, 0.6, 0.78, 0.3, 0.33, 0.74, 0.28}, 2, 4)
local w = leaf({-0.63, -0.86, 0.69, 0.49, -0.94, -0.75, 0.37, 1.0}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:unbind(1)[2]
v1 = v0:unbind(1)[3]
v2 = v0:narrow(1, 2, 2)
v3 = v0 * v0
v0:sin_()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 56.2203104, {4, 4, 4, 4, 4, 4, 4, 4}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 14, [[
local x = leaf({0.23, 0.51, 0.05, -0.51, 0.47, -0.42}, 2, 3)
local w = leaf({-0.85, -0.1, -0.07, 0.75, -0.21, 0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:narrow(2, 3, 1)
v1 = c:unsqueeze(1)
y:mul_(c)
v2 = lun.no_grad(function() return x:split(1, 1)[1] end)
y:fill_(2.0)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 34.96, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 15, [[
local x = leaf({-0.98, 0.47, -0.68, 0.97, -0.97, 0.76}, 3, 2)
local w = leaf({0.36, 0.71, 1.0, -0.52, -0.32, 0.42}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:exp_()
y:mul_(c)
v0 = w:reshape(-1)
c:exp_()
c:copy_(w)
lun.no_grad(function() y:tanh_() end)
v1 = x * x
v2 = y * y
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 16, [[
local x = leaf({-0.06, -0.43, -0.55, -0.99, 0.71, 0.42, -0.52, -0.56}, 2, 4)
local w = leaf({-0.41, 0.63, 0.33, 0.9, 0.2, -0.96, -0.56, 0.21}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:narrow(1, 2, 1)
v1 = x:exp()
x:zero_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 17, [[
local x = leaf({0.61, 0.92, -0.42, 0.53, 0.41, 0.32, -0.78, -0.95, -0.23, 0.49, -0.5, 0.0}, 4, 3)
local w = leaf({-0.37, 0.69, 0.89, -0.2, 1.0, -0.88, 0.63, 0.75, -0.7, 0.41, 0.12, 0.91}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:sin()
y:copy_(c)
v1 = w:select(1, 3)
v2 = c:expand(2, 4, 3)
v3 = c:detach()
v4 = lun.no_grad(function() return v0:narrow(2, 3, 1) end)
v5 = y:transpose(1, 1)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], 314.149637, {3.45894405, 2.81746047, 3.73926682, 3.58842121, 3.75136247, 3.84770625, 3.13274061, 2.74504927, 3.92099919, 3.64699858, 3.63274769, 4}, {0, 0, 0, 0, 0, 0, 4, 4, 4, 0, 0, 0} },
{ 18, [[
local x = leaf({-0.75, -0.1, -0.52, 0.9, 0.26, -0.63}, 3, 2)
local w = leaf({-0.41, 0.77, -0.61, 0.8, -0.76, 0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:select(2, 1)
v1 = c:detach()
y:exp_()
v2 = w:slice(1, 1, -1, 2)
v3 = v0:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum(), x, w]], 16.82, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 19, [[
local x = leaf({0.57, 0.04, 0.02, -0.21, 0.99, -0.42}, 2, 3)
local w = leaf({-0.7, -0.48, -0.48, -0.35, -0.46, -0.78}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:tanh()
c:zero_()
c:tanh_()
v1 = x:transpose(1, 2)
v2 = y:unsqueeze(1)
v3 = v0:expand(2, 2, 3)
y:mul_(w)
v0:zero_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 20, [[
local x = leaf({-0.48, 0.27, 0.81, 0.74, 0.15, -0.66}, 3, 2)
local w = leaf({-0.18, 0.99, -0.79, -0.36, 0.9, -0.1}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
c:zero_()
v1 = c:select(1, 1)
v2 = y:sin()
v3 = v2:expand(2, 3, 2)
v4 = v2:sin()
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum(), x, w]], 3.78939451, {4.54797969, 4.85508359, 3.75799373, 3.95387423, 4.95508431, 4.15996893}, {0, 0, 0, 0, 0, 0} },
{ 21, [[
local x = leaf({-0.16, -0.16, -0.44, 0.69, 0.98, -0.05}, 3, 2)
local w = leaf({0.93, -0.63, 0.06, 0.58, -0.97, 0.87}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = x:reshape(-1)
v2 = c:expand(2, 3, 2)
v3 = c:select(1, 3)
v4 = v2:transpose(3, 2)
v5 = v2:tanh()
v6 = v4:select(3, 3)
v7 = v5:detach()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v3 * 6):sum(), x, w]], 40.18, {5, 5, 5, 5, 5, 5}, {7, 7, 7, 7, 7, 7} },
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
y[1] = 2.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v5 * 6):sum(), x, w]], 97.4499499, {7.60545137, 7.29300005, 14.8541755, 12.4591235, 22.7768184, 15.6913811}, {2, 2, 2, 2, 2, 2} },
{ 23, [[
local x = leaf({0.78, -0.83, 0.18, -0.15, 0.06, -0.74, -0.62, -0.11}, 2, 4)
local w = leaf({-0.56, -0.09, -0.95, -0.83, 0.42, -0.16, 0.03, 0.47}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:expand(2, 2, 4)
v1 = c + c
y[1] = 0.5
v2 = v0:narrow(3, 3, 1)
v3 = v0:exp()
v4 = c:transpose(1, 2)
lun.no_grad(function() y:copy_(x) end)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 101.004463, {41.5406117, 17.10469, 39.7610431, 23.0499117, 29.8657117, 21.6795948, 34.5312221, 27.5416779}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 24, [[
local x = leaf({0.68, -0.63, 1.0, -0.61, 0.34, -0.82, 0.52, -0.7, 0.41, 0.45, 0.53, -0.12}, 4, 3)
local w = leaf({0.73, 0.98, -0.77, 0.03, 0.92, 0.48, -0.11, -0.39, 0.91, -0.83, 0.52, 0.69}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x * 2.0
v1 = x:tanh()
v2 = v1:tanh()
v3 = c:expand(2, 4, 3)
y:exp_()
v0:copy_(c)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v3 * 7):sum(), x, w]], 338.900305, {12.7961398, 7.26183355, 14.3929734, 7.39695768, 11.9763417, 6.0274106, 12.3589268, 6.79477876, 12.121805, 12.2052561, 12.3821604, 10.4621045}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 25, [[
local x = leaf({0.54, 0.69, -0.97, 0.86, -0.39, -0.05, 0.72, 0.51, -0.93, 0.13, -0.81, 0.72}, 4, 3)
local w = leaf({0.15, 0.46, -0.61, 0.93, 0.89, -0.37, 0.84, 0.1, 0.03, 0.05, 0.77, 0.67}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c[4] = 2.0 end)
v0 = x:unsqueeze(1)
v1 = y:reshape(-1)
lun.no_grad(function() y:mul_(c) end)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum(), x, w]], 6.2, {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 26, [[
local x = leaf({0.32, -0.14, 0.09, -0.74, 0.9, -0.05}, 3, 2)
local w = leaf({0.46, 0.25, -0.66, -0.14, -0.52, 0.5}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:select(2, 2)
v1 = v0 * v0
v2 = v1:slice(1, 1, -1, 2)
v0:exp_()
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 27, [[
local x = leaf({0.4, 0.91, -0.61, -0.87, 0.65, -0.33, -0.26, 0.63, -0.63, 0.82, -0.02, -0.86}, 4, 3)
local w = leaf({0.84, 0.15, -0.84, 0.68, 0.55, 0.48, 0.32, 0.99, -0.98, 0.95, 0.29, -0.49}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:add_(w)
v0 = x:reshape(-1)
v1 = v0:unsqueeze(1)
lun.no_grad(function() y:exp_() end)
v2 = v1:unsqueeze(1)
v3 = y:exp()
v4 = v3:unsqueeze(1)
v3:fill_(3.0)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 71.4640863, {13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 28, [[
local x = leaf({0.48, 0.09, 0.42, -0.55, 0.28, 0.53}, 2, 3)
local w = leaf({-0.58, -0.71, -0.67, 0.91, 0.21, -0.6}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:slice(1, 1, -1, 2)
v1 = v0:narrow(1, 1, 1)
v2 = c:narrow(1, 2, 1)
c:tanh_()
y:sin_()
v3 = v2:tanh()
v4 = y:transpose(2, 1)
v5 = w:sin()
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum() + (v5 * 6):sum(), x, w]], 11.5192353, {9.86994923, 10.9595273, 10.1308894, 5.26262261, 5.80527719, 5.31403535}, {5.0187759, 4.55017126, 4.70293, 3.6824745, 5.86818549, 4.95201369} },
{ 29, [[
local x = leaf({-0.31, 0.69, -0.42, 0.02, -0.31, -0.17}, 2, 3)
local w = leaf({0.95, -0.79, -0.11, -0.55, -0.3, 1.0}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:zero_()
v0 = y:narrow(2, 3, 1)
v1 = c:clone()
v2 = x:unbind(1)[1]
v3 = v2 + v2
v4 = x:reshape(-1)
v5 = v1:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], -3.66, {21, 21, 21, 7, 7, 7}, {2, 2, 2, 2, 2, 2} },
{ 30, [[
local x = leaf({0.22, 0.24, 0.65, 0.95, -0.9, -0.25, -0.73, -0.84}, 2, 4)
local w = leaf({-0.98, 0.04, 0.86, -0.95, 1.0, 0.82, 0.63, 0.06}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:clone()
c:zero_()
v1 = c:reshape(-1)
v0:mul_(0.5)
v2 = y:transpose(2, 2)
v3 = v2:narrow(2, 2, 1)
v2:fill_(3.0)
lun.no_grad(function() v0:exp_() end)
v4 = v3:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 211.728753, {3, 3, 3, 3, 3, 3, 3, 3}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 31, [[
local x = leaf({-0.06, 0.53, -0.72, -0.91, 0.9, 0.07}, 2, 3)
local w = leaf({0.42, -0.72, 0.96, -0.93, -0.88, -0.54}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:sin_()
v0 = w * w
v1 = c:expand(2, 2, 3)
v2 = v0:select(1, 2)
v3 = v2:exp()
v4 = v2 + v3
v5 = v4 + v4
v6 = v4:unsqueeze(1)
v7 = v6:tanh()
v8 = v3:reshape(-1)
v9 = v8:detach()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v4 * 5):sum() + (v5 * 6):sum() + (v7 * 7):sum(), x, w]], 202.980617, {4, 4, 4, 4, 4, 4}, {0, -0, 0, -106.979115, -95.2560548, -45.4530648} },
{ 32, [[
local x = leaf({0.85, -0.71, 0.4, -0.52, -0.95, -0.92}, 2, 3)
local w = leaf({-0.35, -0.34, -0.89, 0.38, 0.99, -0.06}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:copy_(w)
c:fill_(-1.5)
lun.no_grad(function() c:copy_(w) end)
y:mul_(w)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum(), x, w]], -9.18, {-0.4, -0.36, -2.56, 2.52, 4.96, 0.76}, {5.4, -0.84, 3.6, -0.08, -1.8, -1.68} },
{ 33, [[
local x = leaf({0.26, 0.63, -0.45, 0.3, 0.78, 0.82}, 3, 2)
local w = leaf({-0.63, 0.3, 0.23, 0.01, 0.93, 0.06}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * c
y:mul_(-1.5)
v1 = x * 0.5
y:mul_(w)
v2 = v1:sin()
v3 = lun.no_grad(function() return y:unbind(2)[1] end)
v4 = v2:transpose(2, 2)
v5 = y + v1
v6 = v4:slice(1, 1, -1, 2)
v2:fill_(3.0)
return (x * 1):sum() + (w * 2):sum() + (v2 * 3):sum(), x, w]], 58.14, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 34, [[
local x = leaf({0.17, 0.69, 0.8, 0.76, -0.27, 0.9, -0.15, -0.39}, 2, 4)
local w = leaf({-0.81, 0.02, -0.69, -0.45, 0.22, 0.55, 0.51, -0.83}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:exp()
v0:sin_()
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
y:copy_(w)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 58.63, {1, 1, 1, 1, 1, 1, 1, 1}, {6, 6, 6, 6, 6, 6, 6, 6} },
{ 36, [[
local x = leaf({-0.88, -0.96, 0.6, 0.82, -0.43, -0.84, 0.01, -0.65}, 2, 4)
local w = leaf({-0.46, 0.3, -0.27, -0.46, -0.84, -0.18, -0.02, -0.22}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:select(2, 2)
c:sin_()
v1 = y * 2.0
lun.no_grad(function() c:add_(w) end)
v2 = y:reshape(-1)
v3 = v1 + c
y:zero_()
v4 = v0 * v0
v5 = v2:expand(2, 8)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum(), x, w]], -12.745457, {23, 13.56, 23, 23, 23, 15.24, 23, 23}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 37, [[
local x = leaf({0.87, 0.33, 0.49, 0.27, -0.93, 0.97}, 2, 3)
local w = leaf({-0.12, 0.58, 0.97, -0.09, 0.59, 0.85}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:tanh_()
c:exp_()
v0 = lun.no_grad(function() return w:slice(1, 1, -1, 2) end)
v1 = w:narrow(1, 2, 1)
v2 = w * w
lun.no_grad(function() y:mul_(0.5) end)
v3 = c:select(2, 2)
v4 = v2:expand(2, 2, 3)
v5 = v2:reshape(-1)
v6 = v0:tanh()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v4 * 4):sum() + (v5 * 5):sum(), x, w]], 41.3752, {4, 4, 4, 4, 4, 4}, {-1.12, 17.08, 27.22, -0.34, 17.34, 24.1} },
{ 38, [[
local x = leaf({-0.14, 0.45, -0.87, 0.4, -0.25, 0.22, -0.66, -0.31, -0.47, -0.34, 0.45, -0.05}, 4, 3)
local w = leaf({0.93, 0.17, -0.55, 0.23, 0.06, -0.72, 0.05, -0.98, -0.25, 0.07, 0.37, 0.92}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:expand(2, 4, 3)
v1 = y:expand(2, 4, 3)
y:sin_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], -16.6804751, {11.892376, 10.9049181, 8.09309202, 11.1316709, 11.6580366, 11.7348719, 9.68991455, 11.4756693, 10.8072512, 11.3703013, 10.9049181, 11.9862529}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 39, [[
local x = leaf({-0.48, -0.95, -0.56, 0.46, -0.99, 0.6}, 3, 2)
local w = leaf({0.35, 0.42, 0.92, -0.95, 0.35, 0.69}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
y:mul_(2.0)
y:copy_(c)
y:fill_(3.0)
lun.no_grad(function() c:exp_() end)
y:add_(w)
v1 = c:unsqueeze(1)
c:zero_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 1.64, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 40, [[
local x = leaf({0.16, 0.05, -0.51, 0.33, 0.27, -0.59, 0.52, -0.45, 0.49, 0.64, 0.05, 0.47}, 4, 3)
local w = leaf({-0.88, -0.6, 0.41, 0.7, -0.89, 0.58, -0.37, -0.5, -0.35, 0.56, 0.36, 0.05}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = w:clone()
v0:sin_()
y:mul_(w)
v1 = w:transpose(1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum(), x, w]], 31.85, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6} },
{ 41, [[
local x = leaf({-0.34, 0.99, 0.8, -0.23, 0.79, -0.43, -0.45, 0.7, 0.53, -0.98, -0.5, 1.0}, 4, 3)
local w = leaf({-0.96, 0.9, 0.97, 0.96, -0.36, -0.48, 0.38, 0.17, -0.76, 0.18, -0.13, -0.44}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
v1 = lun.no_grad(function() return w:slice(1, 1, -1, 2) end)
lun.no_grad(function() x:tanh_() end)
lun.no_grad(function() c:exp_() end)
v2 = c:unsqueeze(1)
v3 = v1:split(1, 1)[2]
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 173.732152, {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 42, [[
local x = leaf({-0.95, -0.45, -0.55, 0.47, 0.35, 0.78}, 2, 3)
local w = leaf({-0.83, -0.16, -0.94, -0.56, 0.01, -0.95}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:zero_()
v0 = y * c
lun.no_grad(function() v0:mul_(w) end)
v1 = x:unsqueeze(1)
v2 = c:exp()
v3 = w:select(1, 2)
y:tanh_()
return (x * 1):sum() + (y * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum(), x, w]], -7.86984141, {4.90544207, 5.64400246, 5.49895904, 5.61596272, 5.77370299, 5.14794791}, {0, 0, 0, 4, 4, 4} },
{ 43, [[
local x = leaf({-0.43, 0.53, 0.92, -0.26, 0.4, -0.81}, 2, 3)
local w = leaf({0.2, 0.22, 0.03, 0.15, 0.25, 0.89}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:tanh_()
c:zero_()
c:exp_()
lun.no_grad(function() c[1] = 0.5 end)
y[2] = 3.0
v0 = x + w
c:copy_(x)
y:mul_(w)
v0:mul_(3.0)
v1 = w:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 44, [[
local x = leaf({0.04, 0.4, -0.77, -0.24, -0.42, -0.55, 0.14, -0.8, 0.55, 0.38, -0.39, 0.27}, 4, 3)
local w = leaf({0.18, 0.53, 0.34, -0.28, -0.32, -0.43, -0.68, 0.02, 0.18, -0.46, -0.37, 0.89}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:select(1, 2)
v1 = x:detach()
v2 = v1 * -1.5
v3 = w:narrow(2, 3, 1)
v2:add_(y)
v4 = v0:unsqueeze(1)
v5 = v1:select(1, 3)
return (x * 1):sum() + (v2 * 2):sum() + (v4 * 3):sum() + (v5 * 4):sum(), x, w]], -4.07, {3, 3, 3, 6, 6, 6, 3, 3, 3, 3, 3, 3}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 45, [[
local x = leaf({-0.16, -0.48, -0.39, -0.96, -0.03, -0.77, 0.62, 0.91}, 2, 4)
local w = leaf({0.71, 0.3, 0.8, -0.87, -0.46, 0.79, -0.69, 0.99}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = c:detach()
v2 = v1 * v1
c:sin_()
v1:copy_(w)
v3 = lun.no_grad(function() return y:unsqueeze(1) end)
v1:exp_()
v4 = y:narrow(2, 1, 2)
v5 = v3:unbind(3)[4]
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum(), x, w]], 76.6408321, {10, 10, 4, 4, 10, 10, 4, 4}, {14.1699563, 10.749294, 15.1277046, 6.09475775, 7.15641823, 15.0169821, 6.50788035, 17.4561724} },
{ 46, [[
local x = leaf({-0.2, 0.18, 0.72, -0.54, 0.03, 0.17}, 2, 3)
local w = leaf({0.89, -0.94, -0.86, -0.36, 0.65, 0.69}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:fill_(0.5)
v0 = x:slice(1, 1, -1, 2)
v1 = v0:tanh()
y:zero_()
v2 = c + w
c[2] = 0.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum(), x, w]], 18.65, {5, 5, 5, 1, 1, 1}, {7, 7, 7, 7, 7, 7} },
{ 47, [[
local x = leaf({-0.87, 0.11, 0.14, -0.49, -0.23, 0.23, 0.59, 0.32}, 2, 4)
local w = leaf({0.91, -1.0, 0.89, 0.58, 0.45, -0.98, 0.63, -0.37}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:select(1, 2)
v1 = v0 * v0
v2 = c:narrow(1, 1, 2)
v3 = w:slice(1, 1, -1, 2)
v4 = v0:reshape(-1)
v5 = v2 + v2
v6 = v2:expand(2, 2, 4)
v7 = v4:unsqueeze(1)
v8 = v6 * v6
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v6 * 8):sum() + (v7 * 9):sum() + (v8 * 10):sum(), x, w]], 442.3, {1, 1, 1, 1, 1, 1, 1, 1}, {8, 8, 8, 8, 2, 2, 2, 2} },
{ 48, [[
local x = leaf({-0.74, 0.42, -0.4, 0.88, -0.61, 0.52, -0.67, 0.93}, 2, 4)
local w = leaf({0.75, -0.78, 0.3, -0.56, 0.02, 0.7, -0.69, -0.57}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:mul_(w)
v0 = x:detach()
v0[2] = 2.0
y:mul_(3.0)
v0:add_(y)
return (x * 1):sum() + (w * 2):sum(), x, w]], 7.49, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 49, [[
local x = leaf({-0.31, 0.87, -0.35, 0.11, 0.62, 0.36}, 2, 3)
local w = leaf({0.52, -0.45, -0.09, -0.91, 0.09, -0.56}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
w:zero_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 50, [[
local x = leaf({0.71, -0.27, 0.78, 0.39, 0.53, -0.34, 0.08, -0.55, 0.11, 0.86, -0.31, -0.8}, 4, 3)
local w = leaf({-0.3, -0.56, -0.86, 0.73, 0.98, 0.79, -0.14, -0.82, 0.85, -0.87, 0.21, -0.33}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:chunk(2, 1)[2]
v1 = v0 + v0
c:fill_(3.0)
y:exp_()
v2 = v0:expand(2, 2, 3)
c:exp_()
v1:fill_(2.0)
v3 = c * x
v4 = lun.no_grad(function() return y:slice(1, 1, -1, 2) end)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v4 * 8):sum(), x, w]], 2941.19626, {141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758, 141.598758}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 51, [[
local x = leaf({0.68, 0.1, -0.51, 0.99, 0.67, -0.49}, 3, 2)
local w = leaf({0.73, 0.1, -0.07, 0.39, 0.05, -0.32}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:add_(w)
v0 = w:sin()
x:tanh_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 52, [[
local x = leaf({-0.89, 0.45, -0.03, 0.88, -0.19, 0.84, -0.68, 0.99}, 2, 4)
local w = leaf({-0.17, -0.63, -0.31, 0.26, -0.93, -0.23, -0.98, -0.86}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y[1] = 3.0
v0 = w + w
v1 = y * 2.0
v2 = v1:transpose(1, 1)
v3 = x:select(2, 2)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum(), x, w]], -29.43, {1, 1, 1, 1, 1, 1, 1, 1}, {8, 8, 8, 8, 8, 8, 8, 8} },
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
{ 55, [[
local x = leaf({0.98, -0.61, 1.0, -0.39, -0.84, -0.63}, 2, 3)
local w = leaf({-0.82, 0.83, 0.84, 0.73, -0.06, -0.23}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y * x
v1 = x:select(1, 2)
v2 = v1:select(1, 1)
v3 = c:expand(2, 2, 3)
v4 = y:split(1, 2)[3]
v5 = v4:narrow(1, 2, 1)
v6 = v0:tanh()
v7 = v5:narrow(1, 1, 1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v5 * 8):sum() + (v6 * 9):sum() + (v7 * 10):sum(), x, w]], 103.250563, {19.7036721, -10.4697893, 26.5595381, -0.980068738, -12.2523296, 14.2342522}, {2, 2, 2, 2, 2, 2} },
{ 56, [[
local x = leaf({-0.05, 0.05, 0.54, 0.98, -0.16, -0.54}, 2, 3)
local w = leaf({-0.25, -0.86, 0.29, 0.99, -0.59, 0.52}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = x:expand(2, 2, 3)
v2 = y:slice(1, 1, -1, 2)
v3 = w:reshape(-1)
v4 = y:transpose(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 26.74, {11, 11, 11, 5, 5, 5}, {14, 14, 14, 14, 14, 14} },
{ 57, [[
local x = leaf({-0.26, 0.21, -0.55, -0.36, -0.05, 0.97}, 2, 3)
local w = leaf({-0.13, 0.67, -0.24, 0.73, -0.67, 0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:tanh_()
v0 = y:expand(2, 2, 3)
v1 = v0 * 3.0
c:copy_(w)
v2 = v1:exp()
v3 = lun.no_grad(function() return v2:slice(1, 1, -1, 2) end)
v4 = y:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum(), x, w]], 172.384898, {19.8859247, 52.3561273, 11.7526125, 16.4320592, 30.5855456, 104.630177}, {2, 2, 2, 2, 2, 2} },
{ 58, [[
local x = leaf({-0.59, 0.28, 0.89, -0.92, -0.1, -0.29}, 3, 2)
local w = leaf({-0.42, 0.75, 0.93, 0.61, -0.16, 0.74}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:transpose(2, 2)
v1 = w:expand(2, 3, 2)
v2 = v0 * -1.5
c:exp_()
v2:fill_(0.5)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 36.58, {4, 4, 4, 4, 4, 4}, {10, 10, 10, 10, 10, 10} },
{ 59, [[
local x = leaf({-0.83, 0.3, -0.08, -0.73, -0.4, -0.95}, 3, 2)
local w = leaf({0.24, 0.85, -0.03, -0.03, 0.8, -0.4}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:mul_(x) end)
v0 = x:unsqueeze(1)
v1 = y:exp()
v1[1] = -1.5
v1:mul_(0.5)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 60, [[
local x = leaf({-0.43, -0.69, -0.54, -0.03, 0.77, 0.95, -0.92, 0.84}, 2, 4)
local w = leaf({-0.82, 0.72, -0.69, -0.91, 0.28, 0.8, -0.18, 0.45}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:exp()
v1 = v0:select(2, 1)
v2 = c:select(1, 1)
v0:copy_(y)
v3 = v1:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 61, [[
local x = leaf({-0.64, -0.57, 0.81, -0.41, 0.61, -0.94, -0.29, -0.87, -0.08, 0.95, -0.33, -0.99}, 4, 3)
local w = leaf({0.01, -0.82, -0.65, -0.95, 0.61, -0.74, -0.19, 0.81, 0.48, 0.69, -0.12, -0.36}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:select(1, 2)
v1 = lun.no_grad(function() return y:unbind(1)[1] end)
v2 = c:chunk(2, 1)[1]
v3 = v1:tanh()
v4 = y:expand(2, 4, 3)
v1:copy_(v3)
return x:sum(), x, w]], error = [==[A view was created in no_grad mode and is being modified inplace with grad mode enabled. G]==] },
{ 62, [[
local x = leaf({-0.87, 0.63, 0.78, -0.38, 0.34, -0.66}, 3, 2)
local w = leaf({-0.63, -0.98, -0.48, 0.27, 0.73, -0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = c:slice(1, 1, -1, 2)
v1 = c:select(2, 1)
v2 = x:select(1, 1)
v3 = v2:transpose(1, 1)
v4 = c:detach()
v5 = y:slice(1, 1, -1, 2)
v6 = w:narrow(1, 2, 2)
v4:sin_()
v7 = lun.no_grad(function() return v6:unbind(2)[2] end)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v7 * 7):sum(), x, w]], 63.6642121, {7.6758062, 13.5104423, 9.72588906, 3.73544564, 6.61979036, 3.06740534}, {2, 2, 2, 2, 2, 2} },
{ 63, [[
local x = leaf({-0.11, 0.86, -0.49, 0.32, -0.23, -0.84, 0.32, -0.42, 0.65, -0.39, 0.49, -0.88}, 4, 3)
local w = leaf({0.32, 0.88, -0.74, -0.53, 0.2, -0.94, -0.93, 0.81, 0.19, -0.67, 0.53, 0.11}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
lun.no_grad(function() v0:fill_(2.0) end)
v1 = c:narrow(1, 2, 3)
v2 = y:transpose(1, 1)
v3 = y:tanh()
v4 = v2:slice(1, 1, -1, 2)
v5 = v2:unsqueeze(1)
v6 = v0:narrow(1, 4, 1)
v7 = v5:chunk(2, 2)[1]
v3:copy_(v0)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum() + (v6 * 8):sum() + (v7 * 9):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 64, [[
local x = leaf({-0.75, 0.23, 0.07, 0.37, -0.59, -0.46, 0.83, 0.27, 0.53, 0.4, 0.56, 0.95}, 4, 3)
local w = leaf({-0.84, -0.17, -0.6, -0.95, -0.19, 0.82, 0.86, -0.65, 0.17, 0.9, -0.47, 0.08}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(1, 4, 1)
c:sin_()
v1 = w + x
v2 = v1:select(1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 39.1129555, {6, 6, 6, 12, 12, 12, 6, 6, 6, 10, 10, 10}, {7, 7, 7, 13, 13, 13, 7, 7, 7, 7, 7, 7} },
{ 65, [[
local x = leaf({-0.42, 0.03, -0.56, -0.08, -0.11, 0.85, 0.65, -0.13, -0.55, 0.77, -0.07, -0.61}, 4, 3)
local w = leaf({-0.05, 0.39, -0.49, -0.68, 0.47, -0.73, 0.37, -0.75, 0.38, -0.26, 0.3, 0.24}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() w:zero_() end)
c:add_(w)
y:zero_()
v0 = w + w
v1 = y + y
v1:copy_(w)
v2 = v0 + v1
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 23.77, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10} },
{ 66, [[
local x = leaf({-0.38, 0.85, 0.57, -0.41, 0.96, 0.57}, 2, 3)
local w = leaf({-0.81, 0.73, 0.69, -0.63, 0.05, 0.83}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y + y
v0[2] = -1.5
v1 = x:clone()
v2 = y:unsqueeze(1)
c:fill_(3.0)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 18.66, {18, 18, 18, 12, 12, 12}, {0, 0, 0, 0, 0, 0} },
{ 67, [[
local x = leaf({-0.77, -0.18, -0.06, -0.47, 0.19, -0.02}, 2, 3)
local w = leaf({-0.44, 0.78, 0.29, 0.33, -0.42, -0.68}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unbind(1)[1]
v1 = lun.no_grad(function() return v0:transpose(1, 1) end)
v2 = w:reshape(-1)
v3 = c:tanh()
v4 = c:transpose(1, 1)
return (x * 1):sum() + (c * 2):sum() + (v2 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum(), x, w]], 58.5482597, {1, 1, 1, 1, 1, 1}, {3, 3, 3, 3, 3, 3} },
{ 68, [[
local x = leaf({0.88, 0.49, 0.82, -0.78, 0.16, -0.14, -0.47, 0.72, -0.34, 0.95, -0.28, 0.11}, 4, 3)
local w = leaf({0.55, 0.56, -0.92, 0.47, -0.79, -0.32, -0.81, 0.21, -0.61, -0.62, 0.06, -0.15}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:mul_(w) end)
c:zero_()
v0 = y:expand(2, 4, 3)
v1 = c:narrow(1, 4, 1)
v2 = x:select(2, 3)
v3 = y:unsqueeze(1)
v4 = v2:slice(1, 1, -1, 2)
v5 = v2 + v2
v6 = v1:clone()
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum() + (v6 * 5):sum(), x, w]], 27.56, {13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
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
v5 = v0:split(1, 1)[1]
y:fill_(2.0)
v6 = v2:select(1, 1)
v2[1] = 2.0
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 70, [[
local x = leaf({-0.41, -0.08, -0.73, 0.99, -0.69, 0.35}, 2, 3)
local w = leaf({0.2, 0.43, -0.18, -0.24, -0.2, -0.85}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:tanh()
v1 = w:tanh()
v2 = v0:unsqueeze(1)
v3 = v0:unsqueeze(1)
v0:zero_()
v4 = c * x
v5 = y:unsqueeze(1)
v6 = v2:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v2 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 71, [[
local x = leaf({0.02, 0.6, -0.47, -0.69, 0.51, -0.6, -0.83, 0.02}, 2, 4)
local w = leaf({0.19, 0.01, 0.63, 0.05, 0.86, -0.09, -0.74, 0.29}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:detach()
c:exp_()
x:tanh_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 72, [[
local x = leaf({0.56, 0.48, -0.63, 0.4, 0.24, -0.39}, 2, 3)
local w = leaf({0.44, 0.97, -0.74, 0.98, 0.39, -0.53}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:reshape(-1)
v1 = x:reshape(-1)
v2 = c:detach()
v2:mul_(-1.5)
v3 = c:transpose(2, 1)
y:fill_(2.0)
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum(), x, w]], -27.79, {1, 1, 1, 1, 1, 1}, {5, 5, 5, 5, 5, 5} },
{ 73, [[
local x = leaf({-0.76, -0.04, -0.63, -0.4, -0.85, -0.19, 0.0, -0.1}, 2, 4)
local w = leaf({-0.96, -0.18, 0.71, -0.17, 0.12, -0.0, 0.98, -0.64}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w * c
v2 = v0:unsqueeze(1)
v3 = c:transpose(1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], 67.49, {1, 1, 1, 1, 1, 1, 1, 1}, {7, 7, 7, 7, 7, 7, 7, 7} },
{ 74, [[
local x = leaf({-0.36, 0.6, -0.64, 0.71, -0.57, -0.76}, 2, 3)
local w = leaf({0.6, 0.05, -0.44, -0.66, -0.44, 0.25}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:unbind(1)[2]
c:mul_(0.5)
v1 = v0:split(1, 1)[1]
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], -8.76, {4, 4, 4, 4, 4, 4}, {2, 2, 2, 6, 6, 6} },
{ 75, [[
local x = leaf({0.17, -0.09, 0.46, 0.03, 0.7, 0.85, 0.82, 0.36, 0.69, 0.64, -0.8, 0.38}, 4, 3)
local w = leaf({0.85, 0.51, -0.45, 0.44, 0.33, 0.21, -0.03, -0.18, -0.24, 0.08, 0.37, 0.85}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:expand(2, 4, 3)
v1 = v0:unsqueeze(1)
v2 = x:exp()
v3 = w:exp()
v3:fill_(0.5)
v2:copy_(c)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v3 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 77, [[
local x = leaf({-0.35, -0.52, 0.65, -0.77, -0.05, 0.12, 0.22, -0.71}, 2, 4)
local w = leaf({0.26, 0.0, 0.7, -0.94, 0.91, -0.65, 0.63, 0.01}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:narrow(2, 2, 1)
v1 = w:transpose(1, 1)
v2 = x:transpose(1, 1)
v3 = v1:clone()
lun.no_grad(function() v1:mul_(3.0) end)
v4 = v2:transpose(1, 2)
v5 = v3:transpose(2, 2)
v1:add_(y)
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 78, [[
local x = leaf({-0.81, 0.85, 0.46, -0.49, -0.15, -0.93}, 3, 2)
local w = leaf({-0.71, 0.3, 0.54, -0.62, 0.39, -0.24}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:chunk(2, 1)[2]
v1 = x:sin()
lun.no_grad(function() y:exp_() end)
v1:copy_(w)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 15.599401, {4, 4, 4, 4, 4, 4}, {6, 6, 6, 6, 6, 6} },
{ 79, [[
local x = leaf({-0.12, 0.19, -0.52, 0.45, -0.01, -0.87}, 3, 2)
local w = leaf({-0.94, -0.78, 0.45, 0.43, -0.65, -0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:mul_(c)
lun.no_grad(function() y:add_(c) end)
c:exp_()
v0 = x:slice(1, 1, -1, 2)
c:sin_()
v1 = w * c
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 80, [[
local x = leaf({-0.21, 0.8, 0.73, -0.16, -0.27, -0.2, -0.95, 0.52}, 2, 4)
local w = leaf({0.9, -0.23, -0.56, 0.24, -0.22, -0.66, 0.06, -0.97}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:mul_(w)
v0 = w:narrow(2, 1, 3)
y:zero_()
v1 = x:narrow(2, 4, 1)
y:sin_()
v2 = x:expand(2, 2, 4)
v3 = y:sin()
v4 = c * 0.5
return (x * 1):sum() + (w * 2):sum() + (v3 * 3):sum(), x, w]], -2.62, {1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 81, [[
local x = leaf({-0.32, 0.06, -0.04, -0.97, -0.7, 0.35, 0.69, -1.0, -0.37, 0.44, -0.56, 0.37}, 4, 3)
local w = leaf({0.21, -0.58, 0.5, 0.75, 0.12, -0.64, 0.72, 0.44, -0.63, 0.78, 0.54, 0.3}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unbind(2)[2]
v1 = x:exp()
v2 = w:select(1, 1)
v3 = c:reshape(-1)
v1:copy_(x)
c:sin_()
v4 = x:detach()
v5 = v2:split(1, 1)[3]
v6 = v1:select(2, 1)
v7 = v2 * 2.0
v1:exp_()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum() + (v6 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 82, [[
local x = leaf({0.54, 0.97, -0.42, 0.65, -0.64, -0.67}, 3, 2)
local w = leaf({-0.48, 0.53, -0.93, -0.06, 0.68, -0.6}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:transpose(1, 2)
v1 = w:narrow(1, 3, 1)
v2 = v1 * 2.0
v3 = v2:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 25.36, {4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 19, 19} },
{ 83, [[
local x = leaf({0.69, -0.08, -0.74, -0.93, 0.9, -0.58, -0.65, -0.83, 0.95, -0.18, -0.29, 0.12}, 4, 3)
local w = leaf({-0.6, 0.57, 0.41, 0.86, 0.64, 0.93, -0.91, -0.94, 0.93, -0.07, -0.23, 0.45}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y[2] = 3.0
v0 = w:tanh()
y:add_(x)
y[2] = 3.0
c:mul_(3.0)
v1 = y:transpose(2, 2)
v2 = lun.no_grad(function() return v1:expand(2, 4, 3) end)
y:exp_()
c[2] = 2.0
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], 671.324494, {64.598426, 14.6343006, 4.64220301, 1, 1, 1, 5.36050869, 4.04222368, 107.974311, 12.1628212, 9.95837387, 21.3399864}, {2.84631105, 2.93761926, 3.39635591, 2.06090101, 2.72355398, 1.86493024, 1.91987309, 1.83779296, 1.86493024, 3.98046385, 3.79564474, 3.28800492} },
{ 84, [[
local x = leaf({0.83, -0.93, -0.99, 0.99, -0.36, -0.61, -0.0, 0.1}, 2, 4)
local w = leaf({0.48, 0.22, 0.09, 0.51, -0.48, -0.07, 0.78, 0.45}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = lun.no_grad(function() return y:reshape(-1) end)
v1 = c:reshape(-1)
v2 = w:unsqueeze(1)
v3 = x:transpose(1, 1)
v1:add_(v0)
v4 = y:sin()
y:add_(w)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v3 * 4):sum(), x, w]], 2.14, {8, 8, 8, 8, 8, 8, 8, 8}, {5, 5, 5, 5, 5, 5, 5, 5} },
{ 85, [[
local x = leaf({0.4, 0.64, -0.36, 0.89, -0.55, 0.55}, 3, 2)
local w = leaf({0.69, -0.31, -0.56, -0.25, 0.7, 0.07}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:sin_()
v0 = x:expand(2, 3, 2)
v1 = x:expand(2, 3, 2)
v2 = x:narrow(2, 1, 1)
v3 = v1:narrow(1, 2, 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum(), x, w]], 52.5676518, {35, 29, 35, 29, 35, 29}, {0, 0, 0, 0, 0, 0} },
{ 86, [[
local x = leaf({0.11, 0.98, 0.49, 0.54, 0.42, 0.48}, 2, 3)
local w = leaf({-0.39, 0.44, -0.24, 0.77, 0.01, 0.98}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:mul_(w)
v0 = y:transpose(2, 2)
c:copy_(w)
c:mul_(3.0)
v1 = x:transpose(1, 1)
y:copy_(x)
v1:mul_(-1.5)
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 87, [[
local x = leaf({0.48, 0.75, 0.63, -0.8, 0.51, 0.29}, 3, 2)
local w = leaf({0.41, 0.76, 0.82, 0.79, -0.97, -0.23}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:mul_(2.0)
y:copy_(w)
c:mul_(0.5)
v0 = x:exp()
v0:zero_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 88, [[
local x = leaf({0.95, -0.33, -0.63, -0.97, 0.54, -0.98, -0.32, -0.07, -0.55, 0.9, 0.38, 0.2}, 4, 3)
local w = leaf({-0.12, -0.35, -0.13, -0.39, -0.76, 0.65, -0.33, -0.69, 0.89, -0.11, -0.6, -0.65}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
c:zero_()
v1 = x:unsqueeze(1)
v2 = w:tanh()
return (x * 1):sum() + (w * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -24.4661485, {8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8}, {6.9286856, 6.43425747, 6.916443, 6.31045791, 4.94510165, 5.36596725, 6.49272257, 5.21208764, 4.46959479, 6.93998471, 5.55788881, 5.36596725} },
{ 89, [[
local x = leaf({0.54, 0.41, -0.48, -0.31, -0.87, 0.69}, 2, 3)
local w = leaf({-0.33, -0.58, 0.39, -0.33, 0.14, -0.66}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
v1 = y:narrow(2, 1, 1)
v2 = w:unsqueeze(1)
v3 = v2:sin()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v2 * 4):sum(), x, w]], -8.3, {4, 4, 4, 4, 4, 4}, {6, 6, 6, 6, 6, 6} },
{ 90, [[
local x = leaf({0.43, -0.04, 0.15, -0.38, 0.77, 0.61}, 3, 2)
local w = leaf({0.15, 0.94, -0.39, -0.02, -0.26, 0.09}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
c:mul_(w)
v1 = x:expand(2, 3, 2)
c[1] = 0.5
v2 = y * 0.5
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum(), x, w]], 36.16, {22, 22, 22, 22, 22, 22}, {2, 2, 5, 5, 5, 5} },
{ 91, [[
local x = leaf({0.18, 0.94, 0.36, -0.2, -0.08, 0.56}, 2, 3)
local w = leaf({-0.12, -0.08, -0.49, -0.62, 0.68, 0.6}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
y:add_(w)
v1 = v0 * v0
y:zero_()
v2 = v0:tanh()
v1:sin_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 42.123406, {12.6087785, 13.7197896, 13.8547728, 8.76785768, 10.1617796, 14.778637}, {2, 2, 2, 2, 2, 2} },
{ 92, [[
local x = leaf({0.03, 0.1, 0.58, -0.47, 0.61, 0.75, 0.52, -0.81, 0.05, -0.68, 0.66, -0.84}, 4, 3)
local w = leaf({0.34, -0.32, -0.91, -0.95, 0.77, 0.6, 0.73, -0.68, 0.23, 0.45, -0.03, 0.35}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:unsqueeze(1)
v1 = c:sin()
v2 = w:reshape(-1)
v3 = v2:detach()
v4 = v0:slice(1, 1, -1, 2)
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v3 * 5):sum(), x, w]], 8.46, {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7} },
{ 93, [[
local x = leaf({0.84, 0.45, 0.77, -0.82, -0.7, -0.22, 0.58, 0.16, 0.24, 0.8, 0.36, 0.67}, 4, 3)
local w = leaf({-0.2, -0.75, -0.86, 0.87, -0.59, -0.55, 0.31, -0.04, 0.18, 0.19, -0.32, 0.79}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:unsqueeze(1)
v1 = c:select(1, 4)
v2 = v1:transpose(1, 1)
v3 = c:expand(2, 4, 3)
v4 = c:unsqueeze(1)
v5 = v3:narrow(3, 1, 2)
v6 = v3 * v3
v6:zero_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], 64.19, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 94, [[
local x = leaf({-0.75, -0.44, -0.14, -0.97, -0.0, 0.9}, 3, 2)
local w = leaf({-0.14, 0.67, 0.92, -0.96, -0.97, -0.13}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:sin()
v1 = c:narrow(1, 2, 2)
v2 = x:tanh()
v3 = c * 3.0
v3:add_(w)
v4 = lun.no_grad(function() return y:expand(2, 3, 2) end)
v5 = v3:expand(2, 3, 2)
v6 = v1:split(1, 1)[1]
v2:zero_()
v7 = v5 * -1.5
v7:add_(v5)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v3 * 5):sum() + (v6 * 6):sum() + (v7 * 7):sum(), x, w]], -13, {5, 5, 5, 5, 5, 5}, {0, 0, 0, 0, 0, 0} },
{ 95, [[
local x = leaf({0.89, -0.94, 0.61, 0.2, 0.26, 0.61}, 3, 2)
local w = leaf({-0.91, 0.44, 0.22, 0.26, -0.78, -0.44}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:clone()
c:mul_(0.5)
c:mul_(y)
v1 = y:transpose(1, 2)
v2 = v0 + w
v3 = c:reshape(-1)
v0:sin_()
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], 13.0701081, {12, 12, 12, 12, 12, 12}, {4.454983, 5.61900665, 5.9035898, 5.86555991, 4.84365415, 5.61900665} },
{ 96, [[
local x = leaf({-0.37, 0.35, 0.85, -0.81, -0.32, -0.91, 0.77, -0.67}, 2, 4)
local w = leaf({0.29, -0.83, 0.99, -0.29, -0.74, 0.62, 0.69, -0.04}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = w:exp()
v1 = w:exp()
v1:copy_(v0)
lun.no_grad(function() v0:mul_(y) end)
w:sin_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 97, [[
local x = leaf({-0.14, 0.99, 0.83, 0.63, -0.9, -0.96}, 3, 2)
local w = leaf({0.55, -0.97, 0.49, -0.46, -0.95, 0.27}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:expand(2, 3, 2)
v1 = v0:unsqueeze(1)
v2 = w:expand(2, 3, 2)
v3 = v1 * v1
v4 = v2:transpose(1, 3)
v5 = v2:unsqueeze(1)
v6 = y:exp()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum() + (v4 * 9):sum() + (v6 * 10):sum(), x, w]], 88.2678457, {13.6935824, 31.9123447, 27.9331874, 23.7761058, 9.0656966, 8.82892886}, {73.6, 24.96, 71.68, 41.28, 25.6, 64.64} },
{ 98, [[
local x = leaf({0.15, -0.91, -0.16, 0.94, -0.44, 0.63, 0.11, 0.58}, 2, 4)
local w = leaf({0.82, -0.2, 0.31, 0.61, 0.52, -0.99, 0.56, 0.78}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:sin()
c:exp_()
c:mul_(2.0)
c:zero_()
v1 = v0:tanh()
v2 = y:detach()
v3 = w:detach()
v4 = v2:select(2, 1)
v2:fill_(-1.5)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v4 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 99, [[
local x = leaf({-0.24, 0.2, -0.54, -0.73, -0.83, 0.46, 0.06, 0.4, -0.82, 0.25, -0.6, 0.44}, 4, 3)
local w = leaf({0.18, 0.59, 0.58, 0.64, 0.72, -0.57, -0.08, -0.64, 0.13, -0.83, 0.43, 0.35}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c[2] = 3.0
v0 = w:expand(2, 4, 3)
lun.no_grad(function() c:tanh_() end)
y:sin_()
return (x * 1):sum() + (y * 2):sum(), x, w]], -5.32416943, {2.94267595, 2.96013316, 2.71541736, 2.4903488, 2.34975152, 2.792105, 2.99640108, 2.84212199, 2.36444241, 2.93782484, 2.65067123, 2.80950333}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 100, [[
local x = leaf({-0.08, 0.9, -0.65, -0.21, -0.3, 0.01}, 3, 2)
local w = leaf({-0.78, -0.76, 0.47, -0.47, 0.32, 0.3}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w:clone()
v2 = v1:reshape(-1)
v3 = v0:expand(2, 3, 2)
v4 = v2:reshape(-1)
v1:tanh_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v2 * 5):sum(), x, w]], 11.0451793, {5, 5, 5, 5, 5, 5}, {4.86986978, 4.94510165, 6.0399068, 6.0399068, 6.52102733, 6.57568481} },
{ 101, [[
local x = leaf({0.82, 0.08, -0.28, -0.9, 0.01, 0.2}, 3, 2)
local w = leaf({0.84, -0.03, 0.57, -0.34, -0.12, -0.49}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:slice(1, 1, -1, 2)
c:tanh_()
v1 = lun.no_grad(function() return y:transpose(1, 1) end)
v2 = c:sin()
v3 = y:expand(2, 3, 2)
v4 = v3 * v3
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 13.8686948, {5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2} },
{ 102, [[
local x = leaf({0.35, -0.28, 0.11, 0.32, -0.64, -0.41}, 3, 2)
local w = leaf({-0.14, 0.16, 0.45, 0.09, 0.49, 0.77}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
c:exp_()
c:sin_()
c:zero_()
y:exp_()
c:mul_(w)
v0 = y:chunk(2, 1)[2]
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 21.7913701, {5.25720265, 3.26735122, 4.34883421, 5.13138329, 4.69104697, 5.64555175}, {0, 0, 0, 0, 0, 0} },
{ 103, [[
local x = leaf({0.87, 0.39, 0.64, 0.38, 0.82, 0.48, 0.31, -0.08, -0.32, 0.35, -0.02, -0.74}, 4, 3)
local w = leaf({0.17, 0.95, -0.91, 0.92, 0.38, 0.21, -0.41, 0.49, 0.72, 0.16, 0.35, -0.55}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:transpose(2, 2)
v1 = v0:transpose(1, 2)
v2 = w:narrow(1, 4, 1)
v3 = v1:unsqueeze(1)
c[4] = 2.0
c:mul_(0.5)
y:fill_(2.0)
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v3 * 4):sum(), x, w]], 35.44, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7} },
{ 104, [[
local x = leaf({0.74, 0.46, -0.54, -0.34, 0.43, 0.61}, 2, 3)
local w = leaf({-0.97, -0.67, 0.79, -0.76, 0.31, -0.34}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:expand(2, 2, 3)
c[1] = 2.0
v1 = c:slice(1, 1, -1, 2)
v2 = v0:tanh()
return (x * 1):sum() + (w * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum(), x, w]], 25.5856994, {5.83341093, 7.52022057, 7.05570292, 8.14206845, 7.68571709, 6.6314056}, {2, 2, 2, 2, 2, 2} },
{ 105, [[
local x = leaf({0.16, -0.78, -1.0, 0.05, 0.14, -0.41, 0.7, -0.67}, 2, 4)
local w = leaf({0.78, -0.8, -0.21, 0.86, 0.69, 0.23, 0.66, -0.01}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:slice(1, 1, -1, 2)
v1 = w:clone()
c[2] = 0.5
v2 = y:reshape(-1)
v3 = c:split(1, 2)[2]
v4 = v3:narrow(2, 1, 1)
y:mul_(w)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v3 * 5):sum(), x, w]], 38.1084, {3.34, -1.4, 0.37, 3.58, 3.07, 1.69, 2.98, 0.97}, {0.48, -2.34, -3, 0.15, 0.42, -1.23, 2.1, -2.01} },
{ 106, [[
local x = leaf({-0.97, 0.88, 0.64, -0.89, 0.61, 0.61, -0.62, 0.94, -0.27, -0.1, 0.31, 0.38}, 4, 3)
local w = leaf({0.49, -0.44, -0.03, -0.73, -0.45, -0.02, -0.85, -0.3, 0.63, -0.64, -0.13, -0.93}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:narrow(2, 2, 2)
c:copy_(w)
v1 = c:transpose(2, 1)
x:exp_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 107, [[
local x = leaf({0.24, 0.53, 0.45, -0.15, 0.53, 0.91}, 3, 2)
local w = leaf({-0.15, 0.09, -0.75, -0.41, -0.93, 0.32}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:detach()
v1 = w:select(1, 2)
v2 = c:exp()
c:sin_()
lun.no_grad(function() y:copy_(w) end)
v2:sin_()
v0:tanh_()
return (x * 1):sum() + (v0 * 2):sum() + (v1 * 3):sum(), x, w]], -3.56853661, {1, 1, 1, 1, 1, 1}, {0, 0, 3, 3, 0, 0} },
{ 108, [[
local x = leaf({0.43, -0.83, 0.32, 0.46, -0.24, 0.94}, 3, 2)
local w = leaf({-0.4, -0.64, 0.42, -0.36, -0.78, -0.83}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:reshape(-1)
v1 = c:select(1, 3)
v2 = y:sin()
v3 = v1:select(1, 2)
v4 = v3:expand(2)
y:fill_(-1.5)
v5 = v4 * v4
v5:mul_(v4)
v5:fill_(2.0)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v4 * 6):sum(), x, w]], -0.1, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 109, [[
local x = leaf({-0.54, -0.1, -0.88, -0.54, -0.0, -0.4, 0.83, -0.84}, 2, 4)
local w = leaf({-0.53, 0.01, -0.14, 0.33, 0.82, -0.38, 0.46, 0.76}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = x:select(1, 1)
y:tanh_()
v1 = c:transpose(1, 1)
v2 = v0 * v0
y:mul_(-1.5)
v2:mul_(v0)
v3 = y:slice(1, 1, -1, 2)
v4 = v0:tanh()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 110, [[
local x = leaf({0.59, 0.2, -0.18, 0.43, 0.28, 0.38, 0.09, 0.0, 0.49, -0.77, 0.03, -0.84}, 4, 3)
local w = leaf({-0.12, -0.97, 0.78, 0.9, 0.59, -0.54, -0.42, -0.27, -0.78, -0.19, 0.12, 0.75}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:expand(2, 4, 3)
v1 = y:select(1, 3)
v2 = c:reshape(-1)
v3 = v0:transpose(3, 2)
v4 = v1 * v1
v5 = y:sin()
v6 = v1:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v5 * 8):sum() + (v6 * 9):sum(), x, w]], 145.218954, {21.6475254, 22.8405326, 22.8707495, 22.271726, 22.6884435, 22.4293171, 37.9676219, 38, 37.0586629, 20.7432854, 22.9964003, 20.3397026}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 111, [[
local x = leaf({0.84, -0.37, -0.61, -0.17, 0.62, 0.26}, 3, 2)
local w = leaf({0.4, 0.12, -0.63, -0.07, 0.64, 0.43}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:reshape(-1)
v1 = y:unbind(1)[1]
v2 = w:clone()
v3 = c:expand(2, 3, 2)
lun.no_grad(function() v2:copy_(w) end)
v4 = w:unsqueeze(1)
v5 = v0:clone()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum(), x, w]], 90.07, {4, 4, 4, 4, 4, 4}, {11, 11, 11, 11, 11, 11} },
{ 112, [[
local x = leaf({0.67, 0.16, -0.4, -0.07, -0.16, 0.33, -0.28, 0.05, -0.95, 0.19, -0.53, -0.09}, 4, 3)
local w = leaf({-0.47, -0.61, 0.47, 0.35, 0.38, 0.49, 0.04, -0.18, -0.2, -0.96, -0.86, -0.55}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:select(2, 3)
c:tanh_()
v1 = x:expand(2, 4, 3)
v2 = v1:slice(1, 1, -1, 2)
v3 = y + w
v4 = c:chunk(2, 2)[1]
v5 = v3:detach()
v3:mul_(0.5)
return (x * 1):sum() + (v0 * 2):sum(), x, w]], -3.3, {1, 1, 3, 1, 1, 3, 1, 1, 3, 1, 1, 3}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 113, [[
local x = leaf({0.31, 0.62, -0.45, -0.04, -0.3, -0.13}, 2, 3)
local w = leaf({-0.94, -0.86, -0.75, -0.4, 0.9, -0.39}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:fill_(-1.5)
v0 = c:select(1, 1)
y:fill_(-1.5)
c:mul_(w)
c:sin_()
v1 = w:select(2, 2)
v2 = v1:clone()
v1:zero_()
return x:sum(), x, w]], error = [==[a view of a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 114, [[
local x = leaf({0.13, -0.33, 0.93, 0.25, -0.9, 0.04}, 3, 2)
local w = leaf({0.06, 0.03, 0.16, 0.08, 0.57, -0.26}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:narrow(2, 2, 1)
v1 = w:slice(1, 1, -1, 2)
v2 = w:narrow(2, 1, 1)
lun.no_grad(function() v0:copy_(v2) end)
v3 = w:transpose(2, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 29.3, {1, 5, 1, 5, 1, 5}, {13, 7, 8, 2, 13, 7} },
{ 115, [[
local x = leaf({-0.61, -0.77, -0.78, 0.51, 0.72, 0.98, 0.36, 0.28}, 2, 4)
local w = leaf({0.37, -0.03, 0.09, -0.71, -0.92, 0.74, 0.6, 0.93}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:expand(2, 2, 4)
v1 = v0:select(3, 3)
v2 = v0:exp()
v3 = v1:slice(1, 1, -1, 2)
c:add_(w)
v4 = v0:unbind(2)[2]
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum(), x, w]], 39.7, {5, 5, 5, 5, 5, 5, 5, 5}, {5, 5, 15, 5, 5, 5, 15, 5} },
{ 116, [[
local x = leaf({-0.98, 0.29, 0.48, -0.04, -0.03, -0.51, -0.18, 0.17}, 2, 4)
local w = leaf({0.73, 0.15, -0.1, -0.37, 0.52, -0.36, -0.89, 0.11}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = x * 3.0
v1 = x:exp()
v2 = y:narrow(1, 2, 1)
v3 = lun.no_grad(function() return y:slice(1, 1, -1, 2) end)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v3 * 5):sum(), x, w]], 50.683368, {14.1259333, 17.0092825, 17.8482232, 15.8823683, 15.9113366, 14.8014867, 15.5058106, 16.5559146}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 117, [[
local x = leaf({-0.64, -0.58, 0.69, 0.12, 0.4, 0.43}, 3, 2)
local w = leaf({0.9, -0.34, -0.09, 0.31, -0.74, -0.25}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:expand(2, 3, 2)
v1 = w:transpose(2, 1)
v2 = v0:reshape(-1)
v3 = c:narrow(2, 2, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum(), x, w]], 18, {1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 118, [[
local x = leaf({-0.38, 0.41, -0.41, -0.96, -0.34, -0.95}, 3, 2)
local w = leaf({-0.01, 0.94, -0.32, 0.6, -0.71, 0.17}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
v1 = x:transpose(1, 2)
v2 = w:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum(), x, w]], -6.96, {10, 10, 10, 10, 10, 10}, {2, 2, 2, 2, 2, 2} },
{ 119, [[
local x = leaf({-0.64, 0.57, 0.08, 0.96, 0.11, -0.13, -0.84, -0.14}, 2, 4)
local w = leaf({0.93, 0.98, -0.49, 0.62, -0.58, 0.17, -0.19, -0.49}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:transpose(1, 2)
v1 = x:expand(2, 2, 4)
y:tanh_()
v2 = y:reshape(-1)
v3 = v2:sin()
v4 = y + w
y:mul_(-1.5)
v5 = y:select(1, 1)
v6 = v3:narrow(1, 1, 8)
return (x * 1):sum() + (v1 * 2):sum() + (v2 * 3):sum() + (v4 * 4):sum() + (v5 * 5):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 120, [[
local x = leaf({-0.62, 0.91, 0.27, 0.18, 0.88, -0.82}, 3, 2)
local w = leaf({0.59, -0.55, -0.5, -0.36, 0.48, 0.88}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = c:clone()
v1 = w:unsqueeze(1)
v2 = c:select(1, 2)
v0:zero_()
v3 = w:clone()
v4 = v3:transpose(1, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 30.1, {5, 5, 5, 5, 5, 5}, {15, 15, 15, 15, 15, 15} },
{ 121, [[
local x = leaf({-0.56, 0.75, 0.25, -0.65, 0.6, -0.65}, 2, 3)
local w = leaf({-0.34, -0.63, 0.27, -0.88, 0.45, 0.74}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:slice(1, 1, -1, 2)
c:add_(w)
v1 = w:transpose(2, 2)
w:sin_()
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 122, [[
local x = leaf({0.19, -0.4, 0.86, 0.46, 0.52, -0.08}, 3, 2)
local w = leaf({0.67, 0.47, 0.19, -0.79, -0.1, 0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:mul_(w)
y:tanh_()
v0 = y * 2.0
c:mul_(w)
v1 = x + x
v2 = v1:exp()
v1:add_(v2)
v0[3] = 2.0
y[1] = -1.5
v3 = w:detach()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], 152.311139, {35.3211226, 17.0879214, 109.521512, 54.167227, 59.9259063, 24.3385882}, {5, 5, 5, 5, 5, 5} },
{ 123, [[
local x = leaf({-0.46, 0.54, -0.47, 0.68, 0.75, -0.24}, 2, 3)
local w = leaf({0.12, -0.32, -0.9, -0.73, 0.12, 0.4}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:chunk(2, 1)[2]
c[2] = 0.5
y:exp_()
y:add_(w)
v1 = c:slice(1, 1, -1, 2)
v2 = y:slice(1, 1, -1, 2)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 124, [[
local x = leaf({0.1, -0.65, 0.93, -0.17, 0.58, -0.94, -0.67, 0.94}, 2, 4)
local w = leaf({0.63, -0.96, -0.05, -0.15, -0.54, -0.8, -0.37, -0.72}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = y:clone()
y:add_(v0)
y:mul_(w)
v1 = x:unsqueeze(1)
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
return (x * 1):sum() + (c * 2):sum() + (v1 * 3):sum() + (v2 * 4):sum(), x, w]], 7.7035108, {-6.55016252, 4.4485278, -2.2, 1, -3.19271492, 2.31845421}, {0, 0, 0, 0, 0, 0} },
{ 126, [[
local x = leaf({0.16, -0.09, 0.29, -0.06, -0.05, -0.69}, 2, 3)
local w = leaf({-0.73, 0.25, -0.82, 0.35, 0.08, -0.28}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:add_(x)
v0 = w:reshape(-1)
y[2] = -1.5
v1 = y:detach()
v2 = v1:expand(2, 2, 3)
v3 = w:chunk(2, 2)[1]
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum(), x, w]], -50.73, {3, 3, 3, 3, 3, 3}, {3, 3, 3, 3, 3, 3} },
{ 127, [[
local x = leaf({0.82, 0.16, 0.65, -0.95, -0.46, -0.59}, 2, 3)
local w = leaf({-0.55, 0.35, 0.74, 0.85, -0.24, -0.88}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:fill_(0.5)
y:zero_()
v0 = w:split(1, 1)[1]
v1 = v0:tanh()
v2 = v1:unsqueeze(1)
y:mul_(2.0)
v3 = v0:select(1, 1)
v4 = c:narrow(2, 3, 1)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum() + (v2 * 4):sum() + (v4 * 5):sum(), x, w]], 14.110002, {1, 1, 1, 1, 1, 1}, {5.99791807, 6.54740597, 5.41670546, 0, 0, 0} },
{ 128, [[
local x = leaf({-0.19, -0.27, -0.03, 0.97, -0.36, 0.08}, 3, 2)
local w = leaf({0.26, 0.15, 0.78, -0.4, 0.55, -0.94}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = y:unbind(2)[2]
lun.no_grad(function() y:add_(x) end)
y:tanh_()
y:sin_()
v1 = x:narrow(1, 3, 1)
v2 = w:expand(2, 3, 2)
v3 = v2:select(2, 1)
v4 = v3:narrow(1, 1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v3 * 5):sum(), x, w]], 21.98, {1, 1, 1, 1, 5, 5}, {12, 12, 2, 2, 2, 2} },
{ 129, [[
local x = leaf({-0.91, 0.82, 0.39, -0.2, -0.55, 0.73, -0.54, 0.42}, 2, 4)
local w = leaf({-0.69, 0.36, -0.45, -0.54, 0.88, -0.04, 0.19, -0.08}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c * x
v1 = x:reshape(-1)
c:exp_()
y:sin_()
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum(), x, w]], 44.7754134, {6.84123725, 7.04666362, 7.77472718, 7.94019973, 7.55757357, 7.23552321, 7.57312604, 7.73926682}, {0, 0, 0, 0, 0, 0, 0, 0} },
{ 130, [[
local x = leaf({-0.45, 0.48, 0.6, 0.29, -0.96, -0.52, -0.32, 0.95, 0.32, 0.06, 0.34, -0.79}, 4, 3)
local w = leaf({0.37, 0.31, -0.58, -0.28, -0.17, 0.91, -0.26, -0.94, 0.63, 0.73, -0.32, 0.45}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:expand(2, 4, 3)
v1 = w:transpose(2, 1)
v2 = y:sin()
v3 = v0:clone()
v4 = y:tanh()
lun.no_grad(function() v4:exp_() end)
v5 = v0:clone()
v6 = v1:expand(2, 3, 4)
v7 = v2:narrow(2, 2, 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum() + (v5 * 7):sum() + (v7 * 8):sum(), x, w]], 56.1051715, {8.50223551, 15.530934, 8.12667807, 8.79121938, 11.4557598, 8.3390959, 8.74617709, 11.5618802, 8.74617709, 8.9910027, 16.2558107, 7.51922658}, {30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30} },
{ 131, [[
local x = leaf({-0.26, 0.02, -0.21, -0.97, 0.56, -0.75, 0.13, 0.93}, 2, 4)
local w = leaf({0.42, -0.56, 0.38, 0.37, 0.93, 0.96, 0.5, 0.89}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = w:unsqueeze(1)
c:sin_()
v1 = c:unsqueeze(1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum(), x, w]], 85.0659109, {5, 5, 5, 5, 5, 5, 5, 5}, {7, 7, 7, 7, 7, 7, 7, 7} },
{ 132, [[
local x = leaf({-0.69, -0.88, -0.66, -0.92, -0.75, 0.55, 0.59, 0.09, -0.5, -0.1, -0.59, -0.09}, 4, 3)
local w = leaf({0.32, 0.94, -0.51, 0.32, 0.9, -0.01, 0.82, 0.8, 0.6, 0.76, 0.64, 0.12}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:copy_(w) end)
v0 = w + y
c:mul_(w)
c:add_(w)
v1 = w:transpose(2, 1)
y:fill_(2.0)
y:copy_(v0)
v2 = c:select(1, 1)
c:exp_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum(), x, w]], 163.844294, {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, {22.1105329, 102.132699, 9.05320437, 12.0414499, 37.5150804, 8.94074207, 30.2847551, 28.7917574, 18.5361431, 26.1162128, 20.0540208, 9.8433369} },
{ 133, [[
local x = leaf({-0.29, -0.36, 0.23, 0.54, 0.76, 0.39, 0.48, 0.75, -0.94, -0.84, -0.44, 0.84}, 4, 3)
local w = leaf({0.94, -0.56, -0.25, -0.15, -0.82, 0.72, 0.99, 0.82, -0.19, 0.86, 0.13, -0.64}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(c)
v0 = y:expand(2, 4, 3)
v1 = y:split(1, 1)[4]
v2 = x:sin()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 49.5975037, {10.7494633, 10.6153809, 10.8419984, 10.1462521, 9.34901606, 10.5494544, 10.3219695, 9.39013321, 8.53872815, 14.004777, 15.42851, 14.004777}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 134, [[
local x = leaf({0.05, 0.45, 0.11, 0.44, 0.28, -0.75, 0.31, -0.03, 0.94, -0.55, 0.91, 0.2}, 4, 3)
local w = leaf({0.99, 0.91, -0.79, 0.46, 0.93, 0.53, 0.61, -0.39, -0.87, 0.16, 0.27, 0.28}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:exp()
v1 = v0 * 3.0
v2 = v1:expand(2, 4, 3)
v3 = y:exp()
v4 = x:expand(2, 4, 3)
v5 = w:sin()
v1:copy_(y)
lun.no_grad(function() v0:exp_() end)
v6 = v0:expand(2, 4, 3)
v7 = v2:narrow(2, 1, 1)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum() + (v6 * 7):sum(), x, w]], 3416.3836, {21.2563555, 23.8415609, 21.5813904, 23.7635361, 22.6156491, 18.3618328, 22.8171256, 20.8522277, 28.7999071, 18.8847491, 28.4216127, 22.1070138}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 135, [[
local x = leaf({0.25, 0.17, -0.02, 0.64, -0.76, -0.43, 0.19, -0.7}, 2, 4)
local w = leaf({0.27, -0.28, 0.68, -0.46, 0.67, 0.87, -0.44, -0.48}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c:unsqueeze(1)
v1 = c + x
v2 = w:chunk(2, 1)[2]
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v2 * 5):sum(), x, w]], 34.12, {4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 7, 7, 7, 7} },
{ 136, [[
local x = leaf({0.06, -0.13, 0.53, -0.15, -0.72, 0.27, -0.91, 0.99, 0.41, -0.9, -0.61, 0.94}, 4, 3)
local w = leaf({0.57, 0.24, -0.19, 0.64, 0.56, -0.86, 0.53, -0.48, 0.53, -0.94, 0.58, -0.64}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:exp_()
x:fill_(2.0)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 137, [[
local x = leaf({-0.64, -0.35, -0.62, -0.02, -0.98, -0.19}, 2, 3)
local w = leaf({0.73, -0.36, -0.2, 0.66, -0.05, 0.99}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:slice(1, 1, -1, 2)
v1 = y * c
c:mul_(0.5)
c:sin_()
y:add_(c)
c:mul_(x)
v2 = v0:transpose(2, 1)
v3 = w:unbind(1)[1]
v4 = v0:chunk(2, 2)[1]
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum() + (v3 * 4):sum(), x, w]], -1.45689354, {3, 3, 3, 3, 3, 3}, {7, 7, 7, 0, 0, 0} },
{ 138, [[
local x = leaf({-0.24, 0.89, -0.4, 0.04, -0.46, -0.63}, 3, 2)
local w = leaf({0.63, -0.66, 0.5, 0.54, -0.59, -0.84}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:add_(c)
y:mul_(3.0)
c:mul_(y)
c:add_(x)
v0 = c:slice(1, 1, -1, 2)
c:zero_()
y:exp_()
v1 = y:unsqueeze(1)
v2 = w:transpose(2, 2)
v3 = v1:slice(1, 1, -1, 2)
v4 = v2:chunk(2, 1)[2]
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 3690.8916, {323.630454, 9572.13963, 200.638366, 748.330528, 167.75198, 101.133827}, {2, 2, 2, 2, 9, 9} },
{ 139, [[
local x = leaf({0.92, 0.23, 0.22, 0.75, 0.73, -0.39}, 2, 3)
local w = leaf({0.8, -0.98, 0.77, -0.32, -0.44, 0.16}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() c:exp_() end)
v0 = c:unsqueeze(1)
c[1] = 2.0
v1 = y:unbind(1)[2]
y:mul_(c)
y:fill_(0.5)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 96.3890729, {1, 1, 1, 1, 1, 1}, {0, 0, 0, 0, 0, 0} },
{ 140, [[
local x = leaf({-0.94, -0.96, 0.46, 0.36, -0.55, 0.03}, 2, 3)
local w = leaf({1.0, -0.24, 0.27, -0.38, -0.9, -0.65}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:exp_()
v0 = x:transpose(1, 2)
v1 = v0:narrow(2, 1, 1)
v2 = y:transpose(2, 2)
return (x * 1):sum() + (w * 2):sum() + (v1 * 3):sum(), x, w]], -7.72, {4, 4, 4, 1, 1, 1}, {2, 2, 2, 2, 2, 2} },
{ 141, [[
local x = leaf({0.16, -0.05, 0.15, -0.08, 0.85, 0.3}, 2, 3)
local w = leaf({-0.97, 0.96, -0.31, -0.52, 0.03, 0.24}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
c:zero_()
lun.no_grad(function() c:mul_(y) end)
v0 = y:chunk(2, 2)[2]
c[2] = 2.0
v1 = c:reshape(-1)
v2 = x:unbind(1)[1]
v3 = v1:detach()
v4 = v1:sin()
v1:sin_()
v5 = y * y
v6 = x:tanh()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v3 * 5):sum() + (v4 * 6):sum() + (v5 * 7):sum() + (v6 * 8):sum(), x, w]], 59.0680117, {15.0386452, 12.2800333, 14.922666, 11.8290177, 21.0793839, 16.5210957}, {2, 2, 2, 2, 2, 2} },
{ 142, [[
local x = leaf({-0.67, -0.43, -0.28, 0.59, -0.92, -0.41, 0.15, -0.59, 0.21, 0.75, -0.05, 0.87}, 4, 3)
local w = leaf({0.38, 0.04, -0.83, -0.87, 0.56, 0.28, 0.54, -0.46, 0.42, 0.89, 0.59, -0.24}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x * c
v1 = v0:unsqueeze(1)
v2 = c:reshape(-1)
v3 = w:reshape(-1)
v4 = v0:unsqueeze(1)
v5 = v1 + v1
v6 = v4:split(1, 3)[3]
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v2 * 4):sum() + (v5 * 5):sum(), x, w]], 78.02, {11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 143, [[
local x = leaf({0.7, -0.91, -0.55, -0.51, 0.47, -0.01}, 3, 2)
local w = leaf({0.14, 0.52, 0.17, 0.68, -0.8, 0.21}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:mul_(w)
v0 = y:tanh()
v1 = c:split(1, 2)[1]
v2 = v0:narrow(1, 1, 2)
v3 = v0:transpose(1, 1)
v4 = c * 3.0
v4:zero_()
v5 = v1 * v1
return (x * 1):sum() + (v1 * 2):sum() + (v2 * 3):sum() + (v3 * 4):sum() + (v4 * 5):sum() + (v5 * 6):sum(), x, w]], 16.3556877, {1.97064802, 3.93279136, 2.17965706, 5.23047232, -1.78705525, 1.8399963}, {4.85324008, -5.13238487, -3.81653753, -3.17285424, 1.63739496, -0.0399998236} },
{ 144, [[
local x = leaf({-0.93, -0.84, 0.69, -0.66, -0.21, 0.33, -0.01, -0.53, 0.37, -0.56, -0.92, -0.76}, 4, 3)
local w = leaf({-0.52, 0.01, -0.52, 0.97, -0.91, 0.36, 0.06, -0.59, -0.52, 0.29, -0.18, -0.83}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:copy_(y)
y:tanh_()
v0 = y:expand(2, 4, 3)
v1 = c:select(2, 3)
v2 = y:unsqueeze(1)
v3 = v0:tanh()
c:mul_(x)
v4 = v0:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v1 * 4):sum() + (v2 * 5):sum() + (v3 * 6):sum(), x, w]], -40.2355209, {1.17146445, 2.71200063, 19.369535, 6.18176027, 15.5335158, 19.871261, 17.9371004, 8.95290004, 19.8369943, 8.30015356, 1.33618277, -1.88806843}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 145, [[
local x = leaf({0.82, -1.0, -0.95, -0.36, 0.59, 0.37, 0.85, 0.8, -0.06, 0.02, -0.78, 0.66}, 4, 3)
local w = leaf({-0.88, -0.37, -0.11, 0.21, -0.45, -0.2, -0.63, -0.35, 0.03, -0.92, 0.79, 0.72}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
c:tanh_()
v0 = y:select(2, 3)
c:exp_()
v1 = w:slice(1, 1, -1, 2)
return (x * 1):sum() + (c * 2):sum() + (v0 * 3):sum(), x, w]], 52.4205044, {1, 1, 4, 1, 1, 4, 1, 1, 4, 1, 1, 4}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 146, [[
local x = leaf({-0.72, -0.34, 0.61, -0.68, -0.44, -0.83}, 3, 2)
local w = leaf({0.62, -0.57, 0.32, -0.39, 0.07, 0.72}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x * x
c:copy_(w)
lun.no_grad(function() y:add_(v0) end)
v1 = c:detach()
v2 = c:unsqueeze(1)
v3 = v2:transpose(3, 3)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum(), x, w]], 8.397, {-1.76, 1.28, 8.88, -1.44, 0.48, -2.64}, {2, 2, 2, 2, 2, 2} },
{ 147, [[
local x = leaf({0.85, -0.21, 0.23, -0.63, 0.75, 0.77}, 3, 2)
local w = leaf({0.99, 0.99, -0.17, -0.08, -0.79, -0.3}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = w:tanh()
v1 = c:select(1, 1)
v2 = y * 2.0
y[3] = 2.0
v3 = c:slice(1, 1, -1, 2)
v4 = c:unbind(2)[1]
v5 = v3:detach()
v6 = w + x
v7 = v3:chunk(2, 1)[2]
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum() + (v6 * 9):sum() + (v7 * 10):sum(), x, w]], 149.823961, {28, 28, 28, 28, 24, 24}, {13.1320115, 13.1320115, 15.8582391, 15.968136, 13.8324877, 15.5756848} },
{ 148, [[
local x = leaf({0.41, 0.59, 0.76, 0.72, -0.19, -0.3, -0.45, -0.61, 0.27, 0.91, 0.97, 0.07}, 4, 3)
local w = leaf({0.15, -0.56, -0.36, 0.22, -0.25, 0.61, -0.4, -0.48, -0.94, -0.34, 0.26, -0.63}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:clone()
c:mul_(3.0)
v1 = y:transpose(1, 2)
v2 = y:detach()
v3 = v1:clone()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v3 * 8):sum(), x, w]], 200.21, {24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 149, [[
local x = leaf({-0.8, -0.25, -0.73, -0.96, -0.64, -0.92}, 2, 3)
local w = leaf({-0.91, -0.4, -0.81, -0.01, -0.87, -0.82}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:copy_(w)
y:mul_(-1.5)
c:sin_()
y:add_(w)
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], -6.21, {1, 1, 1, 1, 1, 1}, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5} },
{ 150, [[
local x = leaf({0.79, -0.62, -0.39, -0.04, -0.67, -0.82, 0.49, -0.33}, 2, 4)
local w = leaf({0.48, 0.86, -0.11, 0.5, -0.9, 0.65, -0.72, 0.66}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
v0 = c * w
v1 = v0:narrow(2, 4, 1)
c:zero_()
v2 = v1:expand(2, 2, 1)
v3 = v1:narrow(2, 1, 1)
v4 = v0:chunk(2, 1)[1]
v5 = v0:unbind(2)[2]
v6 = v3:sin()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], error = [==[one of the variables needed for gradient computation has been modified by an inplace opera]==] },
{ 151, [[
local x = leaf({0.69, 0.9, 0.27, -0.59, 0.95, 0.84, 0.15, -0.08, 0.14, -0.08, 0.61, 0.45}, 4, 3)
local w = leaf({0.34, 0.16, 0.12, -0.73, -0.39, -0.65, 0.74, -0.64, -0.16, -0.32, -0.11, -0.43}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:unsqueeze(1)
c:tanh_()
y:mul_(w)
y:mul_(c)
c:tanh_()
c:mul_(2.0)
return (x * 1):sum() + (w * 2):sum(), x, w]], 0.11, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 152, [[
local x = leaf({0.26, -0.24, -0.6, -0.83, -0.97, -0.75, -0.77, -0.31, -0.02, -0.64, -0.08, 0.81}, 4, 3)
local w = leaf({-0.53, -0.86, 0.36, 0.22, 0.22, 0.19, 0.53, -0.08, -0.47, -0.57, 0.02, 0.76}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
c:mul_(0.5)
v1 = v0 * v0
v2 = w:exp()
return (x * 1):sum() + (y * 2):sum() + (v0 * 3):sum(), x, w]], -24.84, {6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} },
{ 153, [[
local x = leaf({-0.85, -0.48, 0.7, 0.79, 0.13, 0.2, 0.68, 0.95, 0.77, 0.62, 0.02, -0.37}, 4, 3)
local w = leaf({0.32, 0.8, 0.54, 0.67, 0.61, -0.16, 0.32, 0.14, 0.31, -0.5, -0.57, -0.31}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = y:transpose(1, 1)
v0:copy_(w)
v1 = v0:tanh()
y:copy_(w)
v2 = v1 + c
v3 = w:unsqueeze(1)
c:mul_(w)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum(), x, w]], 33.54, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14} },
{ 154, [[
local x = leaf({0.64, 0.58, -0.03, -0.58, 0.02, 0.77}, 3, 2)
local w = leaf({-0.48, -0.21, 0.88, 0.28, 0.38, 0.42}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:zero_()
v0 = c:transpose(1, 1)
v0:fill_(2.0)
v1 = c:reshape(-1)
v2 = y:chunk(2, 1)[2]
v3 = w:unbind(2)[1]
v4 = v3:unsqueeze(1)
v5 = y:slice(1, 1, -1, 2)
v6 = c:unsqueeze(1)
v7 = v5:chunk(2, 2)[1]
v8 = v5:narrow(2, 1, 2)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v0 * 5):sum() + (v1 * 6):sum() + (v2 * 7):sum() + (v4 * 8):sum() + (v5 * 9):sum() + (v6 * 10):sum(), x, w]], 298.18, {1, 1, 1, 1, 1, 1}, {10, 2, 10, 2, 10, 2} },
{ 155, [[
local x = leaf({0.97, 0.55, -0.17, 0.07, 0.62, 0.16, -0.45, -0.62}, 2, 4)
local w = leaf({0.93, -0.88, -0.95, 0.05, -0.64, -0.52, 0.27, 0.54}, 2, 4)
local c = lun.ones(2, 4, {dtype = 'float64'})
local y = x * 1
c:tanh_()
v0 = c * y
v1 = y:expand(2, 2, 4)
c[2] = 0.5
return (x * 1):sum() + (w * 2):sum() + (y * 3):sum(), x, w]], 2.12, {4, 4, 4, 4, 4, 4, 4, 4}, {2, 2, 2, 2, 2, 2, 2, 2} },
{ 156, [[
local x = leaf({-0.16, 0.48, 0.54, -0.7, 0.92, 0.74, 0.77, 0.5, -0.11, -0.34, -0.7, -0.69}, 4, 3)
local w = leaf({-0.97, 0.89, 0.07, -0.24, 0.79, 0.91, 0.62, -0.3, -0.41, -0.28, 0.28, 0.17}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = x:unsqueeze(1)
c:exp_()
v1 = c:transpose(2, 1)
c:add_(x)
v2 = v0:clone()
y:add_(w)
v3 = y:reshape(-1)
v4 = v1:expand(2, 3, 4)
v5 = v1:unbind(2)[1]
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum() + (v3 * 7):sum() + (v5 * 8):sum(), x, w]], 350.754437, {36, 36, 36, 28, 28, 28, 28, 28, 28, 28, 28, 28}, {10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10} },
{ 157, [[
local x = leaf({-0.55, -0.97, -0.3, -0.54, 0.63, -0.82, -0.55, -0.79, -0.78, 0.38, 0.74, -0.22}, 4, 3)
local w = leaf({-0.24, -0.41, 0.37, -0.8, -0.05, -0.66, 0.71, 0.29, 0.46, -0.34, -0.32, 0.87}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
lun.no_grad(function() y:exp_() end)
v0 = c:slice(1, 1, -1, 2)
v1 = y:unsqueeze(1)
v2 = c * -1.5
v3 = y + y
y:mul_(v2)
v4 = y:narrow(1, 3, 1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum() + (v4 * 7):sum(), x, w]], 0.682021911, {-0.5, -0.5, -0.5, -0.5, -0.5, -0.5, -11, -11, -11, -0.5, -0.5, -0.5}, {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2} },
{ 158, [[
local x = leaf({0.87, -0.8, -0.16, 0.54, -0.34, 0.27}, 3, 2)
local w = leaf({0.28, -0.87, -0.77, 0.11, -0.91, -0.84}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
v0 = x:select(1, 2)
v1 = x:sin()
v2 = x * 0.5
y:zero_()
v2[1] = 2.0
v3 = y * 3.0
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (y * 4):sum() + (v1 * 5):sum() + (v3 * 6):sum(), x, w]], 14.0551749, {4.22413274, 4.48353355, 5.93613642, 5.28854341, 5.71377333, 5.81885448}, {2, 2, 2, 2, 2, 2} },
{ 159, [[
local x = leaf({-0.66, -0.1, 0.03, -0.61, -0.61, 0.5, -0.02, 0.8, -0.45, -0.23, -0.05, 0.28}, 4, 3)
local w = leaf({-0.35, -0.5, -0.52, 0.28, 0.73, -0.2, -0.05, -0.88, 0.53, -0.63, 0.69, 0.09}, 4, 3)
local c = lun.ones(4, 3, {dtype = 'float64'})
local y = x * 1
v0 = w:narrow(1, 1, 1)
v1 = w:unsqueeze(1)
c:copy_(y)
c:sin_()
v2 = w:select(2, 3)
return (x * 1):sum() + (c * 2):sum() + (y * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], -16.7869466, {5.57998446, 5.99000833, 5.99910007, 5.63929604, 5.63929604, 5.75516512, 5.99960001, 5.39341342, 5.8008942, 5.94733279, 5.99750052, 5.92211088}, {9, 9, 15, 5, 5, 11, 5, 5, 11, 5, 5, 11} },
{ 160, [[
local x = leaf({0.01, -0.2, 0.84, -0.3, 0.78, -0.01}, 2, 3)
local w = leaf({0.81, -0.57, -0.14, -0.97, 0.64, -0.34}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
v0 = c:narrow(2, 3, 1)
v1 = c:unsqueeze(1)
v2 = y:reshape(-1)
c:sin_()
w:mul_(x)
return x:sum(), x, w]], error = [==[a leaf Variable that requires grad is being used in an in-place operation.]==] },
{ 161, [[
local x = leaf({0.1, -0.54, 0.8, 0.27, -0.04, 0.51}, 3, 2)
local w = leaf({0.4, 0.77, -0.02, -0.9, 0.42, -0.04}, 3, 2)
local c = lun.ones(3, 2, {dtype = 'float64'})
local y = x * 1
y:copy_(w)
lun.no_grad(function() y:tanh_() end)
v0 = y * w
v1 = v0:detach()
v2 = v0:reshape(-1)
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum() + (v1 * 5):sum() + (v2 * 6):sum(), x, w]], 42.3123983, {1, 1, 1, 1, 1, 1}, {9.79948962, 16.1692945, 1.60002666, -14.1629787, 10.1693043, 1.2002132} },
{ 162, [[
local x = leaf({0.38, 0.26, 0.0, -0.17, 0.54, 0.95}, 2, 3)
local w = leaf({0.92, -0.1, -0.95, -0.76, 0.57, 0.29}, 2, 3)
local c = lun.ones(2, 3, {dtype = 'float64'})
local y = x * 1
y:mul_(3.0)
v0 = x:transpose(2, 1)
c[2] = -1.5
v1 = x:detach()
y:tanh_()
return (x * 1):sum() + (w * 2):sum() + (c * 3):sum() + (v0 * 4):sum(), x, w]], 5.24, {5, 5, 5, 5, 5, 5}, {2, 2, 2, 2, 2, 2} },
}
