"""Trained networks, and descents to resume, in safetensors files; PyTorch reads the networks."""

from fastgd.files.checkpoints import load_checkpoint, save_checkpoint
from fastgd.files.models import Model, ModelFormatError, load, save
from fastgd.files.state_text import state_from_text, state_to_text

__all__ = [
    "Model",
    "ModelFormatError",
    "load",
    "load_checkpoint",
    "save",
    "save_checkpoint",
    "state_from_text",
    "state_to_text",
]
