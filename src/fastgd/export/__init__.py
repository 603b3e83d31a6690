"""Networks for other programs: C in floats or in integers alone, WebAssembly, ONNX, JSON."""

from fastgd.export.float_c import to_c
from fastgd.export.integer_c import to_integer_c
from fastgd.export.integers import IntegerNetwork
from fastgd.export.json_text import to_json
from fastgd.export.onnx_graph import to_onnx
from fastgd.export.quantising import quantise
from fastgd.export.web_assembly import to_wasm

__all__ = [
    "IntegerNetwork",
    "quantise",
    "to_c",
    "to_integer_c",
    "to_json",
    "to_onnx",
    "to_wasm",
]
