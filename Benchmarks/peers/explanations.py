"""Explanations from a preprocessed tensor, two threads: Gaze's methods against Captum, pytorch-grad-cam and torchcam.

The libraries run as their manuals have it: contiguous (NCHW) tensors, gradients on. Where a library can batch, its best batch counts.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from engines import timed
from gaze import Worker
from networks import Files, Network, model, picture
from results import Group, Row
from rounds import Effort, Turn, alternate, digits, ratio

THREADS = 2
# Gaze's methods of the catalog and their parameters.
INTEGRATED_GRADIENTS = {"name": "integrated-gradients", "steps": 50}
SCORE_CAM = {"name": "score-cam"}
OCCLUSION = {"name": "occlusion", "window": 15, "stride": 8}
# Of these a bounded run lets pytorch-grad-cam compute the scores.
SOME_CHANNELS = 128


def grad_cam(networks: list[Network], files: Files, worker: Worker, effort: Effort) -> list[Group]:
    """Forward + Grad-CAM against that forward alone."""
    return _measured(_group_of_cams(), [_grad_cam], networks, files, worker, effort)


def many_passes(networks: list[Network], files: Files, worker: Worker, effort: Effort) -> list[Group]:
    """Further classes, and the methods of many passes."""
    return _measured(_group_of_methods(), [_further_class, _many_passes], networks, files, worker, effort)


def _measured(
    group: Group, works: list[Callable[[Group, Network, Worker, Effort], None]], networks: list[Network], files: Files,
    worker: Worker, effort: Effort,
) -> list[Group]:
    """The group with the rows that each of `works` adds for each network."""
    torch.set_num_threads(THREADS)
    for network in networks:
        files.make(network)
        for work in works:
            work(group, network, worker, effort)
    return [group]


def _group_of_cams() -> Group:
    return Group(
        "grad-cam", "Forward + Grad-CAM of the top class, batch 1",
        ["network", "threads", "Gaze forward ms", "Gaze forward + Grad-CAM ms", "ratio", "pytorch-grad-cam ms", "torchcam ms"],
    )


def _group_of_methods() -> Group:
    return Group(
        "explanations", "Explanations, two threads",
        ["work", "network", "Gaze ms", "peer", "peer ms", "Gaze / peer", "Gaze images/s"],
    )


def _grad_cam(group: Group, network: Network, worker: Worker, effort: Effort) -> None:
    module, x = model(network), torch.from_numpy(picture(network))
    for threads in (1, 2):
        repeat = max(2, min(10, 3_000 // network.mmacs))
        turns: dict[str, Turn] = {
            "forward": lambda n=repeat, t=threads: worker.times("forward", network, threads=t, repeat=n),
            "grad-cam": lambda n=repeat, t=threads: worker.times("grad-cam", network, threads=t, repeat=n),
        }
        series = alternate(turns, effort, 5, 100)
        if threads == THREADS:
            # By themselves: they take so long that the two would meet other moments of the machine.
            peers_turns: dict[str, Turn] = {"pytorch-grad-cam": lambda: timed(_pytorch_grad_cam(module, network, x), 2)}
            if network.leading_tokens is None and not network.channels_last:
                # It knows no tokens.
                peers_turns["torchcam"] = lambda: timed(_torchcam(module, network, x), 2)
            series |= alternate(peers_turns, effort, 2, 4)
        group.rounds.append(len(series["forward"].rounds))
        middle, least, greatest = ratio(series["grad-cam"], series["forward"])
        peers = [series[name].shown() if name in series else "" for name in ("pytorch-grad-cam", "torchcam")]
        group.rows.append(
            Row(
                [network.title, str(threads), series["forward"].shown(), series["grad-cam"].shown(),
                 f"**{middle:.3f}** [{least:.3f}-{greatest:.3f}]", *peers],
                middle, 1.03 if threads == 2 else None, work=f"forward + Grad-CAM of {network.title}, to that forward alone",
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)


def _pytorch_grad_cam(module: nn.Module, network: Network, x: torch.Tensor) -> Callable[[], object]:
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    def on_grid(output: torch.Tensor) -> torch.Tensor:
        if network.channels_last:
            return output.permute(0, 3, 1, 2)
        tokens = output[:, network.leading_tokens :]
        side = math.isqrt(tokens.shape[1])
        return tokens.transpose(1, 2).unflatten(2, (side, side))

    is_transformer = network.channels_last or network.leading_tokens is not None

    def run() -> object:
        with GradCAM(module, [network.target(module)], reshape_transform=on_grid if is_transformer else None) as cam:
            return cam(x, [ClassifierOutputTarget(7)])

    return run


def _torchcam(module: nn.Module, network: Network, x: torch.Tensor) -> Callable[[], object]:
    from torchcam.methods import GradCAM

    def run() -> object:
        with GradCAM(module, target_layer=network.target(module)) as cam:
            return cam(7, module(x))

    return run


def _further_class(group: Group, network: Network, worker: Worker, effort: Effort) -> None:
    from torchcam.methods import GradCAM

    module, x = model(network), torch.from_numpy(picture(network))
    with GradCAM(module, target_layer=network.target(module)) as cam:
        scores = module(x)
        cam(7, scores, retain_graph=True)
        turns: dict[str, Turn] = {
            "Gaze": lambda: worker.times("further-class", network, threads=THREADS, repeat=50),
            "torchcam": lambda: timed(lambda: cam(8, scores, retain_graph=True), 30),
        }
        series = alternate(turns, effort, 3, 15)
    group.rounds.append(len(series["Gaze"].rounds))
    middle, least, greatest = ratio(series["Gaze"], series["torchcam"])
    group.rows.append(
        Row(
            ["further class of a kept pass", network.title, series["Gaze"].shown(), "torchcam, kept graph",
             series["torchcam"].shown(), f"{middle:.2f} [{least:.2f}-{greatest:.2f}]", ""],
            series["Gaze"].median, 0.2, work=f"Grad-CAM of a further class, {network.title}, ms",
        )
    )
    print(" | ".join(group.rows[-1].cells), flush=True)


def _many_passes(group: Group, network: Network, worker: Worker, effort: Effort) -> None:
    from captum.attr import IntegratedGradients, Occlusion

    module, x = model(network), torch.from_numpy(picture(network))
    gradients, occlusion = IntegratedGradients(module), Occlusion(module)

    def integrated(batch: int) -> float:
        return _once(lambda: gradients.attribute(x, target=7, n_steps=50, internal_batch_size=batch))

    def occluded(batch: int) -> float:
        return _once(
            lambda: occlusion.attribute(
                x, target=7, sliding_window_shapes=(3, 15, 15), strides=(3, 8, 8), perturbations_per_eval=batch
            )
        )

    # The peer takes as long for each channel: a bounded run scales up what some of them took.
    channels = SOME_CHANNELS if effort.is_bounded else None

    def score_cam(batch: int) -> float:
        return _score_cam(module, network, x, batch, channels)

    score_cam_peer = f"pytorch-grad-cam, {channels} channels, scaled to all" if channels else "pytorch-grad-cam"
    works: list[tuple[str, dict[str, object], str, Callable[[int], float], tuple[int, ...], float]] = [
        ("Integrated Gradients, 50 steps", INTEGRATED_GRADIENTS, "Captum", integrated, (2, 8, 50), 0.4),
        ("occlusion 15/8", OCCLUSION, "Captum", occluded, (1, 8, 32), 0.2),
        ("Score-CAM, all channels", SCORE_CAM, score_cam_peer, score_cam, (4, 16), 0.3),
    ]
    for title, method, peer, work, batches, target in works:
        try:
            answer = worker.ask("method", network, threads=THREADS, repeat=1, **method)
        except RuntimeError as error:
            group.notes.append(f"{title} of {network.title} was left out: {error}")
            print(group.notes[-1], flush=True)
            continue
        images = int(str(answer["images"]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trials = {batch: work(batch) for batch in ([] if effort.is_bounded else batches)}
            best = min(trials, key=trials.__getitem__) if trials else batches[1]
            turns: dict[str, Turn] = {
                "Gaze": lambda method=method: worker.times("method", network, threads=THREADS, repeat=1, **method),
                "peer": lambda work=work, best=best: [work(best)],
            }
            is_long = trials and trials[best] >= 30e3
            series = alternate(turns, effort, 1, 2 if is_long else 3, least=1)
        group.rounds.append(len(series["Gaze"].rounds))
        middle, least, greatest = ratio(series["Gaze"], series["peer"])
        group.rows.append(
            Row(
                [title, network.title, series["Gaze"].shown(), f"{peer}, batch {best}", series["peer"].shown(),
                 f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]", digits(images / series["Gaze"].median * 1e3)],
                middle, target, work=f"{title}, {network.title}, to {peer}",
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)


def _score_cam(module: nn.Module, network: Network, x: torch.Tensor, batch: int, channels: int | None) -> float:
    """Milliseconds of pytorch-grad-cam's Score-CAM; of its first channels alone, if so many are given, and what these took scaled up to all."""
    from pytorch_grad_cam import ScoreCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    left_out = 0.0

    class SomeChannels(ScoreCAM):
        def get_cam_weights(
            self, input_tensor: object, target_layer: object, targets: object, activations: torch.Tensor, grads: object
        ) -> np.ndarray:
            nonlocal left_out
            count = activations.shape[1]
            some = min(channels or count, count)
            start = time.perf_counter()
            weights = super().get_cam_weights(input_tensor, target_layer, targets, activations[:, :some], grads)
            left_out = (time.perf_counter() - start) * 1e3 * (count / some - 1)
            return np.pad(np.asarray(weights), ((0, 0), (0, count - some)))

    with SomeChannels(module, [network.target(module)]) as cam:
        cam.batch_size = batch
        return _once(lambda: cam(x, [ClassifierOutputTarget(7)])) + left_out


def _once(work: Callable[[], object]) -> float:
    """Milliseconds of one call, without one before: these take seconds to minutes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1e3
