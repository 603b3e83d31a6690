/* Which of 64 inputs are not 0; eight at a time, those packed together.
 *
 * With SSSE3 (every x86-64 build of the kernels has it) by comparison and shuffle; elsewhere in
 * plain C. Rows have a margin behind them: all eight places are written, whatever is kept.
 */
#ifndef FASTGD_NONZEROS_H
#define FASTGD_NONZEROS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSSE3__)
#include <tmmintrin.h>
#define SHUFFLES 1
#endif

/* KEEP[m]: the numbers of the bits set in m, one a byte, from the lowest on. */
static uint8_t KEEP[256][8];
/* KEEP4[m]: the bytes of the 4-byte lanes whose bits are set in m. */
static uint8_t KEEP4[16][16];

static void fill_keep(void)
{
    memset(KEEP, 0x80, sizeof KEEP);
    memset(KEEP4, 0x80, sizeof KEEP4);
    for (int m = 0; m < 256; m++)
        for (int bit = 0, at = 0; bit < 8; bit++)
            if (m >> bit & 1)
                KEEP[m][at++] = (uint8_t)bit;
    for (int m = 0; m < 16; m++)
        for (int lane = 0, at = 0; lane < 4; lane++)
            if (m >> lane & 1)
                for (int byte = 0; byte < 4; byte++)
                    KEEP4[m][at++] = (uint8_t)(4 * lane + byte);
}

static inline int n_bits(int m)
{
#if defined(__GNUC__)
    return __builtin_popcount((unsigned)m);
#else
    int n = 0;
    for (; m; m &= m - 1)
        n++;
    return n;
#endif
}

static inline int n_bits_of_64(uint64_t m)
{
#if defined(__GNUC__)
    return __builtin_popcountll(m);
#else
    int n = 0;
    for (; m; m &= m - 1)
        n++;
    return n;
#endif
}

/* The first bit of the lowest byte of m that is not 0. */
static inline int lowest_byte(uint64_t m)
{
#if defined(__GNUC__)
    return __builtin_ctzll(m) & ~7;
#else
    int at = 0;
    while (!(m >> at & 0xff))
        at += 8;
    return at;
#endif
}

/* The highest bit of m, which is not 0. */
static inline int highest_bit(int m) { return KEEP[m][n_bits(m) - 1]; }

#define PLAIN(value) \
    static inline int mask_##value(const value *x) \
    { \
        int m = 0; \
        for (int j = 0; j < 8; j++) \
            m |= (x[j] != 0) << j; \
        return m; \
    } \
    static inline void keep_##value(const value *x, int m, value *values) \
    { \
        for (int j = 0; j < 8; j++) { \
            *values = x[j]; \
            values += m >> j & 1; \
        } \
    }

PLAIN(double)

#if SHUFFLES

static inline int mask_uint8_t(const uint8_t *x)
{
    __m128i zeros = _mm_cmpeq_epi8(_mm_loadl_epi64((const __m128i *)x), _mm_setzero_si128());
    return ~_mm_movemask_epi8(zeros) & 0xff;
}
static inline void keep_uint8_t(const uint8_t *x, int m, uint8_t *values)
{
    __m128i keep = _mm_loadl_epi64((const __m128i *)KEEP[m]);
    __m128i kept = _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)x), keep);
    _mm_storel_epi64((__m128i *)values, kept);
}
static inline int mask_float(const float *x)
{
    int low = _mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(x), _mm_setzero_ps()));
    int high = _mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(x + 4), _mm_setzero_ps()));
    return low | high << 4;
}
static inline void keep_four(const float *x, int m, float *values)
{
    __m128i keep = _mm_loadu_si128((const __m128i *)KEEP4[m]);
    __m128i kept = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)x), keep);
    _mm_storeu_si128((__m128i *)values, kept);
}
static inline void keep_float(const float *x, int m, float *values)
{
    keep_four(x, m & 15, values);
    keep_four(x + 4, m >> 4, values + n_bits(m & 15));
}
/* Steps to the inputs kept, the first from `before`, a place relative to the eight. */
static inline void keep_steps(int m, ptrdiff_t before, uint8_t *steps)
{
    __m128i at = _mm_loadl_epi64((const __m128i *)KEEP[m]);
    __m128i last = _mm_or_si128(_mm_slli_epi64(at, 8), _mm_cvtsi32_si128((uint8_t)before));
    _mm_storel_epi64((__m128i *)steps, _mm_sub_epi8(at, last));
}

#else

PLAIN(uint8_t)
PLAIN(float)
static inline void keep_steps(int m, ptrdiff_t before, uint8_t *steps)
{
    for (int t = 0; t < n_bits(m); t++) {
        steps[t] = (uint8_t)(KEEP[m][t] - before);
        before = KEEP[m][t];
    }
}

#endif

#define EIGHT_MASKS(value) \
    static inline uint64_t mask_64_##value(const value *x) \
    { \
        uint64_t m = 0; \
        for (int at = 0; at < 64; at += 8) \
            m |= (uint64_t)mask_##value(x + at) << at; \
        return m; \
    }

EIGHT_MASKS(float)
EIGHT_MASKS(double)

#if SHUFFLES
static inline uint64_t mask_64_uint8_t(const uint8_t *x)
{
    uint64_t zeros = 0;
    for (int at = 0; at < 64; at += 16) {
        __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(x + at)), _mm_setzero_si128());
        zeros |= (uint64_t)(unsigned)_mm_movemask_epi8(equal) << at;
    }
    return ~zeros;
}
#else
EIGHT_MASKS(uint8_t)
#endif

#endif
