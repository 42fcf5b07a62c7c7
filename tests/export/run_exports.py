"""Runs exported policies with other people's software.

    python run_exports.py <folder>

Each folder in it holds steps.json, policy.onnx and policy.safetensors; onnx.json and safetensors.json are written beside
them, with the outputs of each step. ONNX goes through onnxruntime, safetensors through the interpreter below, which knows
nothing but NumPy and what the file's header says.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def run_onnx(file, steps):
    onnx.checker.check_model(onnx.load(file), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    for step in steps:
        found = session.run(names, {name: np.array(rows, np.float32) for name, rows in step.items()})
        yield dict(zip(names, found))


def read_safetensors(file):
    data = Path(file).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    tensors = {
        name: np.frombuffer(data[8 + length + start : 8 + length + end], "<f4").reshape(entry["shape"])
        for name, entry in header.items()
        for start, end in [entry["data_offsets"]]
    }
    return tensors, metadata


OPERATIONS = {
    "add": lambda node, a, b: a + b,
    "subtract": lambda node, a, b: a - b,
    "multiply": lambda node, a, b: a * b,
    "divide": lambda node, a, b: a / b,
    "minimum": lambda node, a, b: np.minimum(a, b),
    "maximum": lambda node, a, b: np.maximum(a, b),
    "greater": lambda node, a, b: a > b,
    "matmul": lambda node, a, b: a @ b,
    "tanh": lambda node, x: np.tanh(x),
    "relu": lambda node, x: np.maximum(x, 0),
    "sigmoid": lambda node, x: 1 / (1 + np.exp(-x)),
    "softplus": lambda node, x: np.logaddexp(x, np.float32(0)),
    "log": lambda node, x: np.log(x),
    "softmax": lambda node, x: (e := np.exp(x - x.max(-1, keepdims=True))) / e.sum(-1, keepdims=True),
    "argmax": lambda node, x: x.argmax(-1),
    "identity": lambda node, x: x,
    "where": lambda node, condition, a, b: np.where(condition, a, b),
    "concat": lambda node, *parts: np.concatenate(parts, node["axis"]),
    "slice": lambda node, x: x[
        tuple(slice(at, None if n < 0 else at + n) for at, n in zip(node["begin"], node["size"]))
    ],
    "reshape": lambda node, x: x.reshape(node["shape"]),
    "transpose": lambda node, x: x.transpose(node["permutation"]),
    "pad": lambda node, x: np.pad(x, [(n, 0) for n in node["before"]]),
    "sum": lambda node, x: x.sum(node["axis"], keepdims=node["keepAxis"]),
}


def run_safetensors(file, steps):
    tensors, metadata = read_safetensors(file)
    graph = json.loads(metadata["graph"])
    for step in steps:
        values = dict(tensors)
        for port in graph["inputs"]:
            if port["name"] in step:
                values[port["name"]] = np.array(step[port["name"]], np.float32)
            else:
                assert port["optional"]
                values[port["name"]] = np.ones((1, port["columns"]), np.float32)
        for node in graph["nodes"]:
            values[node["name"]] = OPERATIONS[node["op"]](node, *(values[name] for name in node["inputs"]))
        yield {port["name"]: values[port["name"]] for port in graph["outputs"]}


def main():
    for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
        steps = json.loads((folder / "steps.json").read_text())
        for name, run in [("onnx", run_onnx), ("safetensors", run_safetensors)]:
            found = run(str(folder / f"policy.{name}"), steps)
            answers = [{key: rows.tolist() for key, rows in step.items()} for step in found]
            (folder / f"{name}.json").write_text(json.dumps(answers))


main()
