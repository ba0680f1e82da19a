"""Explanations from a preprocessed tensor, two threads: Gaze's methods against Captum, pytorch-grad-cam and torchcam.

The libraries run as their manuals have it: contiguous (NCHW) tensors, gradients on. Where a library can batch, its best batch counts.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import torch
from torch import nn

from engines import timed
from gaze import Worker
from networks import Files, Network, model, picture
from results import Group, Row
from rounds import Turn, alternate, digits, ratio

THREADS = 2
# Gaze's methods of the catalog and their parameters.
INTEGRATED_GRADIENTS = {"name": "integrated-gradients", "steps": 50}
SCORE_CAM = {"name": "score-cam"}
OCCLUSION = {"name": "occlusion", "window": 15, "stride": 8}


def measure(
    networks: list[Network], long: list[Network], files: Files, worker: Worker, quick: bool
) -> list[Group]:
    """Grad-CAM of all `networks`; further classes and the methods of many passes of `long`."""
    torch.set_num_threads(THREADS)
    cams, methods = _group_of_cams(), _group_of_methods()
    for network in networks:
        files.make(network)
        _grad_cam(cams, network, worker, quick)
    for network in long:
        _further_class(methods, network, worker, quick)
        _many_passes(methods, network, worker, quick)
    return [cams, methods]


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


def _grad_cam(group: Group, network: Network, worker: Worker, quick: bool) -> None:
    module, x = model(network), torch.from_numpy(picture(network))
    for threads in (1, 2):
        repeat = 3 if quick else max(3, min(20, 8_000 // network.mmacs))
        turns: dict[str, Turn] = {
            "forward": lambda n=repeat, t=threads: worker.times("forward", network, threads=t, repeat=n),
            "grad-cam": lambda n=repeat, t=threads: worker.times("grad-cam", network, threads=t, repeat=n),
        }
        if threads == THREADS:
            turns["pytorch-grad-cam"] = lambda: timed(_pytorch_grad_cam(module, network, x), 2)
            turns["torchcam"] = lambda: timed(_torchcam(module, network, x), 2)
        series = alternate(turns, 4 if quick else 15)
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

    def run() -> object:
        with GradCAM(module, [network.target(module)]) as cam:
            return cam(x, [ClassifierOutputTarget(7)])

    return run


def _torchcam(module: nn.Module, network: Network, x: torch.Tensor) -> Callable[[], object]:
    from torchcam.methods import GradCAM

    def run() -> object:
        with GradCAM(module, target_layer=network.target(module)) as cam:
            return cam(7, module(x))

    return run


def _further_class(group: Group, network: Network, worker: Worker, quick: bool) -> None:
    from torchcam.methods import GradCAM

    module, x = model(network), torch.from_numpy(picture(network))
    with GradCAM(module, target_layer=network.target(module)) as cam:
        scores = module(x)
        cam(7, scores, retain_graph=True)
        turns: dict[str, Turn] = {
            "Gaze": lambda: worker.times("further-class", network, threads=THREADS, repeat=50),
            "torchcam": lambda: timed(lambda: cam(8, scores, retain_graph=True), 30),
        }
        series = alternate(turns, 3 if quick else 15)
    middle, least, greatest = ratio(series["Gaze"], series["torchcam"])
    group.rows.append(
        Row(
            ["further class of a kept pass", network.title, series["Gaze"].shown(), "torchcam, kept graph",
             series["torchcam"].shown(), f"{middle:.2f} [{least:.2f}-{greatest:.2f}]", ""],
            series["Gaze"].median, 0.2, work=f"Grad-CAM of a further class, {network.title}, ms",
        )
    )
    print(" | ".join(group.rows[-1].cells), flush=True)


def _many_passes(group: Group, network: Network, worker: Worker, quick: bool) -> None:
    from captum.attr import IntegratedGradients, Occlusion
    from pytorch_grad_cam import ScoreCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    module, x = model(network), torch.from_numpy(picture(network))
    gradients, occlusion = IntegratedGradients(module), Occlusion(module)

    def integrated(batch: int) -> Callable[[], object]:
        return lambda: gradients.attribute(x, target=7, n_steps=50, internal_batch_size=batch)

    def occluded(batch: int) -> Callable[[], object]:
        return lambda: occlusion.attribute(
            x, target=7, sliding_window_shapes=(3, 15, 15), strides=(3, 8, 8), perturbations_per_eval=batch
        )

    def score_cam(batch: int) -> Callable[[], object]:
        def run() -> object:
            with ScoreCAM(module, [network.target(module)]) as cam:
                cam.batch_size = batch
                return cam(x, [ClassifierOutputTarget(7)])

        return run

    works: list[tuple[str, dict[str, object], str, Callable[[int], Callable[[], object]], tuple[int, ...], float]] = [
        ("Integrated Gradients, 50 steps", INTEGRATED_GRADIENTS, "Captum", integrated, (2, 8, 50), 0.4),
        ("occlusion 15/8", OCCLUSION, "Captum", occluded, (1, 8, 32), 0.2),
        ("Score-CAM, all channels", SCORE_CAM, "pytorch-grad-cam", score_cam, (4, 16), 0.3),
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
            trials = {batch: _once(work(batch))[0] for batch in ([] if quick else batches)}
            best = min(trials, key=trials.__getitem__) if trials else batches[1]
            call = work(best)
            turns: dict[str, Turn] = {
                "Gaze": lambda method=method: worker.times("method", network, threads=THREADS, repeat=1, **method),
                "peer": lambda call=call: _once(call),
            }
            series = alternate(turns, 1 if quick else 3 if trials[best] < 30e3 else 2)
        middle, least, greatest = ratio(series["Gaze"], series["peer"])
        group.rows.append(
            Row(
                [title, network.title, series["Gaze"].shown(), f"{peer}, batch {best}", series["peer"].shown(),
                 f"**{middle:.2f}** [{least:.2f}-{greatest:.2f}]", digits(images / series["Gaze"].median * 1e3)],
                middle, target, work=f"{title}, {network.title}, to {peer}",
            )
        )
        print(" | ".join(group.rows[-1].cells), flush=True)


def _once(work: Callable[[], object]) -> list[float]:
    """Milliseconds of one call, without one before: these take seconds to minutes."""
    start = time.perf_counter()
    work()
    return [(time.perf_counter() - start) * 1e3]
