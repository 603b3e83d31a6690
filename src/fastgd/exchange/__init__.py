"""Networks from and to PyTorch: modules, and the safetensors files in which people keep them."""

from fastgd.exchange.modules import from_torch, to_torch
from fastgd.exchange.state_files import from_safetensors

__all__ = ["from_safetensors", "from_torch", "to_torch"]
