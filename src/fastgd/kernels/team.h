/* How the threads of a team wait for one another: for some microseconds awake, then asleep.
 *
 * libgomp's own barrier keeps a waiting thread busy for milliseconds. Where another process has
 * taken the core of the thread waited for, that is the core it could go on with: a thread that
 * sleeps gives it up at once. Without OpenMP there is one thread, which waits for nobody.
 */
#ifndef FASTGD_TEAM_H
#define FASTGD_TEAM_H

#include <setjmp.h>
#include <stddef.h>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

/* How often this process is a fork of the one that loaded this module. */
static int n_forks;
static inline int forks(void) { return n_forks; }
static void count_fork(void) { n_forks++; }
static inline void watch_forks(void)
{
#if defined(__unix__) || defined(__APPLE__)
    pthread_atfork(NULL, NULL, count_fork);
#else
    (void)count_fork;
#endif
}

#ifdef _OPENMP

#include <omp.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#elif defined(__unix__) || defined(__APPLE__)
#include <sched.h>
#endif

#define SPINS 2000 /* about 30 us awake */
#define EAGER 200  /* of them without a pause: the others are mostly as fast */

static inline int team_size(void) { return omp_get_num_threads(); }
static inline double seconds(void) { return omp_get_wtime(); }

static inline Py_ssize_t add_to(Py_ssize_t *p, Py_ssize_t step)
{
    return __atomic_fetch_add(p, step, __ATOMIC_SEQ_CST);
}
static inline Py_ssize_t value_of(const Py_ssize_t *p)
{
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static inline void pause_a_moment(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Sleep while *word is `value`, at most 5 ms: a waking that came too early is no fault. */
static inline void sleep_while(int *word, int value)
{
#if defined(__linux__)
    struct timespec most = {0, 5000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &most, NULL, 0);
#elif defined(__unix__) || defined(__APPLE__)
    (void)word, (void)value;
    sched_yield();
#endif
}

static inline void wake_all(int *word)
{
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1 << 30, NULL, NULL, 0);
#else
    (void)word;
#endif
}

typedef struct {
    int arrived;
    int round;     /* counts the times that all have arrived */
    int sleepers;
} Barrier;

/* The round that ends when all have arrived. */
static inline int arrive(Barrier *b, int n_threads)
{
    int round = __atomic_load_n(&b->round, __ATOMIC_SEQ_CST);
    if (__atomic_fetch_add(&b->arrived, 1, __ATOMIC_SEQ_CST) == n_threads - 1) {
        __atomic_store_n(&b->arrived, 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&b->round, round + 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&b->sleepers, __ATOMIC_SEQ_CST))
            wake_all(&b->round);
    }
    return round;
}

/* Wait a moment for the end of a round: whether it has come. */
static inline int has_met(Barrier *b, int round)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (__atomic_load_n(&b->round, __ATOMIC_ACQUIRE) != round)
            return 1;
        if (spin > EAGER)
            pause_a_moment();
    }
    __atomic_fetch_add(&b->sleepers, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&b->round, __ATOMIC_SEQ_CST) == round)
        sleep_while(&b->round, round);
    __atomic_fetch_sub(&b->sleepers, 1, __ATOMIC_SEQ_CST);
    return __atomic_load_n(&b->round, __ATOMIC_SEQ_CST) != round;
}

/* A thread other than 0 has nothing left to do. */
static inline void leave_team(int *at_work)
{
    if (__atomic_sub_fetch(at_work, 1, __ATOMIC_SEQ_CST) == 0)
        wake_all(at_work);
}

/* Thread 0 waits a moment for them: how many are left. */
static inline int wait_for_leavers(int *at_work)
{
    int left = 0;
    for (int spin = 0; spin < SPINS; spin++) {
        left = __atomic_load_n(at_work, __ATOMIC_SEQ_CST);
        if (left == 0)
            return 0;
        pause_a_moment();
    }
    sleep_while(at_work, left);
    return __atomic_load_n(at_work, __ATOMIC_SEQ_CST);
}

static inline void join_team(int *at_work) { __atomic_fetch_add(at_work, 1, __ATOMIC_SEQ_CST); }

#else

#include <time.h>

typedef struct {
    int none;
} Barrier;

static inline int team_size(void) { return 1; }
static inline double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }
static inline int arrive(Barrier *b, int n_threads) { (void)b, (void)n_threads; return 0; }
static inline int has_met(Barrier *b, int round) { (void)b, (void)round; return 1; }
static inline Py_ssize_t add_to(Py_ssize_t *p, Py_ssize_t step) { return (*p += step) - step; }
static inline Py_ssize_t value_of(const Py_ssize_t *p) { return *p; }
static inline void join_team(int *at_work) { (void)at_work; }
static inline void leave_team(int *at_work) { (void)at_work; }
static inline int wait_for_leavers(int *at_work) { (void)at_work; return 0; }

#endif
#endif
