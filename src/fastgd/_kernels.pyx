"""Forward pass, squared-error cost and backprop gradient, as SUMS over examples.

What `_reference.py` says in NumPy, at the speed of the machine. One source, built
once for each of float32 and float64 and each instruction set (`real`, `vec` and
`VL` come from `_simd.h`). Everything here works on checked, converted arrays:
checks are `_arrays.py`'s, and division by n is `cost.py`'s, but for a mini-batch's mean.

In the order the data walks: register tiles -> activations -> the first layer over
the layouts of X -> the other layers -> one block of examples -> the doors. Only
the doors know of threads (`_team.pxi`). Two doors have files of their own, included at
the end: mini-batch descent (`_descend.pxi`) and the cost on a plane (`_plane.pxi`).

Padded parameters. SIMD runs across the neurons of a layer, so a layer's weights are
kept transposed in panels of two vectors: panel p holds, for each input k, the 2 VL
neurons from 2 VL p on, zero where there is no neuron. A panel of the last, odd
vector is one vector wide. Padding neurons answer exactly 0, as does the padding of Y,
so their error, delta and steps are exactly 0 too.
"""

from cython.parallel cimport parallel, prange, threadid
from libc.math cimport isfinite
from libc.stdint cimport int32_t, int64_t, uint8_t, uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

cdef extern from "_simd.h" nogil:
    ctypedef double real
    ctypedef double vec
    const int VL
    const int TILE_ROWS
    const int TOGETHER
    const real PIXEL_HIGH
    vec load(const real* p)
    void store(real* p, vec v)
    vec load_column(const real* p, Py_ssize_t row)
    vec splat(real x)
    real hsum(vec v)
    void prefetch(const void* p)
    void spread_reals(const real* x, vec* out)
    void spread_pixels(const uint8_t* p, vec* out)
    void pixels_to_reals(const uint8_t* p, real* x, Py_ssize_t n)
    void fill_pixel_table()
    vec sigmoid_vec(vec z)
    vec tanh_vec(vec z)
    vec relu_vec(vec z)

ctypedef fused index_t:
    uint8_t                # the step from the index before
    int32_t                # the index itself

ctypedef fused value_t:
    uint8_t
    real

cdef enum:
    SIGMOID
    TANH
    RELU
    IDENTITY

cdef enum:
    PANEL = 2              # vectors to a panel
    MAX_BLOCK = 256        # examples to a block; a row within one is a uint8
    MAX_GROUPS = 32        # slots a sum over examples is gathered in
    STEPS_IN_CACHE = 1024  # steps of a panel that stay in the second cache
    LINES_IN_CACHE = 128   # steps that each touch a line of A, all of which stay in the first
    AHEAD = 8              # examples between asking memory for one and walking it
    MOST_LINES = 16        # of one example that are asked for
    CACHED = 1 << 21       # bytes of activations and deltas in a block
    CACHED_X = 1 << 18     # bytes of a block's dense inputs, which dW asks for once more
    FEW = 16               # examples whose step of W costs less than to transpose it

fill_pixel_table()

LANES = VL
ACTIVATIONS = {"sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "identity": IDENTITY}

cdef struct Layer:
    Py_ssize_t n_in
    Py_ssize_t n_out
    Py_ssize_t vecs        # vectors that hold n_out neurons
    Py_ssize_t row         # reals from one example's activations to the next's
    int activation
    real* lanes            # (VL,) 1 for the neurons of the last vector, 0 for its padding
    Py_ssize_t weights     # offsets in theta: weights (n_out, n_in)
    Py_ssize_t biases      #                   biases (n_out,)
    Py_ssize_t forward     # offsets in the padded parameters: panels over n_out, n_in steps
    Py_ssize_t bias        #                                   (vecs * VL,)
    Py_ssize_t backward    #   panels over n_in, n_out steps: W untransposed, for W^T delta
    Py_ssize_t a           # offsets in a thread's scratch: activations (block, row)
    Py_ssize_t delta       #                                dC/dz (block, row)


cdef class Plan:
    """A network's sizes laid out for this build: offsets, paddings, block of examples."""

    cdef Layer* layers
    cdef real* lanes
    cdef readonly Py_ssize_t n_layers, n_inputs, n_outputs, n_parameters
    cdef readonly Py_ssize_t block          # examples that walk through the layers together
    cdef readonly Py_ssize_t row_outputs    # n_outputs padded to whole vectors
    cdef Py_ssize_t slot_size               # forward panels and biases: what a gradient fills
    cdef Py_ssize_t padded_size             # slot_size + backward panels + zeros
    cdef Py_ssize_t zeros
    cdef Py_ssize_t x, x_row                # the converted inputs in a thread's scratch
    cdef Py_ssize_t scratch_size
    cdef Py_ssize_t one_size                # input and padded activations of one example

    def __cinit__(self, layer_sizes, str activation, str output_activation):
        cdef Py_ssize_t n = len(layer_sizes) - 1, at = 0, l, i, vecs_in
        cdef Layer* layer
        self.n_layers = n
        self.layers = <Layer*> calloc(n, sizeof(Layer))
        self.lanes = <real*> calloc(n * VL, sizeof(real))
        if self.layers is NULL or self.lanes is NULL:
            raise MemoryError
        for l in range(n):
            layer = &self.layers[l]
            layer.n_in = layer_sizes[l]
            layer.n_out = layer_sizes[l + 1]
            layer.vecs = (layer.n_out + VL - 1) // VL
            layer.row = padded_row(layer.vecs * VL)
            layer.activation = ACTIVATIONS[output_activation if l == n - 1 else activation]
            layer.lanes = self.lanes + l * VL
            for i in range(layer.n_out - (layer.vecs - 1) * VL):
                layer.lanes[i] = 1
            layer.weights = at
            layer.biases = at + layer.n_out * layer.n_in
            at = layer.biases + layer.n_out
            layer.forward = self.slot_size
            layer.bias = layer.forward + layer.n_in * layer.vecs * VL
            self.slot_size = layer.bias + layer.vecs * VL
        self.n_parameters = at
        self.padded_size = self.slot_size
        for l in range(1, n):
            layer = &self.layers[l]
            vecs_in = self.layers[l - 1].vecs
            layer.backward = self.padded_size
            self.padded_size += layer.n_out * vecs_in * VL
        self.zeros = self.padded_size
        for l in range(n):
            self.padded_size = max(self.padded_size, self.zeros + self.layers[l].vecs * VL)
        self.n_inputs = self.layers[0].n_in
        self.n_outputs = self.layers[n - 1].n_out
        self.row_outputs = self.layers[n - 1].vecs * VL
        self.x_row = padded_row((self.n_inputs + VL - 1) // VL * VL)
        self._place_scratch()
        self.one_size = self.n_inputs + VL
        for l in range(n):
            self.one_size += self.layers[l].vecs * VL

    cdef _place_scratch(self):
        cdef Py_ssize_t width = 0, l, at
        for l in range(self.n_layers):
            width += 2 * self.layers[l].row
        self.block = MAX_BLOCK
        while self.block > 32 and self.block * width * <Py_ssize_t> sizeof(real) > CACHED:
            self.block //= 2
        at = 0
        for l in range(self.n_layers):
            self.layers[l].a = at
            self.layers[l].delta = at + self.block * self.layers[l].row
            at += 2 * self.block * self.layers[l].row
        self.x = at
        # Where compressed: two halves of the first layer's weighted inputs.
        self.scratch_size = at + self.block * max(self.x_row, 2 * self.layers[0].row)

    def __dealloc__(self):
        free(self.layers)
        free(self.lanes)

    def n_groups(self, Py_ssize_t n_examples):
        """Slots for a sum over `n_examples`: a function of the problem alone."""
        cdef Py_ssize_t n_blocks = (n_examples + self.block - 1) // self.block
        cdef Py_ssize_t in_16_mib = (1 << 24) // (self.slot_size * <Py_ssize_t> sizeof(real))
        return max(1, min(n_blocks, max(8, min(MAX_GROUPS, in_16_mib))))

    def work_size(self, Py_ssize_t n_groups, Py_ssize_t n_threads):
        """Reals of working memory: padded parameters, a slot a group, scratch a thread."""
        return self.padded_size + n_groups * self.slot_size + n_threads * self.scratch_size + VL

    def work_per_example(self, double inputs_per_example):
        """Multiply-adds of one example's cost and gradient, in whole vectors."""
        cdef double work = 2 * inputs_per_example * self.layers[0].vecs * VL
        cdef Py_ssize_t l
        for l in range(1, self.n_layers):
            work += 3.0 * self.layers[l].n_in * self.layers[l].vecs * VL
        return work

    @property
    def velocity_size(self):
        return self.slot_size


cdef struct Matrix:
    const real* first
    Py_ssize_t row             # reals from one row to the next


cdef struct Span:
    Py_ssize_t lo
    Py_ssize_t hi


cdef inline Span span(Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    cdef Span of
    of.lo = lo
    of.hi = hi
    return of


cdef inline Py_ssize_t padded_row(Py_ssize_t n) noexcept nogil:
    # A slice of rows a multiple of 256 bytes apart would fall into few sets of the first cache.
    return n + VL if n * <Py_ssize_t> sizeof(real) % 256 == 0 else n


# ---------------------------------------------------------------- register tiles


cdef inline Py_ssize_t n_panels(Py_ssize_t n_vecs) noexcept nogil:
    return (n_vecs + PANEL - 1) // PANEL


cdef inline Py_ssize_t panel_width(Py_ssize_t n_vecs, Py_ssize_t p) noexcept nogil:
    return min(PANEL, n_vecs - p * PANEL) * VL


cdef inline void tile(
    int R, int V, bint fetch, Py_ssize_t n_steps,
    const real* A, Py_ssize_t a_row, Py_ssize_t a_step,
    const real* B, Py_ssize_t b_step,
    const real* I, Py_ssize_t i_row,
    real* C, Py_ssize_t c_row,
) noexcept nogil:
    """C[r, :] = I[r, :] + sum over s of A[r, s] B[s, :], R rows of V vectors in registers.

    R and V are constants wherever this is inlined, so the small loops vanish. Where `fetch`,
    A is asked for what the next R rows hold: they lie too far apart to be foreseen.
    """
    cdef vec acc[16]
    cdef vec b[PANEL]
    cdef const real* Ar[3]
    cdef real a
    cdef int r, v
    cdef Py_ssize_t chunk, s
    for r in range(R):
        for v in range(V):
            acc[r * V + v] = load(I + r * i_row + v * VL)
    # Three rows are one pointer and x86's two scaled offsets; a pointer a row would be
    # more than there are registers.
    for r in range((R + 2) // 3):
        Ar[r] = A + 3 * r * a_row
    for chunk in range((n_steps + 15) // 16):
        if fetch:
            for r in range(R):
                prefetch(A + (r + R) * a_row + 16 * chunk)
        for s in range(16 * chunk, min(16 * chunk + 16, n_steps)):
            for v in range(V):
                b[v] = load(B + s * b_step + v * VL)
            for r in range(R):
                a = Ar[r // 3][r % 3 * a_row]
                for v in range(V):
                    acc[r * V + v] = acc[r * V + v] + a * b[v]
            for r in range((R + 2) // 3):
                Ar[r] += a_step
    for r in range(R):
        for v in range(V):
            store(C + r * c_row + v * VL, acc[r * V + v])


cdef inline void tiles(
    int V, bint fetch, Py_ssize_t n_rows, Py_ssize_t n_steps,
    const real* A, Py_ssize_t a_row, Py_ssize_t a_step,
    const real* B, Py_ssize_t b_step,
    const real* I, Py_ssize_t i_row,
    real* C, Py_ssize_t c_row,
) noexcept nogil:
    """One panel of `matmul`: n_rows split as evenly as tiles of TILE_ROWS allow."""
    cdef Py_ssize_t n_tiles = (n_rows + TILE_ROWS - 1) // TILE_ROWS
    cdef Py_ssize_t i, r = 0, next_r
    cdef const real* Ar
    cdef const real* Ir
    cdef real* Cr
    for i in range(n_tiles):
        next_r = n_rows * (i + 1) // n_tiles
        Ar = A + r * a_row
        Ir = I + r * i_row
        Cr = C + r * c_row
        if TILE_ROWS >= 8 and next_r - r == 8:
            tile(8, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif TILE_ROWS >= 7 and next_r - r == 7:
            tile(7, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif TILE_ROWS >= 6 and next_r - r == 6:
            tile(6, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif TILE_ROWS >= 5 and next_r - r == 5:
            tile(5, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif next_r - r == 4:
            tile(4, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif next_r - r == 3:
            tile(3, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        elif next_r - r == 2:
            tile(2, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        else:
            tile(1, V, fetch, n_steps, Ar, a_row, a_step, B, b_step, Ir, i_row, Cr, c_row)
        r = next_r


cdef void matmul(
    Py_ssize_t n_rows, Py_ssize_t n_steps, Py_ssize_t n_vecs,
    const real* A, Py_ssize_t a_row, Py_ssize_t a_step,       # IN
    const real* B, Py_ssize_t b_row,                          # IN
    const real* first,                                        # IN   NULL: C itself
    real* C, Py_ssize_t c_row,                                # OUT, IN too where first is NULL
) noexcept nogil:
    """C = A B + first, with A (n_rows, n_steps), B (n_steps, n_vecs VL), C (n_rows, n_vecs VL).

    `first` (n_vecs VL,) is the same for every row. A row of 0 says that B or C is stored
    in panels.
    """
    cdef Py_ssize_t p, chunk, s, n_s, b_step, c_step, i_step
    cdef Py_ssize_t width, chunk_size = STEPS_IN_CACHE if a_step == 1 else LINES_IN_CACHE
    cdef const real* I
    for p in range(n_panels(n_vecs)):
        width = panel_width(n_vecs, p)
        b_step = b_row or width
        c_step = c_row or width
        for chunk in range((n_steps + chunk_size - 1) // chunk_size):
            s = chunk * chunk_size
            n_s = min(chunk_size, n_steps - s)
            I = first if first and chunk == 0 else C
            i_step = 0 if first and chunk == 0 else c_step
            if width == PANEL * VL:
                tiles(2, p == 0 and a_step == 1, n_rows, n_s, A + s * a_step, a_row, a_step,
                      B + s * b_step, b_step, I, i_step, C, c_step)
            else:
                tiles(1, p == 0 and a_step == 1, n_rows, n_s, A + s * a_step, a_row, a_step,
                      B + s * b_step, b_step, I, i_step, C, c_step)
        B += width if b_row else n_steps * width
        C += width if c_row else n_rows * width
        if first:
            first += width


# ------------------------------------------------------------------- activations


cdef void activate(int activation, Py_ssize_t n, const Layer* layer, real* z) noexcept nogil:
    """z (n, row) becomes a = f(z), 0 in padding lanes."""
    cdef Py_ssize_t n_vecs = (n - 1) * layer.row // VL + layer.vecs      # f(0) = 0 between rows
    cdef Py_ssize_t i, v
    cdef real* at
    cdef vec lanes = load(layer.lanes)
    if activation == SIGMOID:
        for i in range(n):
            at = z + i * layer.row
            for v in range(layer.vecs - 1):
                store(at + v * VL, sigmoid_vec(load(at + v * VL)))
            at += (layer.vecs - 1) * VL
            store(at, lanes * sigmoid_vec(load(at)))        # sigmoid(0) is not 0
    elif activation == TANH:
        for v in range(n_vecs):
            store(z + v * VL, tanh_vec(load(z + v * VL)))
    elif activation == RELU:
        for v in range(n_vecs):
            store(z + v * VL, relu_vec(load(z + v * VL)))


cdef inline vec times_derivative(int activation, vec d, vec a) noexcept nogil:
    """d f'(z), with f' as a function of a = f(z) alone."""
    if activation == SIGMOID:
        return d * (a * (splat(1) - a))        # a (1 - a)
    if activation == TANH:
        return d * (splat(1) - a * a)          # 1 - a^2
    return d * step_vec(a)                     # 1 where a > 0


cdef extern from *:
    """
    INLINE vec step_vec(vec a) { return pick(a > splat(0), splat(1), splat(0)); }
    """
    vec step_vec(vec a) nogil


# --------------------------------------------------- the first layer, over layouts


cdef struct List:
    int64_t first              # byte
    int32_t n                  # entries
    int32_t half               # of them before the middle


cdef struct Rows:
    # Examples as the kernel walks them: one of dense, pixels, entries is not NULL.
    Py_ssize_t n_inputs
    const real* dense          # (n, n_inputs)
    const uint8_t* pixels      # (n, n_inputs)
    # Compressed: lists of n values and their n indices, as `_layout.pyx` makes them.
    const List* lists          # (n,)
    const uint8_t* entries
    Py_ssize_t index_size      # bytes: 1 of a step, 4 of an int32 column
    Py_ssize_t value_size      # bytes: 1 of a uint8, or a real's
    Py_ssize_t middle          # column that the second halves of lists begin with
    Py_ssize_t lines           # cache lines of an average list
    # The same entries by column within blocks of examples, for dW1 of a full batch.
    Py_ssize_t block
    const int64_t* block_span  # (n_blocks, 3) first list, number of lists, first byte
    const int32_t* columns     # (., 2) column, number of entries
    const uint8_t* by_column
    const real* Y              # (n, row_outputs), padding 0
    Py_ssize_t row_outputs
    const real* weight         # (n,) or NULL


cdef struct Net:
    const Layer* layers
    Py_ssize_t n_layers
    Py_ssize_t block           # rows of scratch
    Py_ssize_t x, x_row        # converted inputs in scratch
    real* params               # padded parameters
    Py_ssize_t zeros           # in params: as many as the widest layer has lanes


cdef struct Block:
    # Up to plan.block examples on their way through the layers.
    const Rows* rows
    const int64_t* order       # example i is order[first + i], or first + i where NULL
    Py_ssize_t n_order
    Py_ssize_t first
    Py_ssize_t n
    real* scratch              # activations, deltas and converted inputs of a block
    Py_ssize_t at              # row of those that the first example has


cdef inline Block block_of(
    const Rows* rows, const int64_t* order, Py_ssize_t n_order, real* scratch,
    Py_ssize_t first, Py_ssize_t n,
) noexcept nogil:
    cdef Block block
    memset(&block, 0, sizeof(Block))
    block.rows = rows
    block.order = order
    block.n_order = n_order
    block.scratch = scratch
    block.first = first
    block.n = n
    return block


cdef inline Block slice_of(const Block* block, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """Examples lo to hi of a block, which keep their rows of its scratch."""
    cdef Block some = block[0]
    some.first += lo
    some.at += lo
    some.n = hi - lo
    return some


cdef inline real* a_of(const Block* block, const Layer* layer) noexcept nogil:
    """A layer's activations (n, row)."""
    return block.scratch + layer.a + block.at * layer.row


cdef inline real* delta_of(const Block* block, const Layer* layer) noexcept nogil:
    """A layer's dC/dz (n, row)."""
    return block.scratch + layer.delta + block.at * layer.row


cdef inline Py_ssize_t example(const Block* block, Py_ssize_t i) noexcept nogil:
    return block.order[block.first + i] if block.order else block.first + i


cdef inline void spread(const value_t* value, vec* out) noexcept nogil:
    if value_t is uint8_t:
        spread_pixels(value, out)
    else:
        spread_reals(value, out)


cdef inline real unit(const value_t* value) noexcept nogil:
    """What one step of a value is: pixels count in 255ths, and their sums are scaled."""
    if value_t is uint8_t:
        return PIXEL_HIGH
    else:
        return 1


cdef inline const real* moved(
    const real* at, const real* first, index_t index, Py_ssize_t row,
) noexcept nogil:
    """The row that an index names: so many rows past the one before, or past the first."""
    if index_t is uint8_t:
        return at + index * row
    else:
        return first + index * row


cdef inline void gather(
    int V, int G, Py_ssize_t n, const index_t* index, const value_t* value,
    const real* B, Py_ssize_t b_row, Py_ssize_t b_panel,
    const real* first, real* out, Py_ssize_t out_panel,
) noexcept nogil:
    """out = first + unit sum over t of value[t] B[index[t], :], for G panels of V vectors.

    n is a multiple of 4. As many sums as it takes to keep 8 multiply-adds in flight.
    """
    cdef int U = min(4, max(1, 8 // (G * V)))
    cdef vec acc[8]
    cdef vec x[4]
    cdef const real* b = B
    cdef int u, v, g, at
    cdef Py_ssize_t t
    for at in range(U * G * V):
        acc[at] = splat(0)
    for t in range(n // 4):
        spread(value + 4 * t, x)
        for u in range(4):
            b = moved(b, B, index[4 * t + u], b_row)
            for g in range(G):
                for v in range(V):
                    at = (u % U * G + g) * V + v
                    acc[at] = acc[at] + x[u] * load(b + g * b_panel + v * VL)
    for g in range(G):
        for v in range(V):
            at = g * V + v
            if U >= 2:
                acc[at] = acc[at] + acc[at + G * V]
            if U == 4:
                acc[at] = acc[at] + (acc[at + 2 * G * V] + acc[at + 3 * G * V])
            store(out + g * out_panel + v * VL,
                  load(first + g * out_panel + v * VL) + unit(value) * acc[at])


cdef inline void scatter(
    int V, int G, Py_ssize_t n, const index_t* index, const value_t* value,
    const real* d, real* C, Py_ssize_t c_row, Py_ssize_t c_panel,
) noexcept nogil:
    """C[index[t], :] += value[t] unit d, for G panels of V vectors; n a multiple of 4."""
    cdef vec dv[8]
    cdef vec x[4]
    cdef real* c = C
    cdef real* at
    cdef int u, v, g
    cdef Py_ssize_t t
    for v in range(G * V):
        dv[v] = unit(value) * load(d + v * VL)
    for t in range(n // 4):
        spread(value + 4 * t, x)
        for u in range(4):
            c = <real*> moved(c, C, index[4 * t + u], c_row)
            for g in range(G):
                for v in range(V):
                    at = c + g * c_panel + v * VL
                    store(at, load(at) + x[u] * dv[g * V + v])


cdef enum Part:
    # Columns of X that a first layer's product runs over.
    WHOLE
    FIRST_HALF
    SECOND_HALF


cdef struct Walk:
    # Entries of one example's list that lie in a part.
    const uint8_t* values
    const uint8_t* indices
    Py_ssize_t n


cdef inline Walk walk_of(const Rows* rows, Py_ssize_t i, Part part) noexcept nogil:
    cdef Walk walk
    cdef const List* entries = rows.lists + i
    walk.n = entries.n
    walk.values = rows.entries + entries.first
    walk.indices = walk.values + entries.n * rows.value_size
    if part == FIRST_HALF:
        walk.n = entries.half
    elif part == SECOND_HALF:
        walk.n -= entries.half
        walk.values += entries.half * rows.value_size
        walk.indices += entries.half * rows.index_size
    return walk


cdef inline Py_ssize_t first_column(const Rows* rows, Part part) noexcept nogil:
    """The column that the steps of a part begin at."""
    return max(0, rows.middle - 1) if part == SECOND_HALF and rows.index_size == 1 else 0


cdef inline void prefetch_example(const Block* block, Py_ssize_t i, Part part) noexcept nogil:
    """Ask for what example i + AHEAD needs: random order leaves it far away.

    Where its list begins must itself be asked for, as long before. As many lines each
    time, whatever the length: no branch to mispredict.
    """
    cdef const Rows* rows = block.rows
    cdef Py_ssize_t line, other
    cdef Walk walk
    if block.first + i + 2 * AHEAD < block.n_order:
        prefetch(rows.lists + example(block, i + 2 * AHEAD))
    if block.first + i + AHEAD < block.n_order:
        other = example(block, i + AHEAD)
        if part == WHOLE:
            for line in range(rows.lines):
                prefetch(rows.entries + rows.lists[other].first + 64 * line)
        else:
            walk = walk_of(rows, other, part)
            for line in range(rows.lines // 4 + 1):
                prefetch(walk.values + 64 * line)
                prefetch(walk.indices + 64 * line)
        if rows.Y:
            prefetch(rows.Y + other * rows.row_outputs)


cdef inline Py_ssize_t panels_at_once(const Layer* layer, Py_ssize_t p) noexcept nogil:
    """Panels from p on that one walk over compressed rows serves."""
    return TOGETHER if p + TOGETHER <= layer.vecs // PANEL else 1


cdef inline void forward_compressed(
    const Block* block, Part part, const index_t* index, const value_t* value,
    const Layer* layer, const real* W, const real* bias, real* z,
) noexcept nogil:
    """z = X W^T + b over compressed rows, few panels at a time so that they stay in cache.

    `index` and `value` only say what the entries are.
    """
    cdef const Rows* rows = block.rows
    cdef Walk walk
    cdef Py_ssize_t p = 0, i, width, at_once, column = first_column(rows, part)
    cdef Py_ssize_t panel = layer.n_in * PANEL * VL
    while p < n_panels(layer.vecs):
        width = panel_width(layer.vecs, p)
        at_once = panels_at_once(layer, p)
        for i in range(block.n):
            if p == 0:
                prefetch_example(block, i, part)
            walk = walk_of(rows, example(block, i), part)
            value = <const value_t*> walk.values
            index = <const index_t*> walk.indices
            if at_once > 1:
                gather(PANEL, TOGETHER, walk.n, index, value, W + column * width, PANEL * VL,
                       panel, bias, z + i * layer.row, PANEL * VL)
            elif width == PANEL * VL:
                gather(PANEL, 1, walk.n, index, value, W + column * width, PANEL * VL, 0,
                       bias, z + i * layer.row, 0)
            else:
                gather(1, 1, walk.n, index, value, W + column * width, VL, 0,
                       bias, z + i * layer.row, 0)
        p += at_once
        W += at_once * panel
        bias += at_once * PANEL * VL
        z += at_once * PANEL * VL


cdef inline void backward_compressed(
    const Block* block, Part part, const index_t* index, const value_t* value,
    const Layer* layer, const real* delta, real* dW,
) noexcept nogil:
    """dW += delta^T X over compressed rows, each row's outer product scattered."""
    cdef const Rows* rows = block.rows
    cdef Walk walk
    cdef Py_ssize_t p = 0, i, width, at_once, column = first_column(rows, part)
    cdef Py_ssize_t panel = layer.n_in * PANEL * VL
    while p < n_panels(layer.vecs):
        width = panel_width(layer.vecs, p)
        at_once = panels_at_once(layer, p)
        for i in range(block.n):
            walk = walk_of(rows, example(block, i), part)
            value = <const value_t*> walk.values
            index = <const index_t*> walk.indices
            if at_once > 1:
                scatter(PANEL, TOGETHER, walk.n, index, value, delta + i * layer.row,
                        dW + column * width, PANEL * VL, panel)
            elif width == PANEL * VL:
                scatter(PANEL, 1, walk.n, index, value, delta + i * layer.row,
                        dW + column * width, PANEL * VL, 0)
            else:
                scatter(1, 1, walk.n, index, value, delta + i * layer.row,
                        dW + column * width, VL, 0)
        p += at_once
        dW += at_once * panel
        delta += at_once * PANEL * VL


cdef inline void gather_columns(
    int V, int G, const Rows* rows, const int64_t* span, const value_t* value,
    const real* delta, Py_ssize_t delta_row, real* dW, Py_ssize_t panel,
) noexcept nogil:
    """G panels of V vectors of `backward_columns`."""
    cdef const int32_t* column = rows.columns + 2 * span[0]
    cdef const int32_t* last = column + 2 * span[1]
    cdef const char* at = <const char*> (rows.by_column + span[2])
    cdef Py_ssize_t n
    cdef real* dw
    while column < last:
        n = column[1]
        dw = dW + column[0] * V * VL
        value = <const value_t*> at
        gather(V, G, n, <const uint8_t*> (value + n), value, delta, delta_row, V * VL,
               dw, dw, panel)
        at += n * (1 + <Py_ssize_t> sizeof(value_t)) + 7 & ~7
        column += 2


cdef inline void backward_columns(
    const Block* block, const value_t* value, const Layer* layer, const real* delta, real* dW,
) noexcept nogil:
    """dW += delta^T X for a whole block, column by column: each row of dW is stored once."""
    cdef const Rows* rows = block.rows
    cdef const int64_t* span = rows.block_span + block.first // rows.block * 3
    cdef Py_ssize_t p = 0, at_once, panel = layer.n_in * PANEL * VL
    while p < n_panels(layer.vecs):
        at_once = panels_at_once(layer, p)
        if at_once > 1:
            gather_columns(PANEL, TOGETHER, rows, span, value, delta, layer.row, dW, panel)
        elif panel_width(layer.vecs, p) == PANEL * VL:
            gather_columns(PANEL, 1, rows, span, value, delta, layer.row, dW, panel)
        else:
            gather_columns(1, 1, rows, span, value, delta, layer.row, dW, panel)
        p += at_once
        delta += at_once * PANEL * VL
        dW += at_once * panel


cdef inline bint as_it_stands(const Block* block) noexcept nogil:
    """Whether X is dense, real, in order and not in rows that crowd the few sets of a cache."""
    cdef const Rows* rows = block.rows
    return (rows.dense and not block.order
            and rows.n_inputs * <Py_ssize_t> sizeof(real) % 1024 != 0)


cdef inline Matrix dense_x(const Net* net, const Block* block) noexcept nogil:
    """Dense inputs (n, row): as they stand, or where `lay_out_dense` puts them."""
    cdef Matrix x
    if as_it_stands(block):
        x.first = block.rows.dense + block.first * block.rows.n_inputs
        x.row = block.rows.n_inputs
    else:
        x.first = block.scratch + net.x + block.at * net.x_row
        x.row = net.x_row
    return x


cdef void lay_out_dense(const Net* net, const Block* block) noexcept nogil:
    cdef const Rows* rows = block.rows
    cdef Py_ssize_t i, n_in = rows.n_inputs
    cdef real* x = <real*> dense_x(net, block).first
    if as_it_stands(block):
        return
    for i in range(block.n):
        if rows.dense:
            memcpy(x, rows.dense + example(block, i) * n_in, n_in * sizeof(real))
        else:
            pixels_to_reals(rows.pixels + example(block, i) * n_in, x, n_in)
        x += net.x_row


cdef void first_forward(
    const Net* net, const Block* block, Part part, const real* W, const real* bias, real* z,
) noexcept nogil:
    """z = X W^T + b, whatever the layout of X; over a half of its columns only where compressed."""
    cdef const Layer* layer = &net.layers[0]
    cdef Matrix x
    cdef const Rows* rows = block.rows
    cdef const uint8_t* entries = rows.entries
    if entries and rows.value_size == 1:
        forward_compressed(block, part, entries, entries, layer, W, bias, z)
    elif entries and rows.index_size == 1:
        forward_compressed(block, part, entries, <const real*> entries, layer, W, bias, z)
    elif entries:
        forward_compressed(block, part, <const int32_t*> entries, <const real*> entries,
                           layer, W, bias, z)
    else:
        lay_out_dense(net, block)
        x = dense_x(net, block)
        matmul(block.n, layer.n_in, layer.vecs, x.first, x.row, 1, W, 0, bias, z, layer.row)


cdef void first_backward(
    const Net* net, const Block* block, Part part, Span inputs, real* dW,
) noexcept nogil:
    """dW += delta^T X, for a part of the columns where compressed, a span of them where dense."""
    cdef const Layer* layer = &net.layers[0]
    cdef const real* delta = delta_of(block, layer)
    cdef const Rows* rows = block.rows
    cdef const uint8_t* entries = rows.entries
    if rows.by_column and not block.order:
        if rows.value_size == 1:
            backward_columns(block, entries, layer, delta, dW)
        else:
            backward_columns(block, <const real*> entries, layer, delta, dW)
    elif entries and rows.value_size == 1:
        backward_compressed(block, part, entries, entries, layer, delta, dW)
    elif entries and rows.index_size == 1:
        backward_compressed(block, part, entries, <const real*> entries, layer, delta, dW)
    elif entries:
        backward_compressed(block, part, <const int32_t*> entries, <const real*> entries,
                            layer, delta, dW)
    else:
        add_products(layer, block.n, dense_x(net, block), delta, inputs, dW)


cdef void add_products(
    const Layer* layer, Py_ssize_t n, Matrix a, const real* delta, Span inputs, real* dW,
) noexcept nogil:
    """dW += delta^T a over n examples, for a span of the layer's inputs."""
    cdef Py_ssize_t p, width
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        matmul(inputs.hi - inputs.lo, n, width // VL, a.first + inputs.lo, 1, a.row,
               delta + p * PANEL * VL, layer.row, NULL, dW + inputs.lo * width, 0)
        dW += layer.n_in * width


# ------------------------------------------------------------- one block of examples


cdef void forward(const Net* net, const Block* block) noexcept nogil:
    """a_l = f(a_(l-1) W_l^T + b_l) for every layer, kept in scratch."""
    cdef const Layer* layer = &net.layers[0]
    first_forward(net, block, WHOLE, net.params + layer.forward, net.params + layer.bias,
                  a_of(block, layer))
    forward_rest(net, block)


cdef void forward_rest(const Net* net, const Block* block) noexcept nogil:
    """`forward` from the first layer's weighted inputs on."""
    cdef const Layer* layer = &net.layers[0]
    cdef const Layer* before
    cdef Py_ssize_t l
    activate(layer.activation, block.n, layer, a_of(block, layer))
    for l in range(1, net.n_layers):
        layer = &net.layers[l]
        before = &net.layers[l - 1]
        matmul(block.n, layer.n_in, layer.vecs, a_of(block, before), before.row, 1,
               net.params + layer.forward, 0, net.params + layer.bias,
               a_of(block, layer), layer.row)
        activate(layer.activation, block.n, layer, a_of(block, layer))


cdef double cost_of(const Net* net, const Block* block) noexcept nogil:
    """Sum of w (y - a)^2 over a block that `forward` has walked."""
    cdef const Rows* rows = block.rows
    cdef const Layer* last = &net.layers[net.n_layers - 1]
    cdef const real* a = a_of(block, last)
    cdef const real* y
    cdef Py_ssize_t i, v
    cdef vec error, squares, total = splat(0)
    for i in range(block.n):
        y = rows.Y + example(block, i) * rows.row_outputs
        squares = splat(0)
        for v in range(last.vecs):
            error = load(a + v * VL) - load(y + v * VL)
            squares = squares + error * error
        total = total + weight_of(block, i) * squares
        a += last.row
    return hsum(total)


cdef inline real weight_of(const Block* block, Py_ssize_t i) noexcept nogil:
    return block.rows.weight[example(block, i)] if block.rows.weight else 1


cdef void deltas(const Net* net, const Block* block, real scale) noexcept nogil:
    """delta_l = scale dC/dz_l for every layer, from the last one down."""
    cdef const Rows* rows = block.rows
    cdef const Layer* layer = &net.layers[net.n_layers - 1]
    cdef const Layer* before
    cdef const real* a = a_of(block, layer)
    cdef const real* y
    cdef real* delta = delta_of(block, layer)
    cdef Py_ssize_t i, v, l
    cdef real slope
    for i in range(block.n):
        y = rows.Y + example(block, i) * rows.row_outputs
        slope = 2 * scale * weight_of(block, i)
        for v in range(layer.vecs):
            store(delta + v * VL, slope * (load(a + v * VL) - load(y + v * VL)))
        a += layer.row
        delta += layer.row
    times_derivatives(layer, block)
    for l in range(net.n_layers - 1, 0, -1):
        layer = &net.layers[l]
        before = &net.layers[l - 1]
        matmul(block.n, layer.n_out, before.vecs, delta_of(block, layer), layer.row, 1,
               net.params + layer.backward, 0, net.params + net.zeros,
               delta_of(block, before), before.row)
        times_derivatives(before, block)


cdef void times_derivatives(const Layer* layer, const Block* block) noexcept nogil:
    """delta_l = dC/da_l f'(z_l), its second factor."""
    cdef Py_ssize_t n_vecs = block.n * layer.row // VL      # between rows: 0, or never read
    cdef const real* a = a_of(block, layer)
    cdef real* delta = delta_of(block, layer)
    if layer.activation == SIGMOID:
        times_each(SIGMOID, n_vecs, a, delta)
    elif layer.activation == TANH:
        times_each(TANH, n_vecs, a, delta)
    elif layer.activation == RELU:
        times_each(RELU, n_vecs, a, delta)


cdef inline void times_each(
    int activation, Py_ssize_t n_vecs, const real* a, real* delta,
) noexcept nogil:
    cdef Py_ssize_t v
    for v in range(n_vecs):
        store(delta + v * VL, times_derivative(activation, load(delta + v * VL), load(a + v * VL)))


cdef void add_biases(const Layer* layer, const Block* block, real* db) noexcept nogil:
    """db += the sum of delta over the block."""
    cdef const real* delta
    cdef Py_ssize_t i, v, fours = block.n // 4
    cdef vec sum[4]            # additions in flight
    cdef int u
    for v in range(layer.vecs):
        delta = delta_of(block, layer) + v * VL
        for u in range(4):
            sum[u] = splat(0)
        for i in range(fours):
            for u in range(4):
                sum[u] = sum[u] + load(delta + (4 * i + u) * layer.row)
        for i in range(4 * fours, block.n):
            sum[0] = sum[0] + load(delta + i * layer.row)
        store(db + v * VL, load(db + v * VL) + ((sum[0] + sum[1]) + (sum[2] + sum[3])))


cdef void add_weights(
    const Net* net, const Block* block, Py_ssize_t l, Part part, Span inputs, real* target,
) noexcept nogil:
    """dW_l += delta_l^T a_(l-1), for a span of the layer's inputs, or a part of X's columns."""
    cdef const Layer* layer = &net.layers[l]
    cdef Matrix a
    if l == 0:
        first_backward(net, block, part, inputs, target + layer.forward)
    else:
        a.first = a_of(block, layer - 1)
        a.row = (layer - 1).row
        add_products(layer, block.n, a, delta_of(block, layer), inputs, target + layer.forward)


cdef double run_block(const Net* net, const Block* block, real* gradient) noexcept nogil:
    """One block's sum of costs; its gradient added to `gradient`, unless NULL."""
    cdef Py_ssize_t l
    forward(net, block)
    if gradient:
        deltas(net, block, 1)
        for l in range(net.n_layers):
            add_biases(&net.layers[l], block, gradient + net.layers[l].bias)
            add_weights(net, block, l, WHOLE, span(0, net.layers[l].n_in), gradient)
    return cost_of(net, block)


# ------------------------------------------------------ theta in and out of its padding


cdef void pack(const Net* net, const real* theta, real* params) noexcept nogil:
    """theta -> forward panels (transposed) and biases; backward panels from those."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        fill_forward(layer, theta + layer.weights, params + layer.forward)
        memcpy(params + layer.bias, theta + layer.biases, layer.n_out * sizeof(real))
    fill_all_backward(net, params)


cdef void transpose(
    Py_ssize_t n_rows, Py_ssize_t n_columns, const real* A, Py_ssize_t a_row,     # IN
    real* B, Py_ssize_t b_row,                                                    # OUT
) noexcept nogil:
    """B[c, r] = A[r, c]."""
    cdef Py_ssize_t v, r, c, whole = n_rows // VL * VL
    for v in range(n_rows // VL):
        for c in range(n_columns):
            store(B + c * b_row + v * VL, load_column(A + v * VL * a_row + c, a_row))
    for c in range(n_columns):
        for r in range(whole, n_rows):
            B[c * b_row + r] = A[r * a_row + c]


cdef void fill_forward(const Layer* layer, const real* W, real* panel) noexcept nogil:
    """W (n_out, n_in) into panels."""
    cdef Py_ssize_t p, j, width
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        transpose(min(width, layer.n_out - j), layer.n_in, W + j * layer.n_in, layer.n_in,
                  panel, width)
        panel += layer.n_in * width


cdef void weights_of(const Layer* layer, const real* panel, real* W) noexcept nogil:
    """Panels into W (n_out, n_in)."""
    cdef Py_ssize_t p, j, width
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        transpose(layer.n_in, min(width, layer.n_out - j), panel, width,
                  W + j * layer.n_in, layer.n_in)
        panel += layer.n_in * width


cdef void fill_backward(
    const Layer* layer, const Layer* before, real* params, Span inputs,
) noexcept nogil:
    """Backward panels (over n_in, n_out steps) from forward panels (over n_out, n_in steps).

    For a span of the layer's inputs that begins where a panel does.
    """
    cdef Py_ssize_t p, q, j, k, width, width_in
    cdef const real* forward_panel = params + layer.forward
    cdef real* panel
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        for q in range(inputs.lo // (PANEL * VL), (inputs.hi + PANEL * VL - 1) // (PANEL * VL)):
            width_in = panel_width(before.vecs, q)
            k = q * PANEL * VL
            panel = params + layer.backward + layer.n_out * k
            transpose(min(width_in, layer.n_in - k), min(width, layer.n_out - j),
                      forward_panel + k * width, width, panel + j * width_in, width_in)
        forward_panel += layer.n_in * width


cdef void fill_all_backward(const Net* net, real* params) noexcept nogil:
    cdef Py_ssize_t l
    for l in range(1, net.n_layers):
        fill_backward(&net.layers[l], &net.layers[l - 1], params, span(0, net.layers[l].n_in))


cdef void unpack(const Net* net, const real* params, real* theta) noexcept nogil:
    """Forward panels and biases -> theta's order."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        weights_of(layer, params + layer.forward, theta + layer.weights)
        memcpy(theta + layer.biases, params + layer.bias, layer.n_out * sizeof(real))


# ------------------------------------------------------------------- sums over groups

include "_team.pxi"


cdef struct Sum:
    # A sum over examples, gathered in one slot a group of blocks. Which block belongs to
    # which group depends on the problem alone, so the bits do not depend on the threads.
    Net net
    const Rows* rows
    const int64_t* order
    Py_ssize_t n_order
    Py_ssize_t first, n        # examples first:first + n of order
    Py_ssize_t block, n_blocks, n_groups
    real* slots                # (n_groups, slot_size)
    Py_ssize_t slot_size
    real* scratch              # (n_threads, scratch_size)
    Py_ssize_t scratch_size
    bint gradient
    double cost[MAX_GROUPS]
    Tasks tasks                # groups, or blocks


cdef void add_group(Sum* s, Py_ssize_t g, int thread) noexcept nogil:
    """The blocks of group g into its slot, one after the other: it stays in a cache meanwhile."""
    cdef Py_ssize_t b, first
    cdef real* slot = s.slots + g * s.slot_size
    cdef real* scratch = s.scratch + thread * s.scratch_size
    cdef Block block
    s.cost[g] = 0
    if s.gradient:
        memset(slot, 0, s.slot_size * sizeof(real))
    for b in range(s.n_blocks * g // s.n_groups, s.n_blocks * (g + 1) // s.n_groups):
        first = s.first + b * s.block
        block = block_of(s.rows, s.order, s.n_order, scratch,
                         first, min(s.block, s.first + s.n - first))
        s.cost[g] += run_block(&s.net, &block, slot if s.gradient else NULL)
        if not breathe(&s.tasks, thread):
            break


cdef void add_groups(Sum* s, bint signals, int n_threads) noexcept nogil:
    """Every group into its slot, by whichever thread is free."""
    s.tasks = tasks_of(s.n_groups, signals)
    with parallel(num_threads=n_threads):
        take_groups(s, threadid())


cdef void take_groups(Sum* s, int thread) noexcept nogil:
    cdef Py_ssize_t g
    join(&s.tasks)
    g = take(&s.tasks)
    while g < s.n_groups:
        add_group(s, g, thread)
        g = take(&s.tasks)
    leave(&s.tasks, thread)


cdef void add_slots(Sum* s, int n_threads) noexcept nogil:
    """Slot 0 += the others, in index order."""
    cdef Py_ssize_t c
    for c in prange((s.slot_size + 1023) // 1024, schedule="static", num_threads=n_threads):
        add_slots_between(s, 1024 * c, min(1024 * (c + 1), s.slot_size))


cdef void add_slots_between(Sum* s, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    # lo and hi are multiples of VL, as slots are.
    cdef Py_ssize_t g, i
    cdef real* total = s.slots + lo
    cdef const real* slot
    for g in range(1, s.n_groups):
        slot = total + g * s.slot_size
        for i in range((hi - lo) // VL):
            store(total + i * VL, load(total + i * VL) + load(slot + i * VL))


cdef double total_cost(const Sum* s) noexcept nogil:
    cdef double cost = 0
    cdef Py_ssize_t g
    for g in range(s.n_groups):
        cost += s.cost[g]
    return cost


# -------------------------------------------------------------------------- the doors


cdef class Examples:
    """X in one of its layouts, with Y and weights: what the kernel walks over.

    Parameters
    ----------
    n_inputs : int
    dense, pixels : (n, n_inputs) array of real or uint8, or None
    compressed : (lists, entries, index_size, value_size, middle) or None
        The rows as `_layout.compress` makes them; uint8 values come with steps.
    columns : (block, block_span, columns, entries) or None
        The same entries as `_layout.by_column` makes them.
    Y : (n, plan.row_outputs) array of real, or None where only activations are asked for
    weight : (n,) array of real or None
    """

    cdef Rows rows
    cdef readonly Py_ssize_t n
    cdef readonly double inputs_per_example   # entries walked, for estimates of work
    cdef tuple _owners                        # memoryviews that keep the pointers alive

    def __cinit__(self, Py_ssize_t n_inputs, *, const real[:, ::1] dense=None,
                  const uint8_t[:, ::1] pixels=None, compressed=None, columns=None,
                  const real[:, ::1] Y=None, const real[::1] weight=None):
        cdef const List[::1] lists
        cdef const uint8_t[::1] entries, by_column
        cdef const int64_t[:, ::1] block_span
        cdef const int32_t[:, ::1] its_columns
        cdef Py_ssize_t i, total = 0
        cdef Rows* rows = &self.rows
        memset(rows, 0, sizeof(Rows))
        rows.n_inputs = n_inputs
        self.inputs_per_example = n_inputs
        if dense is not None:
            rows.dense = &dense[0, 0]
            self.n = dense.shape[0]
        elif pixels is not None:
            rows.pixels = &pixels[0, 0]
            self.n = pixels.shape[0]
        else:
            lists, entries, rows.index_size, rows.value_size, rows.middle = compressed
            rows.lists = &lists[0]
            rows.entries = &entries[0]
            self.n = lists.shape[0]
            for i in range(self.n):
                total += lists[i].n
            self.inputs_per_example = total / <double> self.n
            rows.lines = min(MOST_LINES, 1 + total * (rows.index_size + rows.value_size)
                             // (64 * self.n))
        if columns is not None:
            rows.block, block_span, its_columns, by_column = columns
            rows.block_span = &block_span[0, 0]
            rows.columns = &its_columns[0, 0]
            rows.by_column = &by_column[0]
        if Y is not None:
            rows.Y = &Y[0, 0]
            rows.row_outputs = Y.shape[1]
        if weight is not None:
            rows.weight = &weight[0]
        self._owners = (dense, pixels, compressed, columns, Y, weight)


cdef real* aligned(real* p) noexcept nogil:
    cdef uintptr_t size = VL * sizeof(real)
    return <real*> ((<uintptr_t> p + size - 1) & ~(size - 1))


cdef void place(Sum* s, Plan plan, Examples examples, real* work, Py_ssize_t n_groups) noexcept:
    """Lay the working memory out: padded parameters, slots, scratch."""
    s.net.layers = plan.layers
    s.net.n_layers = plan.n_layers
    s.net.block = plan.block
    s.net.x = plan.x
    s.net.x_row = plan.x_row
    s.net.zeros = plan.zeros
    s.net.params = aligned(work)
    s.rows = &examples.rows
    s.block = plan.block
    s.n_groups = n_groups
    s.slots = s.net.params + plan.padded_size
    s.slot_size = plan.slot_size
    s.scratch = s.slots + n_groups * plan.slot_size
    s.scratch_size = plan.scratch_size


def sums(
    Plan plan not None,
    Examples examples not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const int64_t[::1] order,             # IN   rows to sum over, or None for all
    real[::1] gradient,                   # OUT  (n_parameters,), or None for the cost alone
    real[::1] work not None,              #      zeros, of plan.work_size(n_groups, n_threads)
    int n_threads,
):
    """Sum over examples of the cost, returned, and of its gradient, in `gradient`."""
    cdef Sum s
    cdef Py_ssize_t x_row, n = examples.n if order is None else order.shape[0]
    place(&s, plan, examples, &work[0], plan.n_groups(n))
    s.order = NULL
    if order is not None:
        s.order = &order[0]
    s.n_order = n
    s.first = 0
    s.n = n
    if examples.rows.entries is NULL:      # compressed rows have columns by plan.block
        x_row = plan.n_inputs * <Py_ssize_t> sizeof(real)
        s.block = min(s.block, max(32, CACHED_X // x_row // 16 * 16))
    s.n_blocks = (n + s.block - 1) // s.block
    s.gradient = gradient is not None
    with nogil:
        pack(&s.net, &theta[0], s.net.params)
        add_groups(&s, True, n_threads)
        if gradient is not None and not s.tasks.interrupted:
            add_slots(&s, n_threads)
            unpack(&s.net, s.slots, &gradient[0])
    raise_if_interrupted(&s.tasks)
    return total_cost(&s)


def activations(
    Plan plan not None,
    Examples examples not None,
    const real[::1] theta not None,
    Py_ssize_t first_layer,               # layers first_layer.. are written
    real[::1] out not None,               # OUT  each layer's (n, n_out), one after the other
    real[::1] work not None,
    int n_threads,
):
    """Activations of layers first_layer.. for all examples."""
    cdef Sum s
    place(&s, plan, examples, &work[0], 0)
    s.order = NULL
    s.first = 0
    s.n = examples.n
    s.n_blocks = (s.n + s.block - 1) // s.block
    s.tasks = tasks_of(s.n_blocks, True)
    with nogil:
        pack(&s.net, &theta[0], s.net.params)
        with parallel(num_threads=n_threads):
            take_blocks(&s, first_layer, &out[0], threadid())
    raise_if_interrupted(&s.tasks)


cdef void take_blocks(Sum* s, Py_ssize_t first_layer, real* out, int thread) noexcept nogil:
    cdef Py_ssize_t b
    join(&s.tasks)
    b = take(&s.tasks)
    while b < s.n_blocks and breathe(&s.tasks, thread):
        activations_of_block(s, b, first_layer, out, thread)
        b = take(&s.tasks)
    leave(&s.tasks, thread)


cdef void activations_of_block(
    Sum* s, Py_ssize_t b, Py_ssize_t first_layer, real* out, int thread,
) noexcept nogil:
    cdef Block block = block_of(s.rows, NULL, s.n, s.scratch + thread * s.scratch_size,
                                b * s.block, min(s.block, s.n - b * s.block))
    cdef const Layer* layer
    cdef Py_ssize_t l, i
    forward(&s.net, &block)
    for l in range(first_layer, s.net.n_layers):
        layer = &s.net.layers[l]
        for i in range(block.n):
            memcpy(out + (block.first + i) * layer.n_out, block.scratch + layer.a + i * layer.row,
                   layer.n_out * sizeof(real))
        out += s.n * layer.n_out


cdef void dot_rows(
    Py_ssize_t n_out, Py_ssize_t n_in, const real* W, const real* b, const real* x, real* z,
) noexcept nogil:
    """z = W x + b for one x, SIMD along the rows of W as theta holds them."""
    cdef Py_ssize_t j, k, tile_, n_vecs = n_in // VL
    cdef int r
    cdef vec acc[4]
    cdef vec xk
    cdef const real* row
    cdef real sum
    for tile_ in range((n_out + 3) // 4):
        j = min(4 * tile_, max(0, n_out - 4))      # the last tile overlaps the one before
        row = W + j * n_in
        for r in range(4):
            acc[r] = splat(0)
        if n_out >= 4:
            for k in range(n_vecs):
                xk = load(x + k * VL)
                for r in range(4):
                    acc[r] = acc[r] + xk * load(row + r * n_in + k * VL)
        else:
            for r in range(n_out):
                for k in range(n_vecs):
                    acc[r] = acc[r] + load(x + k * VL) * load(row + r * n_in + k * VL)
        for r in range(min(4, n_out)):
            sum = b[j + r] + hsum(acc[r])
            for k in range(n_vecs * VL, n_in):
                sum = sum + x[k] * row[r * n_in + k]
            z[j + r] = sum


def output_of_one(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] x,                    # IN   (n_inputs,), or None
    const uint8_t[::1] pixels,            # IN   (n_inputs,), where x is None
    real[::1] out not None,               # OUT  (n_outputs,)
):
    """The output for one example; False where a length or a number does not fit.

    One example is too few to pay for padding theta. Any NaN or infinity in theta or x
    shows in a weighted input, so their absence is checked for nothing.
    """
    cdef Py_ssize_t n_inputs = x.shape[0] if x is not None else pixels.shape[0]
    if theta.shape[0] != plan.n_parameters or n_inputs != plan.n_inputs:
        return False
    cdef Py_ssize_t l, j
    cdef const Layer* layer
    cdef const real* a
    cdef real finite = 0
    cdef real* z = <real*> malloc(plan.one_size * sizeof(real))
    cdef real* buffer = z
    if z is NULL:
        raise MemoryError
    with nogil:
        if x is not None:
            a = &x[0]
        else:
            pixels_to_reals(&pixels[0], z, plan.n_inputs)
            a = z
            z += plan.n_inputs
        for l in range(plan.n_layers):
            layer = &plan.layers[l]
            memset(z + layer.n_out // VL * VL, 0, VL * sizeof(real))
            dot_rows(layer.n_out, layer.n_in, &theta[layer.weights], &theta[layer.biases], a, z)
            for j in range(layer.n_out):
                finite += z[j] - z[j]                         # 0, or NaN
            activate(layer.activation, 1, layer, z)
            a = z
            z += layer.vecs * VL
        memcpy(&out[0], a, plan.n_outputs * sizeof(real))
        free(buffer)
    return finite == 0


def all_finite(const real[::1] a not None):
    """Whether no element is NaN or infinite."""
    cdef Py_ssize_t i, n = a.shape[0]
    cdef vec zero = splat(0)
    cdef real sum
    with nogil:
        for i in range(n // VL):
            zero = zero + (load(&a[i * VL]) - load(&a[i * VL]))     # x - x is 0, or NaN
        sum = hsum(zero)
        for i in range(n // VL * VL, n):
            sum += a[i] - a[i]
    return sum == 0


include "_descend.pxi"
include "_plane.pxi"
