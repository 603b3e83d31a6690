"""Descent on all examples: a step an epoch, with theta and the velocity in theta's order.

The steps are those of `_steps.py` in NumPy, bit for bit.
"""

from libc.math cimport NAN, isfinite, sqrt
from libc.string cimport memcpy


def descend_on_all(
    Data data not None,
    real[::1] theta not None,             # INOUT (n_parameters,)
    real[::1] last_good not None,         # INOUT the last theta found to have a finite cost
    real[::1] velocity,                   # INOUT zeros at first, or None for no momentum
    const real[::1] decay,                # IN   2 l2 at weights, 0 at biases; None: no penalty
    real[::1] gradient not None,          #      (n_parameters,)
    real[::1] product not None,           #      (n_parameters,)
    double[::1] costs not None,           # OUT  one a step, before it; not finite: diverged
    double weight,                        # IN   sum of the examples' weights
    double learning_rate,
    double momentum,
    bint nesterov,
    double tol,
    double limit,                         # IN   seconds after which to pause
    real[::1] work not None,              #      zeros at first, plan.work_size(n_groups, .)
    int n_threads,
):
    """At most a step for each of `costs`: (how many were found, whether theta came to rest).

    It rests where neither the step nor one without momentum moves it by more than `tol`.
    """
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef double pause_at = lookout.looked + limit, alone, length
    cdef Py_ssize_t n = 0, size = theta.shape[0]
    cdef real* v = &velocity[0] if velocity is not None else NULL
    cdef bint rested = False
    set_up(&s, data.plan, &data.inputs, data.n, None, work, data.plan.n_groups(data.n), &lookout)
    set_block(&s, block_in_cache(&data.inputs, s.block))
    with nogil:
        while n < costs.shape[0] and not rested and (n == 0 or seconds() < pause_at):
            sum_all(&s, &theta[0], &gradient[0], n_threads)
            if lookout.interrupted:
                break
            costs[n] = total_cost(&s) / weight
            n += 1
            if not isfinite(costs[n - 1]):
                break
            memcpy(&last_good[0], &theta[0], size * sizeof(real))
            divide(size, &gradient[0], <real> weight)
            if decay is not None:
                add_penalty(size, &gradient[0], &decay[0], &theta[0], &product[0])
            alone = learning_rate * length_of(size, &gradient[0])
            step_theta(size, &theta[0], v, &gradient[0], &product[0], <real> learning_rate,
                       <real> momentum, nesterov)
            length = length_of(size, &gradient[0])
            if not (isfinite(length) and are_finite(&theta[0], size)):
                costs[n - 1] = NAN
                memcpy(&theta[0], &last_good[0], size * sizeof(real))
                break
            rested = length <= tol and alone <= tol
    raise_if_interrupted(&lookout)
    return n, rested


cdef void divide(Py_ssize_t n, real* a, real by) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        a[i] = a[i] / by


cdef void add_penalty(
    Py_ssize_t n, real* g, const real* decay, const real* theta, real* product,
) noexcept nogil:
    """g += decay theta, in two loops as in `step_theta`."""
    cdef Py_ssize_t i
    for i in range(n):
        product[i] = decay[i] * theta[i]
    for i in range(n):
        g[i] = g[i] + product[i]


cdef void step_theta(
    Py_ssize_t n, real* theta, real* velocity, real* g, real* product, real rate, real momentum,
    bint nesterov,
) noexcept nogil:
    """v = momentum v + g, theta -= rate v, or rate (g + momentum v); g becomes the step.

    A loop for each operation: a compiler would fuse a product and a sum that stand in one.
    """
    cdef Py_ssize_t i
    if velocity:
        for i in range(n):
            velocity[i] = momentum * velocity[i]
        for i in range(n):
            velocity[i] = velocity[i] + g[i]
        if nesterov:
            for i in range(n):
                product[i] = momentum * velocity[i]
            for i in range(n):
                g[i] = g[i] + product[i]
        else:
            memcpy(g, velocity, n * sizeof(real))
    for i in range(n):
        g[i] = rate * g[i]
    for i in range(n):
        theta[i] = theta[i] - g[i]


cdef double length_of(Py_ssize_t n, const real* a) noexcept nogil:
    cdef Py_ssize_t i
    cdef double sum = 0
    for i in range(n):
        sum += <double> a[i] * a[i]
    return sqrt(sum)
