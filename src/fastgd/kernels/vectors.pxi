"""The vector type of `simd.h`, and the strides, spans and panels that are counted in vectors.

`real`, `vec` and `VL`, the number of reals in a vector, depend on the build.
"""

from libc.stdint cimport uint8_t, uintptr_t


cdef extern from "simd.h" nogil:
    ctypedef double real
    ctypedef double vec
    const int VL
    const int BASELINE         # whether this is the build whose bits every processor can give
    const int TILE_ROWS
    const int PANELS_PER_WALK
    const real PIXEL_HIGH
    vec load(const real* p)
    void store(real* p, vec v)
    vec load_column(const real* p, Py_ssize_t row)
    vec interleave(vec a, vec b, int first)
    vec splat(real x)
    real hsum(vec v)
    void prefetch(const void* p)
    void prefetch_far(const void* p)       # into the second cache
    void spread_reals(const real* x, vec* out)
    void spread_pixels(const uint8_t* p, vec* out)
    void spread_pixel_reals(const uint8_t* p, vec* out)
    void four_bytes(const uint8_t* p, Py_ssize_t* out)
    void pixels_to_reals(const uint8_t* p, real* x, Py_ssize_t n)
    void fill_pixel_table()

cdef extern from "functions.h" nogil:
    vec sigmoid_vec(vec z)
    vec tanh_vec(vec z)
    vec relu_vec(vec z)
    vec step_vec(vec a)        # 1 where a > 0, else 0

cdef enum:
    PANEL = 2                  # vectors in a panel of weights

fill_pixel_table()

LANES = VL

# FASTGD_DETERMINISTIC=everywhere: each sum over inputs or examples of a block is one addition
# after another, in their order. So its bits depend on no layout of X and no width of a vector.
from fastgd._built import processor as _processor

cdef bint ASKED_IN_ORDER = _processor.EVERYWHERE


cdef inline bint in_order() noexcept nogil:
    return BASELINE and ASKED_IN_ORDER


cdef real ONE_HOT[2 * 16 - 1]      # of the most lanes of any build
ONE_HOT[:] = [i == 15 for i in range(31)]


cdef inline vec one_in_lane(Py_ssize_t lane) noexcept nogil:
    """1 in one lane, 0 in all others."""
    return load(ONE_HOT + 15 - lane)


cdef struct Matrix:
    real* first
    Py_ssize_t stride          # reals from one row to the next


cdef struct Span:
    Py_ssize_t lo
    Py_ssize_t hi


cdef inline Py_ssize_t padded_stride(Py_ssize_t n) noexcept nogil:
    # Slices of rows a multiple of 256 bytes apart would share few sets of the first cache.
    return n + VL if n * <Py_ssize_t> sizeof(real) % 256 == 0 else n


cdef inline Py_ssize_t n_panels(Py_ssize_t n_vecs) noexcept nogil:
    return (n_vecs + PANEL - 1) // PANEL


cdef inline Py_ssize_t panel_width(Py_ssize_t n_vecs, Py_ssize_t p) noexcept nogil:
    """Reals of one row of panel p: the last panel may be one vector wide."""
    return min(PANEL, n_vecs - p * PANEL) * VL


cdef real* aligned(real* p) noexcept nogil:
    cdef uintptr_t size = VL * sizeof(real)
    return <real*> ((<uintptr_t> p + size - 1) & ~(size - 1))


def all_finite(const real[::1] a not None):
    """Whether no element is NaN or infinite."""
    cdef bint finite
    with nogil:
        finite = are_finite(&a[0], a.shape[0])
    return finite


cdef bint are_finite(const real* a, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i
    cdef vec zero = splat(0)
    cdef real sum
    for i in range(n // VL):
        zero = zero + (load(a + i * VL) - load(a + i * VL))     # x - x is 0, or NaN
    sum = hsum(zero)
    for i in range(n // VL * VL, n):
        sum += a[i] - a[i]
    return sum == 0
