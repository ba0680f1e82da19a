#!/usr/bin/env python3
"""Goldens of explanations made for transformers: network-vit_golden.safetensors.

A small ViT of timm's with seeded weights on a seeded input, in float64. Maps of the CAM family by pytorch-grad-cam with
its way of reshaping tokens; attention, rollout (Abnar and Zuidema, arXiv 2005.00928), gradient-weighted rollout (Chefer
et al., arXiv 2103.15679) and LeGrad (Bousselham et al., arXiv 2404.03214) by the papers' formulas, with attention
written out so that autograd gives its derivatives. Raw: before any ReLU or scaling of pictures.

Needs torch 2.15.0, timm 1.0.31, grad-cam 1.5.7, safetensors.
"""

from pathlib import Path

import numpy as np
import torch
from pytorch_grad_cam import GradCAM, HiResCAM, LayerCAM, XGradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer

SIDE, PATCH, DEPTH, HEADS, WIDTH, CLASSES, LEADING = 32, 8, 3, 3, 24, 5, 1
GRID = SIDE // PATCH


def model_and_input():
    torch.manual_seed(5)
    model = VisionTransformer(img_size=SIDE, patch_size=PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS,
                              num_classes=CLASSES)
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in name and name.endswith("weight"):
                parameter.copy_(1 + 0.2 * noise)
            elif parameter.ndim == 1:
                parameter.copy_(0.1 * noise)
            elif name.endswith("qkv.weight"):
                parameter.copy_(0.4 * noise)
            else:
                parameter.copy_(0.2 * noise)
    x = torch.randn(1, 3, SIDE, SIDE, generator=generator)
    return model.eval(), x


def run(model, x):
    """Logits, the attention of each block, and the logits read after each block."""
    tokens = model.patch_embed(x)
    tokens = torch.cat([model.cls_token.expand(1, -1, -1), tokens], 1) + model.pos_embed
    weights, readouts = [], []
    for block in model.blocks:
        h = block.norm1(tokens)
        q, k, v = block.attn.qkv(h).reshape(1, -1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        a = ((q @ k.transpose(-1, -2)) * (WIDTH // HEADS) ** -0.5).softmax(-1)
        weights.append(a)
        tokens = tokens + block.attn.proj((a @ v).transpose(1, 2).reshape(1, -1, WIDTH))
        tokens = tokens + block.mlp(block.norm2(tokens))
        readouts.append(model.head(model.norm(tokens)[:, 0]))
    return readouts[-1], weights, readouts


def on_grid(row):
    return torch.as_tensor(row[LEADING:]).reshape(GRID, GRID)


def rollout(weights, heads, discard):
    row = torch.zeros(1 + GRID * GRID, dtype=torch.float64)
    row[0] = 1
    for a in reversed(weights):
        a = a.detach()[0]
        fused = {"mean": a.mean(0), "max": a.amax(0), "min": a.amin(0)}[heads].clone()
        flat = fused.view(-1)
        lowest = flat.argsort()[:int(len(flat) * discard)]
        flat[lowest[lowest != 0]] = 0
        mixed = fused + torch.eye(len(fused), dtype=fused.dtype)
        row = row @ (mixed / mixed.sum(1, keepdim=True))
    return on_grid(row)


def gradient_rollout(model, x, c):
    logits, weights, _ = run(model, x)
    gradients = torch.autograd.grad(logits[0, c], weights)
    relevance = torch.eye(1 + GRID * GRID, dtype=torch.float64)
    for a, g in zip(weights, gradients):
        relevance = relevance + (a * g).clamp(min=0).mean(1)[0].detach() @ relevance
    return on_grid(relevance[0])


def legrad(model, x, c):
    _, weights, readouts = run(model, x)
    total = 0
    for a, logits in zip(weights, readouts):
        (g,) = torch.autograd.grad(logits[0, c], [a], retain_graph=True)
        total = total + g.clamp(min=0).mean((1, 2))[0]
    return on_grid(total / DEPTH)


def cam(method, model, x, c):
    class Raw(method):
        def forward(self, *arguments, **options):
            return super().forward(*arguments, **options)

        def compute_cam_per_layer(self, input_tensor, targets, eigen_smooth):
            layer = self.target_layers[0]
            return [self.get_cam_image(
                input_tensor, layer, targets, self.activations_and_grads.activations[0].cpu().data.numpy(),
                self.activations_and_grads.gradients[0].cpu().data.numpy(), eigen_smooth)]

        def aggregate_multi_layers(self, maps):
            return maps[0]

    def reshape(tokens):
        return tokens[:, LEADING:].reshape(1, GRID, GRID, WIDTH).permute(0, 3, 1, 2)

    with Raw(model=model, target_layers=[model.blocks[-1].norm1], reshape_transform=reshape) as raw:
        return torch.from_numpy(np.array(raw(input_tensor=x, targets=[ClassifierOutputTarget(c)])[0]))


def main():
    model, x = model_and_input()
    tensors = {"weights/" + name: value.clone() for name, value in model.state_dict().items()}
    model, x = model.double(), x.double()
    logits, weights, _ = run(model, x)
    assert torch.allclose(logits, model(x), atol=1e-10)
    tensors["input"] = x.permute(0, 2, 3, 1)
    tensors["logits"] = logits
    tensors["attention/1/2"] = on_grid(weights[1][0, 2, 0])
    tensors["attention/mean"] = on_grid(weights[-1][0].mean(0)[0])
    for heads in ["mean", "max", "min"]:
        tensors[f"attention-rollout/{heads}"] = rollout(weights, heads, 0)
    tensors["attention-rollout/discard"] = rollout(weights, "mean", 0.6)
    for c in range(2):
        tensors[f"gradient-rollout/{c}"] = gradient_rollout(model, x, c)
        tensors[f"legrad/{c}"] = legrad(model, x, c)
        for name, method in [("grad-cam", GradCAM), ("hirescam", HiResCAM), ("xgrad-cam", XGradCAM),
                             ("layercam", LayerCAM)]:
            tensors[f"{name}/{c}"] = cam(method, model, x, c)
    path = Path(__file__).parent / "network-vit_golden.safetensors"
    save_file({name: value.detach().float().contiguous() for name, value in tensors.items()}, path)
    for name, value in tensors.items():
        if not name.startswith("weights/"):
            print(name, list(value.shape), float(value.min()), float(value.max()))


if __name__ == "__main__":
    main()
