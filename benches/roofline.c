/* What this machine can do: multiply-adds from registers, and reading memory, on all threads.
 * Built with -O3 -march=native -fopenmp by roofline.py, which knows what the numbers mean. */
#include <stddef.h>

#if defined(__AVX512F__)
#define VL 16
#elif defined(__AVX__)
#define VL 8
#else
#define VL 4
#endif
typedef float vec __attribute__((vector_size(4 * VL)));

/* 2 * 12 * VL * n_steps floating-point operations a thread, in 12 chains: two units of latency 4
 * need 8 */
float multiply_add(long n_steps, int n_threads)
{
    float total = 0;
#pragma omp parallel for num_threads(n_threads) reduction(+ : total) schedule(static, 1)
    for (int thread = 0; thread < n_threads; thread++) {
        vec x = (vec){0} + 0.999999f, y = (vec){0} + 1e-6f, a[12];
        for (int i = 0; i < 12; i++)
            a[i] = (vec){0} + (float)i;
        for (long step = 0; step < n_steps; step++) {
            for (int i = 0; i < 12; i++)
                a[i] = a[i] * x + y;
            __asm__ volatile("" : "+x"(a[0])); /* the loop is not to be folded into one */
        }
        for (int i = 0; i < 12; i++)
            for (int lane = 0; lane < VL; lane++)
                total += a[i][lane];
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
