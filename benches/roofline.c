/* The machine's limits: multiply-adds on registers, and reading memory, on a number of threads.
 * roofline.py builds this with -O3 -march=native -fopenmp and turns the times into rates. */
#include <stddef.h>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX__)
#define VL 8
#else
#define VL 4
#endif
typedef float vec __attribute__((vector_size(4 * VL)));

/* Each thread does 2 * 12 * VL * n_steps floating-point operations, in 12 independent chains: two
 * units with a latency of 4 cycles need at least 8. Each accumulator is a variable of its own,
 * because gcc keeps an array of them in memory. */
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define START(i) vec a##i = (vec){0} + (float)i;
#define STEP(i) a##i = a##i * x + y;
#define ADD(i) sum += a##i;

float multiply_add(long n_steps, int n_threads)
{
    float total = 0;
#pragma omp parallel for num_threads(n_threads) reduction(+ : total) schedule(static, 1)
    for (int thread = 0; thread < n_threads; thread++) {
        vec x = (vec){0} + 0.999999f, y = (vec){0} + 1e-6f, sum = {0};
        EACH(START)
        for (long step = 0; step < n_steps; step++) {
            EACH(STEP)
        }
        EACH(ADD)
        for (int lane = 0; lane < VL; lane++)
            total += sum[lane];
    }
    return total;
}

/* Reads n floats; n is a multiple of 8 * VL. */
float read_memory(const float *p, long n, int n_threads)
{
    float total = 0;
#pragma omp parallel for num_threads(n_threads) reduction(+ : total) schedule(static)
    for (long at = 0; at < n; at += 8 * VL) {
        vec sum = {0};
        for (int i = 0; i < 8; i++)
            sum += *(const vec *)__builtin_assume_aligned(p + at + i * VL, 4 * VL);
        for (int lane = 0; lane < VL; lane++)
            total += sum[lane];
    }
    return total;
}

int vector_length(void) { return VL; }
