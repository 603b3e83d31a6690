"""Products with compressed rows: nonzero by nonzero, for `first_layer.pxi`.

    forward      z1[i] = b1 + sum of x W1^T[k] over the nonzeros x = X[i, k] of example i,
    backward     dW1^T[k] += x delta1[i] for each of them, or, for a full batch, by column,
                 dW1^T[k] += sum of x delta1[i] over the nonzeros of column k in a block.
The walk by column is the forward loop again: a row of dW1 is loaded and stored once per block.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset


cdef enum Pass:
    FORWARD
    BACKWARD
    BACKWARD_BY_COLUMN

cdef enum ColumnHalf:
    # Columns of X that a walk over compressed rows covers: two threads take a half each.
    WHOLE
    FIRST_HALF
    SECOND_HALF


cdef struct Nonzeros:
    # One list: an example's, whole or a half of it, or a column's in a block.
    const uint8_t* values
    const uint8_t* indices
    Py_ssize_t n               # a multiple of 4


cdef inline Py_ssize_t value_size(Encoding encoding) noexcept nogil:
    return 1 if encoding == PIXEL_STEPS else <Py_ssize_t> sizeof(real)


cdef inline Py_ssize_t index_size(Encoding encoding) noexcept nogil:
    return 4 if encoding == REAL_COLUMNS else 1


cdef inline Nonzeros nonzeros_of(
    const Inputs* inputs, Encoding encoding, Py_ssize_t i, ColumnHalf half,
) noexcept nogil:
    cdef const NonzeroList* entries = inputs.lists + i
    cdef const uint8_t* values = inputs.entries + entries.first
    cdef const uint8_t* indices = values + entries.n * value_size(encoding)
    if half == WHOLE:
        return Nonzeros(values, indices, entries.n)
    if half == FIRST_HALF:
        return Nonzeros(values, indices, entries.half)
    return Nonzeros(values + entries.half * value_size(encoding),
                    indices + entries.half * index_size(encoding), entries.n - entries.half)


# Encoding, V (vectors of a panel), G (panels), Pass and `ordered` are constants where these are
# inlined; `ordered` is `in_order()`.


cdef inline void spread(
    Encoding encoding, bint ordered, const uint8_t* values, Py_ssize_t t, vec* x,
) noexcept nogil:
    """Values t to t + 3, each in all lanes of a vector; where `ordered`, of unit 1."""
    if encoding != PIXEL_STEPS:
        spread_reals(<const real*> values + t, x)
    elif ordered:
        spread_pixel_reals(values + t, x)
    else:
        spread_pixels(values + t, x)


cdef inline real value_scale(Encoding encoding) noexcept nogil:
    """The unit of the values: pixels are summed as whole numbers, their sum times 1/255."""
    return PIXEL_HIGH if encoding == PIXEL_STEPS else 1


cdef inline real* row_at(
    Encoding encoding, real* at, real* first, const uint8_t* indices, Py_ssize_t t, Py_ssize_t row,
) noexcept nogil:
    """The row of index t: a step from the row `at`, or a column counted from the row `first`."""
    if encoding == REAL_COLUMNS:
        return first + (<const int32_t*> indices)[t] * row
    return at + indices[t] * row


cdef inline void gather(
    Encoding encoding, bint ordered, int V, int G, Nonzeros x, Matrix B, Py_ssize_t b_panel,
    const real* first, real* out, Py_ssize_t out_panel,
) noexcept nogil:
    """out = first + unit sum over t of x[t] B[index[t], :], for G panels of V vectors.

    U partial sums of each vector keep 8 multiply-adds in flight. Where `ordered` there is one,
    and it begins with `first`.
    """
    cdef int U = 1 if ordered else min(4, max(1, 8 // (G * V)))
    cdef vec acc[8]
    cdef vec value[4]
    cdef real* b = B.first
    cdef int u, v, g, at
    cdef Py_ssize_t t
    for at in range(U * G * V):
        acc[at] = load(first + at // V * out_panel + at % V * VL) if ordered else splat(0)
    for t in range(x.n // 4):
        spread(encoding, ordered, x.values, 4 * t, value)
        for u in range(4):
            b = row_at(encoding, b, B.first, x.indices, 4 * t + u, B.stride)
            for g in range(G):
                for v in range(V):
                    at = (u % U * G + g) * V + v
                    acc[at] = acc[at] + value[u] * load(b + g * b_panel + v * VL)
    for g in range(G):
        for v in range(V):
            at = g * V + v
            if U >= 2:
                acc[at] = acc[at] + acc[at + G * V]
            if U == 4:
                acc[at] = acc[at] + (acc[at + 2 * G * V] + acc[at + 3 * G * V])
            if not ordered:
                acc[at] = (load(first + g * out_panel + v * VL)
                           + value_scale(encoding) * acc[at])
            store(out + g * out_panel + v * VL, acc[at])


cdef inline void scatter(
    Encoding encoding, bint ordered, int V, int G, Nonzeros x, const real* d, real* C,
    Py_ssize_t c_panel,
) noexcept nogil:
    """C[index[t], :] += x[t] unit d, for G panels of V vectors."""
    cdef vec dv[8]
    cdef vec value[4]
    cdef Py_ssize_t step[4]
    cdef real* c = C
    cdef real* at
    cdef int u, v, g
    cdef Py_ssize_t t
    for v in range(G * V):
        dv[v] = load(d + v * VL)
        if not ordered:
            dv[v] = value_scale(encoding) * dv[v]
    for t in range(x.n // 4):
        spread(encoding, ordered, x.values, 4 * t, value)
        if encoding != REAL_COLUMNS:
            four_bytes(x.indices + 4 * t, step)
        for u in range(4):
            if encoding == REAL_COLUMNS:
                c = row_at(encoding, c, C, x.indices, 4 * t + u, V * VL)
            else:
                c += step[u] * V * VL
            for g in range(G):
                for v in range(V):
                    at = c + g * c_panel + v * VL
                    store(at, load(at) + value[u] * dv[g * V + v])


cdef void entries_to_reals(const Inputs* inputs, Py_ssize_t i, real* out) noexcept nogil:
    """Example i with its zeros, (n_inputs,)."""
    cdef Encoding encoding = inputs.encoding
    cdef Nonzeros x = nonzeros_of(inputs, encoding, i, WHOLE)
    cdef real* at = out
    cdef Py_ssize_t t
    memset(out, 0, inputs.n_inputs * sizeof(real))
    for t in range(x.n):
        at = row_at(encoding, at, out, x.indices, t, 1)
        # Added, since entries that fill up a list are 0 and may stand anywhere.
        at[0] += value_scale(encoding) * (
            x.values[t] if encoding == PIXEL_STEPS else (<const real*> x.values)[t])


cdef inline void prefetch_example(const Block* block, Py_ssize_t i, ColumnHalf half) noexcept nogil:
    """Prefetch the list and target of example i + AHEAD: in random order they lie anywhere.

    The record of where a list begins is prefetched 2 AHEAD examples before. The number of lines
    is that of an average list: a branch on each list's length would be mispredicted.
    """
    cdef const Inputs* inputs = block.inputs
    cdef Py_ssize_t line, other
    cdef Nonzeros x
    if block.first + i + 2 * AHEAD < block.n_order:
        prefetch(inputs.lists + example(block, i + 2 * AHEAD))
    if block.first + i + AHEAD < block.n_order:
        other = example(block, i + AHEAD)
        if half == WHOLE:
            for line in range(inputs.lines):
                prefetch(inputs.entries + inputs.lists[other].first + 64 * line)
        else:
            x = nonzeros_of(inputs, inputs.encoding, other, half)
            for line in range(inputs.lines // 4 + 1):
                prefetch(x.values + 64 * line)
                prefetch(x.indices + 64 * line)
        if inputs.Y:
            prefetch(inputs.Y + other * inputs.row_outputs)


cdef inline void over_examples(
    Pass pass_, Encoding encoding, bint ordered, int V, int G, const Block* block,
    ColumnHalf half, bint fetch, Matrix rows, real* panels, Py_ssize_t panel, const real* bias,
) noexcept nogil:
    """A walk over each example's list, for G panels of V vectors."""
    cdef const Inputs* inputs = block.inputs
    cdef Nonzeros x
    cdef Py_ssize_t i
    cdef real* row = rows.first
    if half == SECOND_HALF and encoding != REAL_COLUMNS:
        panels += max(0, inputs.middle - 1) * V * VL      # the half's first step starts here
    for i in range(block.n):
        if fetch:
            prefetch_example(block, i, half)
        elif block.order and i + 1 < block.n:
            # An earlier walk left the next list in the second cache, anywhere.
            x = nonzeros_of(inputs, encoding, example(block, i + 1), half)
            prefetch(x.values)
            prefetch(x.indices)
        x = nonzeros_of(inputs, encoding, example(block, i), half)
        if pass_ == FORWARD:
            gather(encoding, ordered, V, G, x, Matrix(panels, V * VL), panel, bias, row, V * VL)
        else:
            scatter(encoding, ordered, V, G, x, row, panels, panel)
        row += rows.stride


cdef inline void over_columns(
    Encoding encoding, bint ordered, int V, int G, const Block* block,
    Matrix rows, real* panels, Py_ssize_t panel,
) noexcept nogil:
    """A walk over each column's list in a whole block, for G panels of V vectors."""
    cdef const Inputs* inputs = block.inputs
    cdef const int64_t* span = inputs.block_span + block.first // inputs.block * 3
    cdef const int32_t* column = inputs.columns + 2 * span[0]
    cdef const int32_t* last = column + 2 * span[1]
    cdef const uint8_t* at = inputs.by_column + span[2]
    cdef Py_ssize_t n
    cdef real* dw
    while column < last:
        n = column[1]
        dw = panels + <Py_ssize_t> column[0] * (V * VL)
        gather(encoding, ordered, V, G, Nonzeros(at, at + n * value_size(encoding), n),
               rows, V * VL, dw, dw, panel)
        at += n * (1 + value_size(encoding)) + 7 & ~7
        column += 2


cdef inline void pass_over_lists(
    Pass pass_, Encoding encoding, bint ordered, int V, int G, const Block* block,
    ColumnHalf half, bint fetch, Matrix rows, real* panels, Py_ssize_t panel, const real* bias,
) noexcept nogil:
    if pass_ == BACKWARD_BY_COLUMN:
        over_columns(encoding, ordered, V, G, block, rows, panels, panel)
    else:
        over_examples(pass_, encoding, ordered, V, G, block, half, fetch, rows, panels, panel,
                      bias)


cdef inline void pass_over_panels(
    Pass pass_, Encoding encoding, bint ordered, const Block* block, ColumnHalf half,
    const Layer* layer, Matrix rows, real* panels, const real* bias,
) noexcept nogil:
    """All examples for a few panels, which stay in a cache meanwhile; then the next panels.

    Where `ordered`, two panels at a time where there are no more: one alone adds up too few sums.
    """
    cdef Py_ssize_t p = 0, n, panel = layer.n_in * PANEL * VL
    cdef bint fetch
    while p < n_panels(layer.vecs):
        n = layer.vecs // PANEL - p        # whole panels left
        n = PANELS_PER_WALK if n >= PANELS_PER_WALK else 2 if ordered and n >= 2 else 1
        fetch = pass_ == FORWARD and p == 0
        if n > 1 and n == PANELS_PER_WALK:
            pass_over_lists(pass_, encoding, ordered, PANEL, PANELS_PER_WALK, block, half, fetch,
                            rows, panels, panel, bias)
        elif ordered and n == 2:
            pass_over_lists(pass_, encoding, ordered, PANEL, 2, block, half, fetch,
                            rows, panels, panel, bias)
        elif panel_width(layer.vecs, p) == PANEL * VL:
            pass_over_lists(pass_, encoding, ordered, PANEL, 1, block, half, fetch,
                            rows, panels, panel, bias)
        else:
            pass_over_lists(pass_, encoding, ordered, 1, 1, block, half, fetch,
                            rows, panels, panel, bias)
        p += n
        panels += n * panel
        rows.first += n * PANEL * VL
        if pass_ == FORWARD:
            bias += n * PANEL * VL


cdef inline void pass_over_nonzeros(
    Pass pass_, const Block* block, ColumnHalf half, const Layer* layer,
    Matrix rows, real* panels, const real* bias,
) noexcept nogil:
    """FORWARD: panels of W1 to rows of z1. Else: rows of delta1 to panels of dW1."""
    if in_order():
        pass_in_encoding(pass_, True, block, half, layer, rows, panels, bias)
    else:
        pass_in_encoding(pass_, False, block, half, layer, rows, panels, bias)


cdef inline void pass_in_encoding(
    Pass pass_, bint ordered, const Block* block, ColumnHalf half, const Layer* layer,
    Matrix rows, real* panels, const real* bias,
) noexcept nogil:
    cdef Encoding encoding = block.inputs.encoding
    if encoding == PIXEL_STEPS:
        pass_over_panels(pass_, PIXEL_STEPS, ordered, block, half, layer, rows, panels, bias)
    elif encoding == REAL_STEPS or pass_ == BACKWARD_BY_COLUMN:      # by column: steps
        pass_over_panels(pass_, REAL_STEPS, ordered, block, half, layer, rows, panels, bias)
    else:
        pass_over_panels(pass_, REAL_COLUMNS, ordered, block, half, layer, rows, panels, bias)
