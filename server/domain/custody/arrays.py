"""Types of numpy arrays, and how they are written to disk."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def written(value: Any) -> Any:
    """Msgspec's hook for what it does not know: an array as its type, shape and bytes."""
    if isinstance(value, np.ndarray):
        return [value.dtype.str, list(value.shape), value.tobytes()]
    raise NotImplementedError(f"{type(value)} is not kept")


def read(kind: type, value: Any) -> Any:
    """The way back."""
    if kind is not np.ndarray:
        raise NotImplementedError(f"{kind} is not kept")
    dtype, shape, data = value
    return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(shape)
