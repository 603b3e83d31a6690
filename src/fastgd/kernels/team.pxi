"""Threads of a team: a queue of tasks, a barrier, and one lookout for signals.

Why not `prange(..., schedule="dynamic")`, which hands out groups just as well: its threads
meet at the end inside OpenMP, where nobody can look for signals. Only the calling thread may
run Python's signal handlers. It is thread 0 of the team; it looks between its blocks of
examples, and while it waits for the others in `leave`. With a `prange` Ctrl-C waited 0.7 s
where the last group held nearly all nonzeros, with this queue 0.04 s; a test in
`tests/_engine/test_signals.py` asks for it.
"""

from cpython.object cimport PyObject
from libc.setjmp cimport jmp_buf, longjmp, setjmp


cdef extern from "team.h" nogil:
    ctypedef struct Barrier:
        pass
    void watch_forks()
    int forks()
    int team_size()
    double seconds()
    int arrive(Barrier* barrier, int n_threads)                    # the round to wait for
    bint has_met(Barrier* barrier, int round)                      # after a moment at most
    Py_ssize_t add_to(Py_ssize_t* p, Py_ssize_t step)              # atomic; what it was before
    Py_ssize_t value_of(const Py_ssize_t* p)                       # atomic
    void join_team(int* at_work)
    void leave_team(int* at_work)
    int wait_for_leavers(int* at_work)                             # a moment; how many are left

cdef extern from "Python.h":
    # Where the first two fail they set an exception, and `noexcept` keeps Cython from looking
    # for it: it stays set until `raise_if_interrupted`.
    PyObject* call "PyObject_CallNoArgs" (PyObject* function) noexcept
    PyObject* call_with_int "PyObject_CallFunction" (
        PyObject* function, const char* format, Py_ssize_t value) noexcept
    void set_error "PyErr_SetString" (PyObject* type, const char* message) noexcept
    void decref "Py_DECREF" (PyObject* object) noexcept

watch_forks()

cdef double BREATH = 0.03      # seconds between looks at signals

# A Python function begins by running signal handlers, where the main thread calls it, and by
# raising what another thread asked this one to raise (`_engine/regions.py`). PyErr_CheckSignals
# does the first alone.
cdef object nothing = eval("lambda: None", {})


cdef struct Lookout:
    # Every BREATH seconds thread 0 runs signal handlers and reports how far the work is.
    double looked              # when it last did
    PyObject* report           # called with `done`, or NULL
    Py_ssize_t done            # finished parts of the work
    Py_ssize_t interrupted     # not 0: an exception is set, all threads stop
    int forks                  # of the process, when the call began
    jmp_buf* out               # NULL where thread 0 is alone; the way out for a forked child


cdef Lookout lookout_of(PyObject* report) noexcept nogil:
    return Lookout(seconds(), report, 0, 0, forks(), NULL)


cdef bint breathe(Lookout* lookout, int thread) noexcept nogil:
    """Look for signals, in thread 0 and if BREATH has passed: True while work may go on."""
    if thread == 0 and seconds() - lookout.looked > BREATH and not lookout.interrupted:
        if not look(lookout):
            add_to(&lookout.interrupted, 1)
            if is_left_alone(lookout):
                longjmp(lookout.out[0], 1)
        lookout.looked = seconds()
    return value_of(&lookout.interrupted) == 0


cdef inline bint is_left_alone(const Lookout* lookout) noexcept nogil:
    """Whether this is a child that a signal handler forked: no other thread of the team is in it.

    It cannot end the parallel region, where OpenMP would wait for them, and leaves it by a jump.
    """
    return lookout.out is not NULL and forks() != lookout.forks


cdef bint look(Lookout* lookout) noexcept with gil:
    """Run signal handlers and the report: False where one raised an exception."""
    cdef PyObject* result = call(<PyObject*> nothing)
    if result is not NULL and is_left_alone(lookout):
        decref(result)
        set_error(<PyObject*> RuntimeError, "this process was forked by a signal handler during a "
                  "call on several threads, which cannot go on in it: call again")
        return False
    if result is not NULL and lookout.report is not NULL:
        decref(result)
        result = call_with_int(lookout.report, "n", value_of(&lookout.done))
    if result is NULL:
        return False
    decref(result)
    return True


cdef int raise_if_interrupted(const Lookout* lookout) except -1:
    """Raise the exception that `look` left set."""
    return -1 if lookout.interrupted else 0


cdef struct WorkQueue:
    Lookout* lookout
    Py_ssize_t n               # tasks
    Py_ssize_t next            # the first task not taken yet
    int at_work                # threads but 0 that joined and have not left


cdef WorkQueue queue_of(Lookout* lookout, Py_ssize_t n) noexcept nogil:
    return WorkQueue(lookout, n, 0, 0)


cdef void join(WorkQueue* queue, int thread) noexcept nogil:
    if thread > 0:
        join_team(&queue.at_work)


cdef Py_ssize_t take(WorkQueue* queue) noexcept nogil:
    """The number of a task; n where none is left, or after an interruption."""
    if value_of(&queue.lookout.interrupted):
        return queue.n
    return min(queue.n, add_to(&queue.next, 1))


cdef void leave(WorkQueue* queue, int thread) noexcept nogil:
    """Thread 0 looks for signals here until no other has a task."""
    if thread > 0:
        leave_team(&queue.at_work)
    else:
        while wait_for_leavers(&queue.at_work) > 0:
            breathe(queue.lookout, thread)


cdef void meet(Barrier* barrier, Lookout* lookout, int thread, int n_threads) noexcept nogil:
    """Wait here for all threads of the team; thread 0 looks for signals meanwhile."""
    cdef int round
    if n_threads > 1:
        round = arrive(barrier, n_threads)
        while not has_met(barrier, round):
            breathe(lookout, thread)
