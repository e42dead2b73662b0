# SPDX-License-Identifier: Apache-2.0
"""Holds what `trainlib compare` dumps against torch in double precision.

    python3 compare_torch.py TRAINLIB COUNT [FIRST]
    python3 compare_torch.py TRAINLIB models [NAME...]

The first makes COUNT small random networks (branches, residuals, odd sizes, one to three channels, channels last, asymmetric
padding, batch norms), in turns exported by torch and written with onnx (operator sets 17 to 20, external data), compares a
training step of each, of every third with three samples, and holds every activation and every gradient against
torch.autograd. For every fourth, 20 steps of SGD too: each loss, and the parameters that `trainlib export` writes into a file,
which onnx's checker has to accept. The second does the same 20 steps with the models of MLPerf Tiny, which have no batch norms. An
optional check: it exits with 77 where torch or onnx is missing.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import torch
    from onnx import TensorProto, helper, numpy_helper
    from torch.nn import functional as F
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

# Of a tensor's largest element. Sums here have up to 700 terms, each rounded to u = 2^-24: sqrt(700) u = 1.6e-6 where
# errors go either way, 4e-5 where all go one way. Networks 0 to 29 are within 1.1e-6.
NEAR = 5e-6
# Of the losses of 20 steps, and of the parameters behind them.
NEAR_LOSS = 1e-4


class Net(torch.nn.Module):
    """A random network, for torch's own exporter."""

    def __init__(self, draw):
        super().__init__()
        self.kinds = []
        self.parts = torch.nn.ModuleList()
        c, h, w = draw.randint(1, 3), draw.randint(7, 13), draw.randint(7, 13)
        self.shape = (1, c, h, w)
        for _ in range(draw.randint(2, 4)):
            kind = draw.choice(["conv", "depthwise", "residual", "pool", "average"])
            k = draw.choice([1, 3])
            if kind == "conv":
                o, stride = draw.randint(2, 9), draw.randint(1, 2)
                self.parts.append(torch.nn.Conv2d(c, o, (k, draw.choice([1, 2, 3])), stride, padding=(k // 2, 1),
                                                  bias=draw.random() < 0.7))
                c = o
            elif kind == "depthwise":
                self.parts.append(torch.nn.Conv2d(c, c, 3, 1, padding=1, groups=c))
            elif kind == "residual":
                self.parts.append(torch.nn.Conv2d(c, c, 3, 1, padding=1))
            elif kind == "pool":
                self.parts.append(torch.nn.MaxPool2d(2, 1))
            else:
                self.parts.append(torch.nn.AvgPool2d(2, 1, count_include_pad=False))
            self.kinds.append((kind, draw.choice(["relu", "relu6", "tanh", "sigmoid", "leaky", "none"])))
        with torch.no_grad():
            y = self.features(torch.zeros(self.shape))
        self.head = torch.nn.Linear(y.flatten(1).shape[1], draw.randint(2, 6))

    def features(self, x):
        act = {"relu": F.relu, "relu6": F.relu6, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
               "leaky": lambda v: F.leaky_relu(v, 0.2), "none": lambda v: v}
        for part, (kind, activation) in zip(self.parts, self.kinds):
            y = part(x)
            x = act[activation](y + x if kind == "residual" else y)
        return x

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def exported(draw, folder):
    torch.manual_seed(draw.randint(0, 1 << 30))
    net = Net(draw)
    torch.onnx.export(net, torch.zeros(net.shape), os.path.join(folder, "net.onnx"), opset_version=13)
    return []


def written(draw, folder):
    """The same kind of network, node by node, with what torch's exporter never writes."""
    numbers = np.random.RandomState(draw.randint(0, 1 << 30))
    nodes, weights = [], []
    c, h, w = draw.randint(1, 3), draw.randint(8, 12), draw.randint(8, 12)
    shape = [1, c, h, w]
    at = "x"
    norms = draw.choice(["fold", "freeze", "train"])
    squares = draw.random() < 0.15 and c == 1  # an autoencoder, with a loss of mse
    last = not squares and draw.random() < 0.25

    def tensor(name, *dims, low=-0.5, high=0.5):
        weights.append(numpy_helper.from_array(numbers.uniform(low, high, dims).astype(np.float32), name))
        return name

    def add(op, inputs, **attributes):
        name = "%s_%d" % (op.lower(), len(nodes))
        nodes.append(helper.make_node(op, inputs, [name], name="n/" + name, **attributes))
        return name

    if last:
        shape = [1, h, w, c]
        at = add("Transpose", [at], perm=[0, 3, 1, 2])
    for i in range(draw.randint(2, 4)):
        kind = draw.choice(["conv", "same", "depthwise", "branches", "norm", "pool", "groups"])
        if kind == "conv":
            o, pads = draw.randint(2, 8), [draw.randint(0, 1) for _ in range(4)]
            at = add("Conv", [at, tensor("w%d" % i, o, c, 3, 2), tensor("b%d" % i, o)], pads=pads)
            h, w, c = h + pads[0] + pads[2] - 2, w + pads[1] + pads[3] - 1, o
        elif kind == "same":
            o = draw.randint(2, 8)
            at = add("Conv", [at, tensor("w%d" % i, o, c, 3, 3)], auto_pad="SAME_UPPER", strides=[2, 1])
            h, c = (h + 1) // 2, o
        elif kind == "depthwise":
            at = add("Conv", [at, tensor("w%d" % i, c, 1, 3, 3), tensor("b%d" % i, c)], group=c, pads=[1, 1, 1, 1])
        elif kind == "groups":
            at = add("Conv", [at, tensor("v%d" % i, 4, c, 1, 1)])
            at = add("Conv", [at, tensor("w%d" % i, 6, 2, 3, 3)], group=2, pads=[1, 1, 1, 1])
            c = 6
        elif kind == "branches":
            a = add("Conv", [at, tensor("w%d" % i, 5, c, 1, 1), tensor("b%d" % i, 5)])
            b = add("Tanh", [add("Conv", [at, tensor("v%d" % i, 5, c, 3, 3)], pads=[1, 1, 1, 1])])
            at, c = add("Add", [a, b]), 5
        elif kind == "norm":
            at = add("Conv", [at, tensor("w%d" % i, c, c, 1, 1)])
            at = add("BatchNormalization", [at, tensor("g%d" % i, c, low=0.5, high=1.5), tensor("e%d" % i, c),
                                            tensor("m%d" % i, c), tensor("s%d" % i, c, low=0.5, high=1.5)])
        else:
            at = add("MaxPool", [at], kernel_shape=[2, 3], strides=[1, 2], pads=[0, 1, 1, 1])
            w = (w - 1) // 2 + 1
        kind = draw.choice(["Relu", "Clip", "Sigmoid", "LeakyRelu", None])
        if kind == "Clip":
            if not any(t.name == "six" for t in weights):
                weights.append(numpy_helper.from_array(np.float32(0), "zero"))
                weights.append(numpy_helper.from_array(np.float32(6), "six"))
            at = add("Clip", [at, "zero", "six"])
        elif kind:
            at = add(kind, [at])
    if draw.random() < 0.5:
        at = add("Flatten", [add("GlobalAveragePool", [at])])
        inputs = c
    else:
        at = add("Flatten", [at])
        inputs = c * h * w
    outputs = int(np.prod(shape)) if squares else draw.randint(2, 6)
    # Small, so that the softmax does not saturate: the gradient of a class that has p = 0.999 is p - 1, and the rounding
    # of p to float32 would be 6e-5 of that.
    most = inputs ** -0.5
    head, bias = {"low": -most, "high": most}, tensor("head.b", outputs)
    if draw.random() < 0.5:
        at = add("Gemm", [at, tensor("head.w", outputs, inputs, **head), bias], transB=1)
    else:
        at = add("Add", [add("MatMul", [at, tensor("head.w", inputs, outputs, **head)]), bias])
    at = add("Softmax", [at], axis=1) if not squares and draw.random() < 0.5 else at
    graph = helper.make_graph(nodes, "random", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info(at, TensorProto.FLOAT, [1, outputs])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", draw.randint(17, 20))])
    model.ir_version = 8
    onnx.save(model, os.path.join(folder, "net.onnx"), save_as_external_data=draw.random() < 0.5, location="net.bin",
              size_threshold=0)
    return ["--norms", norms] + (["--loss", "mse"] if squares else [])


def pad_of(attributes, x, kernel, strides):
    auto = attributes.get("auto_pad", b"NOTSET").decode()
    if auto == "NOTSET":
        return attributes.get("pads", [0, 0, 0, 0])
    both = [max((-(-size // s) - 1) * s + k - size, 0) for size, s, k in zip(x.shape[2:], strides, kernel)]
    less, more = [b // 2 for b in both], [b - b // 2 for b in both]
    return less + more if auto == "SAME_UPPER" else more + less


def run(model, tensors, batch_statistics):
    """Every node of the graph in torch: tensors by their ONNX names."""
    for node in model.graph.node:
        a = {x.name: helper.get_attribute_value(x) for x in node.attribute}
        v = [tensors[name] if name else None for name in node.input]
        op = node.op_type
        if op == "Conv":
            strides = a.get("strides", [1, 1])
            top, left, bottom, right = pad_of(a, v[0], v[1].shape[2:], strides)
            y = F.conv2d(F.pad(v[0], (left, right, top, bottom)), v[1], v[2] if len(v) > 2 else None, strides,
                         dilation=a.get("dilations", [1, 1]), groups=a.get("group", 1))
        elif op in ("MaxPool", "AveragePool"):
            strides = a.get("strides", [1, 1])
            top, left, bottom, right = pad_of(a, v[0], a["kernel_shape"], strides)
            if op == "MaxPool":
                y = F.max_pool2d(F.pad(v[0], (left, right, top, bottom), value=-np.inf), a["kernel_shape"], strides)
            else:
                assert not any((top, left, bottom, right))
                y = F.avg_pool2d(v[0], a["kernel_shape"], strides)
        elif op == "BatchNormalization":
            y = F.batch_norm(v[0], v[3].detach(), v[4].detach(), v[1], v[2], batch_statistics, 0.0, a.get("epsilon", 1e-5))
        elif op == "Gemm":
            assert a.get("transB", 0) == 1 and a.get("alpha", 1.0) == 1.0 and a.get("beta", 1.0) == 1.0
            y = F.linear(v[0], v[1], v[2])
        elif op == "Clip":
            # At the bounds themselves this has a gradient of 0, as our ReLU6; clamp has 1.
            y = F.hardtanh(v[0], float(v[1]), float(v[2]))
        elif op == "LeakyRelu":
            y = F.leaky_relu(v[0], a.get("alpha", 0.01))
        elif op == "Constant":
            y = torch.tensor(numpy_helper.to_array(a["value"]).astype(np.float64))
        else:
            y = {"Add": lambda: v[0] + v[1], "Relu": lambda: F.relu(v[0]), "Tanh": lambda: torch.tanh(v[0]),
                 "Sigmoid": lambda: torch.sigmoid(v[0]), "Flatten": lambda: v[0].flatten(1),
                 "MatMul": lambda: v[0] @ v[1], "GlobalAveragePool": lambda: v[0].mean((2, 3), keepdim=True),
                 "Softmax": lambda: v[0], "Identity": lambda: v[0],
                 "Transpose": lambda: v[0].permute(a["perm"])}[op]()
        if y.requires_grad:
            y.retain_grad()
        tensors[node.output[0]] = y
    return tensors[model.graph.output[0].name]


def begin(model):
    tensors = {}
    for t in model.graph.initializer:
        tensors[t.name] = torch.tensor(numpy_helper.to_array(t).astype(np.float64), requires_grad=True)
    return tensors


def loss_of(model, tensors, x, labels, options):
    tensors[model.graph.input[0].name] = torch.tensor(x.astype(np.float64))
    y = run(model, tensors, "train" in options)
    return F.mse_loss(y.flatten(), torch.tensor(x.astype(np.float64)).flatten()) if "mse" in options else \
        F.cross_entropy(y, torch.tensor(labels))


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit("%s:\n%s" % (" ".join(command), done.stdout))


def hold(what, ours, theirs, at_least, worst):
    """ours: float32; theirs: float64."""
    if ours.shape != theirs.shape:
        sys.exit("%s has shape %s, in torch %s" % (what, ours.shape, theirs.shape))
    off = np.abs(ours.astype(np.float64) - theirs).max() / max(np.abs(theirs).max(), at_least)
    worst["tensor"] = max(worst["tensor"], off)
    if not off <= NEAR:
        sys.exit("%s is %.2e off" % (what, off))


def sound(path):
    """A model that onnx's checker has accepted. Of operator sets that this onnx does not know yet, as its newest: of the
    operators here, none has changed since 17 in what they do with float32."""
    model = onnx.load(path)
    asked = model.opset_import[0].version
    model.opset_import[0].version = min(asked, onnx.defs.onnx_opset_version())
    onnx.checker.check_model(model, full_check=True)
    model.opset_import[0].version = asked
    return model


def sample_of(number, model, folder, options):
    """Every third network is given a file's sample, the others made-up ones."""
    if number % 3:
        return ["--seed", str(number)]
    numbers = np.random.RandomState(number)
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    classes = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    np.save(os.path.join(folder, "x.npy"), numbers.normal(0, 0.7, shape).astype(np.float32))
    np.save(os.path.join(folder, "y.npy"), numbers.randint(0, classes, 1).astype(np.int64))
    given = ["--x", os.path.join(folder, "x.npy")]
    return given if "mse" in options else given + ["--y", os.path.join(folder, "y.npy")]


def check(trainlib, number, keep, worst):
    """`keep`: where projects are built one after the other, so that make finds the library built."""
    draw = random.Random(number)
    with tempfile.TemporaryDirectory() as folder:
        options = (written if number % 2 else exported)(draw, folder)
        batch = 3 if number % 3 == 1 else 1
        options += ["--batch", str(batch)]
        path, dump, project = (os.path.join(*p) for p in ((folder, "net.onnx"), (keep, "dump"), (keep, "project")))
        model = sound(path)
        sample = sample_of(number, model, folder, options)
        call(trainlib, "compare", path, "--dump", dump, *sample, *options)
        with open(os.path.join(dump, "index.json"), encoding="utf-8") as file:
            index = json.load(file)
        labels = index.get("labels", [index.get("label")])
        x = np.load(os.path.join(dump, next(t["file"] for t in index["tensors"] if t["kind"] == "input")))
        if len(x) != batch:
            sys.exit("network %d: %d samples, not %d" % (number, len(x), batch))
        if "--x" in sample and not np.array_equal(x, np.load(sample[1])):
            sys.exit("network %d: the sample is not the file's" % number)
        folded = "fold" in options and any(n.op_type == "BatchNormalization" for n in model.graph.node)
        if folded:
            # Gradients are those of the folded parameters: export writes them. They stand for the same function.
            call(trainlib, "deploy", path, "--prefix", "learns", "--out", project, *options)
            call("make", "-s", "-C", project, "native")
            call(trainlib, "export", project, path, "--weights", os.path.join(project, "weights.bin"), "--out",
                 os.path.join(folder, "folded.onnx"))
            before = loss_of(model, begin(model), x, labels, options).item()
            model = sound(os.path.join(folder, "folded.onnx"))
            hold("network %d: the loss with batch norms folded" % number, np.array(before),
                 loss_of(model, begin(model), x, labels, options).detach().numpy(), 1e-2, worst)
        tensors = begin(model)
        loss = loss_of(model, tensors, x, labels, options)
        loss.backward()
        learnt = {t["name"] for t in index["tensors"] if t["kind"] == "parameter's gradient"}
        learnable = {t.name for t in model.graph.initializer if tensors[t.name].grad is not None}
        if learnt != learnable:
            sys.exit("network %d: gradients missing or made up: %s" % (number, learnt ^ learnable))
        for t in index["tensors"]:
            ours = np.load(os.path.join(dump, t["file"]))
            gradient = "gradient" in t["kind"]
            theirs = loss if t["kind"] == "loss" else tensors[t["name"]].grad if gradient else tensors[t["name"]]
            if list(ours.shape) != t["shape"]:
                sys.exit("network %d: %s is said to have shape %s" % (number, t["file"], t["shape"]))
            hold("network %d: %s of %s" % (number, t["kind"], t["name"]), ours, theirs.detach().numpy(),
                 1e-3 if gradient else 1e-2, worst)
        if number % 4 < 2:
            train(trainlib, "network %d" % number, model, x, labels, path, project, sample, options, worst)
        print("network %d: %d tensors" % (number, len(index["tensors"])))


def train(trainlib, what, model, x, labels, path, project, sample, options, worst, rate=0.02):
    steps = 20
    trained, curve = os.path.join(project, "trained.onnx"), os.path.join(project, "curve.csv")
    call(trainlib, "deploy", path, "--prefix", "learns", "--out", project, *options)
    call("make", "-s", "-C", project, "native")
    if "--x" not in sample:
        sample = ["--made", str(len(x))] + sample
    call(trainlib, "train", project, "--on", "native", *sample, "--epochs", str(steps), "--rate", str(rate), "--curve",
         curve)
    ours = np.genfromtxt(curve, delimiter=",", names=True)["loss"]
    tensors = begin(model)
    learnt = {name: t for name, t in tensors.items()}
    for step in range(steps):
        for t in learnt.values():
            t.grad = None
        loss = loss_of(model, tensors, x, labels, options)
        loss.backward()
        off = abs(ours[step] - loss.item()) / max(1.0, abs(loss.item()))
        worst["loss"] = max(worst["loss"], off)
        if not off <= NEAR_LOSS:
            sys.exit("%s: the loss of step %d is %.6f, in torch %.6f" % (what, step, ours[step], loss.item()))
        with torch.no_grad():
            for t in learnt.values():
                if t.grad is not None:
                    t -= rate * t.grad
    call(trainlib, "export", project, path, "--out", trained)
    for t in sound(trained).graph.initializer:
        if learnt[t.name].grad is not None:
            theirs = learnt[t.name].detach().numpy()
            off = np.abs(numpy_helper.to_array(t) - theirs).max() / max(np.abs(theirs).max(), 1e-2)
            worst["trained"] = max(worst["trained"], off)
            if not off <= NEAR_LOSS:
                sys.exit("%s: %s is %.2e off after %d steps" % (what, t.name, off, steps))
    return ours


# What the models are trained on here: a made-up sample each. Rates at which the loss falls in all 20 steps.
MODELS = {"autoencoder": ((1, 640), 0.05, ["--loss", "mse"]), "ds_cnn": ((1, 1, 49, 10), 0.01, []),
          "resnet8": ((1, 3, 32, 32), 0.005, []), "mobilenet": ((1, 3, 96, 96), 0.01, [])}


def check_model(trainlib, name, worst):
    shape, rate, options = MODELS[name]
    numbers = np.random.RandomState(1)
    with tempfile.TemporaryDirectory() as folder:
        path, project, folded = (os.path.join(folder, n) for n in (name + ".onnx", "project", "folded.onnx"))
        call(trainlib, "model", name, "--out", path)
        classes = sound(path).graph.output[0].type.tensor_type.shape.dim[1].dim_value
        x, label = numbers.normal(0, 0.7, shape).astype(np.float32), int(numbers.randint(0, classes))
        np.save(os.path.join(folder, "x.npy"), x)
        np.save(os.path.join(folder, "y.npy"), np.array([label]))
        sample = ["--x", os.path.join(folder, "x.npy")]
        if "mse" not in options:
            sample += ["--y", os.path.join(folder, "y.npy")]
        call(trainlib, "deploy", path, "--prefix", "learns", "--out", project, *options)
        call("make", "-s", "-C", project, "native")
        call(trainlib, "export", project, path, "--weights", os.path.join(project, "weights.bin"), "--out", folded)
        losses = train(trainlib, name, sound(folded), x, [label], path, project, sample, options, worst, rate)
    if not losses[-1] < losses[0]:
        sys.exit("%s: the loss does not fall: %.4f to %.4f" % (name, losses[0], losses[-1]))
    print("%-12s loss %.4f -> %.4f in 20 steps; losses within %.1e, parameters within %.1e of torch's"
          % (name, losses[0], losses[-1], worst["loss"], worst["trained"]))


def main():
    worst = {"tensor": 0.0, "loss": 0.0, "trained": 0.0}
    if sys.argv[2] == "models":
        for name in sys.argv[3:] or MODELS:
            check_model(sys.argv[1], name, dict(worst))
        return
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with tempfile.TemporaryDirectory() as keep:
        for number in range(first, first + int(sys.argv[2])):
            check(sys.argv[1], number, keep, worst)
    print("tensors are within %.1e of the largest element (%.0e is allowed); over 20 steps, losses within %.1e and parameters"
          " within %.1e (%.0e)" % (worst["tensor"], NEAR, worst["loss"], worst["trained"], NEAR_LOSS))


main()
