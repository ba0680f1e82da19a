"""Asks a Gaze service where an image classifier looked, and why it chose that class."""

from .analysis import Analysis
from .client import Gaze
from .errors import (AmbiguousClass, BadImage, BadRequest, Expired, Forbidden, GazeError, Limited, NoAnswer, Refused,
                     ServiceFault, TooLarge, TookTooLong, Unauthorized, Unavailable, Unknown)
from .values import Explanation, Layer, Method, Model, ModelDetails, Parameter, Prediction, Region, Size

__version__ = "0.1.0"

__all__ = [
    "AmbiguousClass", "Analysis", "BadImage", "BadRequest", "Expired", "Explanation", "Forbidden", "Gaze", "GazeError",
    "Layer", "Limited", "Method", "Model", "ModelDetails", "NoAnswer", "Parameter", "Prediction", "Refused", "Region",
    "ServiceFault", "Size", "TooLarge", "TookTooLong", "Unauthorized", "Unavailable", "Unknown",
]
