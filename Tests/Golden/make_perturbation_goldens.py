"""Literals for Tests/ExplainTests/Perturbation and Evaluation: a tiny network through pytorch-grad-cam, Captum and SciPy.

Needs torch, grad-cam 1.5.7, captum 0.9.0, scipy. Prints Swift arrays; the network is `TinyModel.convolutional` of the tests.
"""
import numpy as np
import torch
from captum.attr import Occlusion
from pytorch_grad_cam import AblationCAM, ScoreCAM
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from scipy.ndimage import gaussian_filter
from scipy.stats import spearmanr

MASK = (1 << 64) - 1


def units(seed, count):
    """TestSupport's SplitMix64.units."""
    state, values = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        values.append((z >> 40) * (2 / (1 << 24)) - 1)
    return np.array(values, dtype=np.float64)


def network():
    values = units(7, 3 * 3 * 3 * 5 + 5 * 4 + 4)
    filters, weight, bias = np.split(values, [135, 155])
    conv = torch.nn.Conv2d(3, 5, 3, stride=2, bias=False)
    conv.weight.data = torch.tensor(filters.reshape(3, 3, 3, 5).transpose(3, 2, 0, 1).copy())
    linear = torch.nn.Linear(5, 4)
    linear.weight.data = torch.tensor(weight.reshape(4, 5))
    linear.bias.data = torch.tensor(bias)
    return torch.nn.Sequential(
        conv, torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), linear, torch.nn.SiLU()).double().eval()


def show(name, values):
    print(f"// {name}")
    print("[" + ", ".join(f"{v:.7g}" for v in np.asarray(values).ravel()) + "]")


net = network()
image = torch.tensor(units(11, 9 * 11 * 3).reshape(1, 9, 11, 3).transpose(0, 3, 1, 2).copy())
show("logits", net(image).detach())
target = [ClassifierOutputTarget(1)]
for name, method in [("score-cam, corners", ScoreCAM), ("ablation-cam", AblationCAM)]:
    cam = method(model=net, target_layers=[net[1]])
    cam.batch_size = 2
    grabbed = {}
    original = cam.get_cam_weights

    def weights(*arguments, **named):
        grabbed["weights"] = np.asarray(original(*arguments, **named))
        return grabbed["weights"]

    cam.get_cam_weights = weights
    cam(image, target)
    activation = net[1](net[0](image)).detach().numpy()[0]
    show(name, np.einsum("k,kij->ij", grabbed["weights"].ravel(), activation))
occlusion = Occlusion(net).attribute(
    image, sliding_window_shapes=(3, 4, 4), strides=(3, 3, 3), baselines=0.25, target=1)
show("occlusion 4/3, baseline 0.25", occlusion[0, 0].detach())
cells = torch.tensor([[[[0.0, 1.0, 3.0], [2.0, -1.0, 0.5]]]])
show("half-pixel 3x2 -> 5x4", torch.nn.functional.interpolate(cells, (4, 5), mode="bilinear", align_corners=False))
show("corners 3x2 -> 5x4", torch.nn.functional.interpolate(cells, (4, 5), mode="bilinear", align_corners=True))
single = np.zeros((11, 11))
single[5, 5] = 1
show("RISE's blur, middle row and column sums", gaussian_filter(single, 5).sum(axis=0))
known = units(3, 6 * 7).reshape(6, 7) > -0.2
picture = units(5, 6 * 7 * 3).reshape(6, 7, 3).transpose(2, 0, 1).copy()
filled = NoisyLinearImputer(noise=0)(
    torch.tensor(picture, dtype=torch.float), torch.tensor(known, dtype=torch.float))
show("imputed", filled.numpy().transpose(1, 2, 0))
a, b = [3, 1, 1, 4, 4, 4, -2, 0], [0.5, 0.5, 2, 2, 7, -1, -1, -1]
show("Spearman with ties", [spearmanr(a, b).statistic])
