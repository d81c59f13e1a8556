# models.py - PyTorch's side of bench/models.lua: the models that are measured. SPDX-License-Identifier: MIT
import torch
import torch.nn.functional as F
from torch import nn


def mlp_net():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet_net():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, vocabulary, d, steps, blocks, heads):
        super().__init__()
        self.token, self.place = nn.Embedding(vocabulary, d), nn.Parameter(torch.zeros(steps, d))
        self.blocks = nn.Sequential(*(Block(d, heads) for _ in range(blocks)))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary)

    def forward(self, tokens):
        return self.head(self.norm(self.blocks(self.token(tokens) + self.place))).flatten(0, 1)


class Characters(nn.Module):
    def __init__(self, vocabulary, d):
        super().__init__()
        self.token, self.recurrent, self.out = nn.Embedding(vocabulary, d), nn.LSTM(d, d, batch_first=True), nn.Linear(d, vocabulary)

    def forward(self, tokens):
        return self.out(self.recurrent(self.token(tokens))[0]).flatten(0, 1)


class Basic(nn.Module):
    def __init__(self, start, end, stride):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(start, end, 3, stride, 1, bias=False), nn.BatchNorm2d(end)
        self.conv2, self.norm2 = nn.Conv2d(end, end, 3, 1, 1, bias=False), nn.BatchNorm2d(end)
        self.shortcut = None
        if stride != 1 or start != end:
            self.shortcut = nn.Sequential(nn.Conv2d(start, end, 1, stride, bias=False), nn.BatchNorm2d(end))

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + (self.shortcut(x) if self.shortcut else x))


def resnet18_net():
    layers, start = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for end, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        layers.append(Basic(start, end, stride))
        start = end
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Recommender(nn.Module):
    def __init__(self, sparse):
        super().__init__()
        self.users, self.items = nn.Embedding(100_000, 64, sparse=sparse), nn.Embedding(10_000, 64, sparse=sparse)
        self.top = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, users, items):
        return self.top(torch.cat([self.users(users), self.items(items)], 1)).squeeze(1)


def classifier(net, x, classes, count, optimizer):
    labels = torch.randint(0, classes, (count,))
    return net, lambda f: F.cross_entropy(f(x), labels), optimizer(net.parameters())


def sgd(p):
    return torch.optim.SGD(p, 0.01)


def adam(p):
    return torch.optim.Adam(p, 1e-3)


def mlp():
    return classifier(mlp_net(), torch.rand(128, 784), 10, 128, sgd)


def lenet():
    return classifier(lenet_net(), torch.rand(64, 1, 28, 28), 10, 64, adam)


def lstm():
    return classifier(Characters(65, 256), torch.randint(0, 65, (32, 64)), 65, 32 * 64, adam)


def gpt():
    return classifier(Gpt(65, 128, 128, 4, 4), torch.randint(0, 65, (16, 128)), 65, 16 * 128, lambda p: torch.optim.AdamW(p, 1e-3))


def resnet18():
    return classifier(resnet18_net(), torch.rand(32, 3, 32, 32), 10, 32, lambda p: torch.optim.SGD(p, 0.01, momentum=0.9))


def rec(sparse=False):
    net, users, items, y = Recommender(sparse), torch.randint(0, 100_000, (1024,)), torch.randint(0, 10_000, (1024,)), torch.rand(1024)
    return net, lambda f: F.mse_loss(f(users, items), y), sgd(net.parameters())


def rec_sparse():
    return rec(True)


def step(name, compiled=None):
    """One training step; `compiled` are the options of torch.compile, if it is to be used."""
    net, loss, optimizer = globals()[name]()

    def forward():
        return loss(net)

    f = forward if compiled is None else torch.compile(forward, **compiled)

    def once():
        optimizer.zero_grad()
        f().backward()
        optimizer.step()

    return once
