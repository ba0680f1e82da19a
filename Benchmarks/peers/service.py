"""The peer service: FastAPI, OpenVINO with ReciproCAM, OpenCV. An upload comes back as top-5 and an overlay of 224 pixels.

    PEER_MODEL=lite0.onnx PEER_PRECISION=bf16 PEER_HINT=LATENCY .venv/bin/python service.py PORT

Written as a user would: one process, the work in Starlette's threads, an inference request for each. PEER_HINT is OpenVINO's own:
LATENCY gives one stream all threads, THROUGHPUT each core its stream.
"""

from __future__ import annotations

import base64
import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import openvino
import uvicorn
from fastapi import FastAPI, File, HTTPException, UploadFile

import reciprocam

SIDE, RESIZED = 224, 256
hint = os.environ.get("PEER_HINT", "LATENCY")
if hint == "THROUGHPUT":
    cv2.setNumThreads(1)
compiled = openvino.Core().compile_model(
    reciprocam.model(Path(os.environ["PEER_MODEL"])), "CPU",
    {
        "INFERENCE_PRECISION_HINT": os.environ.get("PEER_PRECISION", "f32"),
        "PERFORMANCE_HINT": hint,
    },
)
local = threading.local()
app = FastAPI()


def preprocess(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the picture at 224x224 as bytes, and as the network's input."""
    height, width = picture.shape[:2]
    scale = RESIZED / min(height, width)
    size = (max(SIDE, round(width * scale)), max(SIDE, round(height * scale)))
    picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (picture.shape[0] - SIDE) // 2, (picture.shape[1] - SIDE) // 2
    crop = picture[top:top + SIDE, left:left + SIDE]
    x = (cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) - 127) / 128
    return crop, np.ascontiguousarray(x.transpose(2, 0, 1)[None])


@app.post("/explain")
def explain(image: Annotated[UploadFile, File()]) -> dict[str, object]:
    picture = cv2.imdecode(np.frombuffer(image.file.read(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise HTTPException(415, "not an image")
    crop, x = preprocess(picture)
    if not hasattr(local, "request"):
        local.request = compiled.create_infer_request()
    outputs = local.request.infer([x], share_inputs=True, share_outputs=True)
    logits, maps = outputs[0][0], outputs[1][0]
    powers = np.exp(logits - logits.max())
    probabilities = powers / powers.sum()
    top = np.argsort(logits)[:-6:-1]
    heat = cv2.resize(maps[top[0]], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap(heat.astype(np.uint8), cv2.COLORMAP_TURBO)
    _, png = cv2.imencode(".png", cv2.addWeighted(crop, 0.5, colours, 0.5, 0))
    return {
        "predictions": [{"index": int(i), "probability": float(probabilities[i])} for i in top],
        "picture_png": base64.b64encode(png.tobytes()).decode(),
    }


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
