"""Threads of a team: tasks taken one by one, meetings, signals. Part of `_kernels.pyx`.

Only the thread that called may run Python's signal handlers: it is thread 0 of the team,
and looks for signals between its blocks of examples and while it waits for the others.
"""

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    static inline int team_size(void) { return omp_get_num_threads(); }
    static inline double seconds(void) { return omp_get_wtime(); }
    static inline void meet(int n_threads)
    {
        if (n_threads > 1) { /* libgomp calls the system at every barrier, even of one */
    #pragma omp barrier
        }
    }
    static inline Py_ssize_t add_to(Py_ssize_t *p, Py_ssize_t step)
    {
        Py_ssize_t before;
    #pragma omp atomic capture
        { before = *p; *p += step; }
        return before;
    }
    static inline Py_ssize_t value_of(const Py_ssize_t *p)
    {
        Py_ssize_t value;
    #pragma omp atomic read
        value = *p;
        return value;
    }
    #else
    #include <time.h>
    static inline int team_size(void) { return 1; }
    static inline double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }
    static inline void meet(int n_threads) { (void)n_threads; }
    static inline Py_ssize_t add_to(Py_ssize_t *p, Py_ssize_t step) { return (*p += step) - step; }
    static inline Py_ssize_t value_of(const Py_ssize_t *p) { return *p; }
    #endif
    #if defined(__unix__) || defined(__APPLE__)
    #include <sched.h>
    static inline void give_way(void) { sched_yield(); }
    #else
    static inline void give_way(void) { }
    #endif
    """
    int team_size() nogil
    double seconds() nogil
    void meet(int n_threads) nogil                                # wait here for the others
    Py_ssize_t add_to(Py_ssize_t* p, Py_ssize_t step) nogil       # atomic; what it was before
    Py_ssize_t value_of(const Py_ssize_t* p) nogil                # atomic
    void give_way() nogil                                         # to whoever needs the core

cdef extern from "Python.h":
    # -1, with the exception set, where a handler raised one.
    int check_signals "PyErr_CheckSignals" () noexcept

cdef double BREATH = 0.03      # seconds between looks at signals


cdef struct Tasks:
    Py_ssize_t n
    Py_ssize_t next            # not taken yet
    Py_ssize_t at_work         # threads
    bint signals               # whether to look for them
    double looked              # when
    Py_ssize_t interrupted     # an exception is set


cdef Tasks tasks_of(Py_ssize_t n, bint signals) noexcept nogil:
    cdef Tasks tasks
    memset(&tasks, 0, sizeof(Tasks))
    tasks.n = n
    tasks.signals = signals
    tasks.looked = seconds()
    return tasks


cdef void join(Tasks* tasks) noexcept nogil:
    add_to(&tasks.at_work, 1)


cdef Py_ssize_t take(Tasks* tasks) noexcept nogil:
    """The number of a task, or n where none is left."""
    return tasks.n if value_of(&tasks.interrupted) else min(tasks.n, add_to(&tasks.next, 1))


cdef bint breathe(Tasks* tasks, int thread) noexcept nogil:
    """Look for signals, where it is time; whether to go on."""
    if thread == 0 and tasks.signals and seconds() - tasks.looked > BREATH:
        if signalled():
            add_to(&tasks.interrupted, 1)
        tasks.looked = seconds()
    return value_of(&tasks.interrupted) == 0


cdef bint signalled() noexcept with gil:
    return check_signals() != 0


cdef void leave(Tasks* tasks, int thread) noexcept nogil:
    add_to(&tasks.at_work, -1)
    while thread == 0 and value_of(&tasks.at_work) > 0:
        breathe(tasks, thread)
        give_way()


cdef int raise_if_interrupted(const Tasks* tasks) except -1:
    """The exception is set already."""
    return -1 if tasks.interrupted else 0
