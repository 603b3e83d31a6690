"""Trained networks in files, in the safetensors format, which PyTorch reads too."""

from fastgd.files.models import Model, ModelFormatError, load, save

__all__ = ["Model", "ModelFormatError", "load", "save"]
