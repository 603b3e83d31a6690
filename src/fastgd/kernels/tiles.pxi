"""Register tiles: C = A B + first, a few rows by one panel of C at a time, in vector registers.

All dense products over blocks of examples come through `matmul`. B is read panel by panel, so a
tile multiplies one or two whole vectors of each row of B.
"""

cdef enum:
    STEPS_IN_CACHE = 1024      # rows of a panel that stay in the second cache
    LINES_IN_CACHE = 128       # steps with a cache line of A each that stay in the first cache


cdef inline void tile(
    int R, int V, bint fetch, const real* const* ahead, Py_ssize_t n_steps,
    Matrix A, Py_ssize_t a_step, Matrix B, Matrix I, Matrix C,
) noexcept nogil:
    """C[r, :] = I[r, :] + sum over s of A[r, s] B[s, :], R rows of V vectors in registers.

    R and V are constants wherever this is inlined, so gcc unrolls the small loops and keeps
    `acc` in registers. With `fetch` the tile prefetches R rows that the hardware prefetcher does
    not foresee: the next ones of A, or those at `ahead`.
    """
    cdef vec acc[16]
    cdef vec b[PANEL]
    cdef const real* Ar[3]
    cdef real a
    cdef int r, v
    cdef Py_ssize_t chunk, s
    for r in range(R):
        for v in range(V):
            acc[r * V + v] = load(I.first + r * I.stride + v * VL)
    # One pointer serves three rows by x86's scaled offsets: a pointer per row would not fit
    # into the general registers.
    for r in range((R + 2) // 3):
        Ar[r] = A.first + 3 * r * A.stride
    for chunk in range((n_steps + 15) // 16):
        if fetch:
            for r in range(R):
                if ahead:
                    prefetch_far(ahead[r] + 16 * chunk)
                else:
                    prefetch(A.first + (r + R) * A.stride + 16 * chunk)
        for s in range(16 * chunk, min(16 * chunk + 16, n_steps)):
            for v in range(V):
                b[v] = load(B.first + s * B.stride + v * VL)
            for r in range(R):
                a = Ar[r // 3][r % 3 * A.stride]
                for v in range(V):
                    acc[r * V + v] = acc[r * V + v] + a * b[v]
            for r in range((R + 2) // 3):
                Ar[r] += a_step
    for r in range(R):
        for v in range(V):
            store(C.first + r * C.stride + v * VL, acc[r * V + v])


cdef inline Matrix rows_from(Matrix m, Py_ssize_t r) noexcept nogil:
    return Matrix(m.first + r * m.stride, m.stride)


cdef inline void tiles(
    int V, bint fetch, const real* const* ahead, Py_ssize_t n_rows, Py_ssize_t n_steps,
    Matrix A, Py_ssize_t a_step, Matrix B, Matrix I, Matrix C,
) noexcept nogil:
    """One panel of `matmul`: the rows split evenly into as few tiles as TILE_ROWS allows."""
    cdef Py_ssize_t n_tiles = (n_rows + TILE_ROWS - 1) // TILE_ROWS
    cdef Py_ssize_t i, n, r = 0
    cdef Matrix a, i_, c
    cdef const real* const* to_fetch
    for i in range(n_tiles):
        n = n_rows * (i + 1) // n_tiles - r
        to_fetch = ahead + r if ahead else NULL
        a, i_, c = rows_from(A, r), rows_from(I, r), rows_from(C, r)
        # Each case makes R a constant.
        if TILE_ROWS >= 8 and n == 8:
            tile(8, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif TILE_ROWS >= 7 and n == 7:
            tile(7, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif TILE_ROWS >= 6 and n == 6:
            tile(6, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif TILE_ROWS >= 5 and n == 5:
            tile(5, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif n == 4:
            tile(4, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif n == 3:
            tile(3, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        elif n == 2:
            tile(2, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        else:
            tile(1, V, fetch, to_fetch, n_steps, a, a_step, B, i_, c)
        r += n


cdef void matmul(
    Py_ssize_t n_rows, Py_ssize_t n_steps, Py_ssize_t n_vecs,
    Matrix A, Py_ssize_t a_step,          # IN
    Matrix B,                             # IN
    const real* first,                    # IN   (n_vecs VL,), or NULL: add to C
    Matrix C,                             # OUT, IN too where first is NULL
    const real* const* ahead,             # IN   (n_rows,) rows of n_steps to prefetch, or NULL
) noexcept nogil:
    """C = A B + first, with A (n_rows, n_steps), B (n_steps, n_vecs VL), C (n_rows, n_vecs VL).

    `first` is added to every row. A[r, s] is at A.first + r A.stride + s a_step: with a row of 1,
    A is read transposed. B.stride or C.stride of 0 means that B or C is stored in panels.
    """
    cdef Py_ssize_t p, chunk, s, n_s
    cdef Py_ssize_t width, chunk_size = STEPS_IN_CACHE if a_step == 1 else LINES_IN_CACHE
    cdef Matrix a, b, c, i
    cdef bint fetch
    for p in range(n_panels(n_vecs)):
        width = panel_width(n_vecs, p)
        b = Matrix(B.first, B.stride or width)
        c = Matrix(C.first, C.stride or width)
        for chunk in range((n_steps + chunk_size - 1) // chunk_size):
            s = chunk * chunk_size
            fetch = p == 0 and a_step == 1 and (chunk == 0 or not ahead)
            n_s = min(chunk_size, n_steps - s)
            i = Matrix(<real*> first, 0) if first and chunk == 0 else c
            a = Matrix(A.first + s * a_step, A.stride)
            if width == PANEL * VL:
                tiles(PANEL, fetch, ahead, n_rows, n_s, a, a_step, rows_from(b, s), i, c)
            else:
                tiles(1, fetch, ahead, n_rows, n_s, a, a_step, rows_from(b, s), i, c)
        B.first += width if B.stride else n_steps * width
        C.first += width if C.stride else n_rows * width
        if first:
            first += width
