"""A GRU and the layers behind it by PyTorch, in double precision: reads weights, rows and output gradients as JSON from
standard input, writes outputs and all gradients as JSON."""

import json
import sys

import torch

given = json.load(sys.stdin)


def tensor(value):
    return torch.tensor(value, dtype=torch.float64)


# Ours are [in, out], PyTorch's [out, in].
weights = {name: tensor(value).requires_grad_() for name, value in given["weights"].items()}
inputs = tensor(given["inputs"]).requires_grad_()
size = weights["net.recurrent.0.weight"].shape[0]
layers = sum(1 for name in weights if name.startswith("net.head.") and name.endswith("weight"))


def head(state):
    for layer in range(layers):
        state = state @ weights[f"net.head.{layer}.weight"] + weights[f"net.head.{layer}.bias"]
        if layer < layers - 1:
            state = torch.tanh(state)
    return state


cell = torch.nn.GRUCell(inputs.shape[1], size, dtype=torch.float64)
parameters = {
    "weight_ih": weights["net.input.0.weight"].T,
    "weight_hh": weights["net.recurrent.0.weight"].T,
    "bias_ih": weights["net.input.0.bias"],
    "bias_hh": weights["net.recurrent.0.bias"],
}
states, outputs = [], []
for row, begins in enumerate(given["begins"]):
    before = tensor(given["states"][row]) if begins else states[-1]
    after = torch.func.functional_call(cell, parameters, (inputs[row].unsqueeze(0), before.reshape(1, size)))
    states.append(after.squeeze(0))
    outputs.append(head(states[-1]))

outputs = torch.stack(outputs)
(outputs * tensor(given["outputGradients"])).sum().backward()
json.dump(
    {
        "outputs": outputs.tolist(),
        "inputGradients": inputs.grad.tolist(),
        "gradients": {name: value.grad.tolist() for name, value in weights.items()},
    },
    sys.stdout,
)
