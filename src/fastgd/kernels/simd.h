/* The vector type that the kernels are written in, and the few functions on it.
 *
 * `real` is float or double (-DREAL=...), `vec` holds VL of them: the widest
 * vector of the instruction set that the build is for (GCC and Clang vector
 * extensions), or one `real` with any other compiler. Nothing here knows of
 * networks. `processor.pyx` picks the build that runs.
 */
#ifndef FASTGD_SIMD_H
#define FASTGD_SIMD_H

#include <stddef.h>
#include <stdint.h>
#if defined(__STDC_HOSTED__) && !__STDC_HOSTED__ /* WebAssembly, without a C library */
#define memcpy __builtin_memcpy
#else
#include <string.h>
#endif

#ifndef REAL
#define REAL float
#define REAL_IS_FLOAT 1
#endif
typedef REAL real;

/* FASTGD_ONE_LANE makes any compiler build what those without vector extensions build. */
#if defined(__GNUC__) && !defined(FASTGD_ONE_LANE)
#define VECTORS 1
#else
#define VECTORS 0
#endif
/* FASTGD_BASELINE: the build whose bits every processor can give. Vectors have 16 bytes, and
 * nothing rounds once where another processor rounds twice. */
#ifdef FASTGD_BASELINE
#define BASELINE 1
#else
#define BASELINE 0
#endif
#if VECTORS && !BASELINE && defined(__AVX512F__)
#define AVX512 1
#endif
#if VECTORS && !BASELINE && defined(__AVX__)
#define AVX 1
#include <immintrin.h>
#endif
#if VECTORS && !BASELINE && defined(__FMA__)
#define FMA 1
#endif

#if VECTORS

#if AVX512
#define VEC_BYTES 64
#elif AVX
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

#if REAL_IS_FLOAT
typedef int32_t bits_t;
#else
typedef int64_t bits_t;
#endif

#define INLINE static inline __attribute__((always_inline))
typedef real vec __attribute__((vector_size(VEC_BYTES)));
typedef bits_t ivec __attribute__((vector_size(VEC_BYTES)));
typedef real vec_unaligned __attribute__((vector_size(VEC_BYTES), aligned(sizeof(real)), may_alias));
#define VL ((int)(VEC_BYTES / sizeof(real)))

INLINE vec load(const real *p) { return *(const vec_unaligned *)p; }
INLINE void store(real *p, vec v) { *(vec_unaligned *)p = v; }
/* p[0], p[row], p[2 row], .. */
INLINE vec load_column(const real *p, ptrdiff_t row)
{
    vec v;
    for (int lane = 0; lane < VL; lane++)
        v[lane] = p[lane * row];
    return v;
}
/* a[first], b[first], a[first + 1], b[first + 1], .. */
INLINE vec interleave(vec a, vec b, int first)
{
    ivec from;
    for (int lane = 0; lane < VL; lane++)
        from[lane] = first + lane / 2 + lane % 2 * VL;
#if defined(__clang__)
    vec v;
    for (int lane = 0; lane < VL; lane++)
        v[lane] = from[lane] < VL ? a[from[lane]] : b[from[lane] - VL];
    return v;
#else
    return __builtin_shuffle(a, b, from);
#endif
}
INLINE vec splat(real x) { return (vec){0} + x; }
INLINE ivec bits(vec v) { return (ivec)v; }
INLINE vec from_bits(ivec i) { return (vec)i; }
/* where mask (lanes of -1 or 0, as vector comparisons give) then a else b */
INLINE vec pick(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }
INLINE void prefetch(const void *p) { __builtin_prefetch(p); }
INLINE void prefetch_far(const void *p) { __builtin_prefetch(p, 0, 2); } /* second cache */

INLINE real hsum(vec v)
{
#if AVX512 && REAL_IS_FLOAT
    return _mm512_reduce_add_ps((__m512)v);
#elif AVX512
    return _mm512_reduce_add_pd((__m512d)v);
#else
    real sum = 0;
    for (int lane = 0; lane < VL; lane++)
        sum += v[lane];
    return sum;
#endif
}

/* min and max; a NaN in x stays NaN */
#if AVX512 && REAL_IS_FLOAT
INLINE vec at_most(vec x, vec bound) { return (vec)_mm512_min_ps((__m512)bound, (__m512)x); }
INLINE vec at_least(vec x, vec bound) { return (vec)_mm512_max_ps((__m512)bound, (__m512)x); }
#elif AVX && !AVX512 && REAL_IS_FLOAT
INLINE vec at_most(vec x, vec bound) { return (vec)_mm256_min_ps((__m256)bound, (__m256)x); }
INLINE vec at_least(vec x, vec bound) { return (vec)_mm256_max_ps((__m256)bound, (__m256)x); }
#else
INLINE vec at_most(vec x, vec bound) { return pick(x > bound, bound, x); }
INLINE vec at_least(vec x, vec bound) { return pick(x < bound, bound, x); }
#endif

/* 1 / d for d in [1, exp(EXP_MAX) + 1]. With AVX-512 and float, an instruction gives 14 bits and
 * one step of Newton's method the rest, in a quarter of a division's time. */
INLINE vec reciprocal(vec d)
{
#if AVX512 && REAL_IS_FLOAT
    vec y = (vec)_mm512_rcp14_ps((__m512)d);
    return y + y * ((real)1 - d * y);
#else
    return (real)1 / d;
#endif
}

#else /* one lane, any C compiler */

#if REAL_IS_FLOAT
typedef int32_t bits_t;
#else
typedef int64_t bits_t;
#endif
#define INLINE static inline
typedef real vec;
typedef bits_t ivec;
#define VL 1
INLINE vec load(const real *p) { return *p; }
INLINE void store(real *p, vec v) { *p = v; }
INLINE vec load_column(const real *p, ptrdiff_t row) { (void)row; return *p; }
INLINE vec interleave(vec a, vec b, int first) { (void)b, (void)first; return a; }
INLINE vec splat(real x) { return x; }
INLINE ivec bits(vec v) { ivec i; memcpy(&i, &v, sizeof i); return i; }
INLINE vec from_bits(ivec i) { vec v; memcpy(&v, &i, sizeof v); return v; }
INLINE vec pick(ivec mask, vec a, vec b) { return mask ? a : b; }
INLINE void prefetch(const void *p) { (void)p; }
INLINE void prefetch_far(const void *p) { (void)p; }
INLINE real hsum(vec v) { return v; }
INLINE vec at_most(vec x, vec bound) { return x > bound ? bound : x; }
INLINE vec at_least(vec x, vec bound) { return x < bound ? bound : x; }
INLINE vec reciprocal(vec d) { return (real)1 / d; }

#endif

/* Rows of a register tile two vectors wide: 16 accumulators where there are 32 vector
 * registers; where there are 16, 12 if a fused multiply-add can read memory, else 8. */
#if AVX512 || (VECTORS && defined(__aarch64__))
#define TILE_ROWS 8
#elif FMA
#define TILE_ROWS 6
#else
#define TILE_ROWS 4
#endif

/* Panels of two vectors that one walk over a compressed row serves, 128 bytes of each row of
 * weights: its list is decoded and its values are spread once for all of them. */
#if VECTORS
#define PANELS_PER_WALK (128 / (2 * VEC_BYTES))
#else
#define PANELS_PER_WALK 1
#endif

/* A pixel p is p/255, rounded once: by table, or as p HIGH + p LOW. There a fused
 * multiply-add keeps p HIGH exact, so only the last addition rounds. */
#define PIXEL_HIGH ((real)1 / 255)
#define PIXEL_LOW ((real)(1.0L / 255 - (long double)PIXEL_HIGH))
static real PIXEL[256];

INLINE void fill_pixel_table(void)
{
    for (int p = 0; p < 256; p++)
        PIXEL[p] = p / (real)255;
}

INLINE void pixels_to_reals(const uint8_t *p, real *x, ptrdiff_t n)
{
    ptrdiff_t k = 0;
#if REAL_IS_FLOAT && AVX512
    for (; k + VL <= n; k += VL) {
        __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(p + k)));
        __m512 v = _mm512_cvtepi32_ps(wide), low = _mm512_mul_ps(v, _mm512_set1_ps(PIXEL_LOW));
        store(x + k, (vec)_mm512_fmadd_ps(v, _mm512_set1_ps(PIXEL_HIGH), low));
    }
#elif AVX512
    for (; k + VL <= n; k += VL) {
        __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + k)));
        __m512d v = _mm512_cvtepi32_pd(wide), low = _mm512_mul_pd(v, _mm512_set1_pd(PIXEL_LOW));
        store(x + k, (vec)_mm512_fmadd_pd(v, _mm512_set1_pd(PIXEL_HIGH), low));
    }
#elif REAL_IS_FLOAT && FMA
    for (; k + VL <= n; k += VL) {
        __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p + k)));
        __m256 v = _mm256_cvtepi32_ps(wide), low = _mm256_mul_ps(v, _mm256_set1_ps(PIXEL_LOW));
        store(x + k, (vec)_mm256_fmadd_ps(v, _mm256_set1_ps(PIXEL_HIGH), low));
    }
#endif
    for (; k < n; k++)
        x[k] = PIXEL[p[k]];
}

/* Four consecutive inputs, each spread over the lanes of a vector of its own. Pixels stay
 * whole numbers: the caller scales their sum. Loads bound the walk over compressed rows, so
 * one load serves all four where shuffles can spread them. */
#if REAL_IS_FLOAT && FMA
#if AVX512
INLINE void spread_each(__m512 all, vec *out)
{
    out[0] = (vec)_mm512_permute_ps(all, 0x00);
    out[1] = (vec)_mm512_permute_ps(all, 0x55);
    out[2] = (vec)_mm512_permute_ps(all, 0xaa);
    out[3] = (vec)_mm512_permute_ps(all, 0xff);
}
INLINE void spread_lanes(__m128 x, vec *out) { spread_each(_mm512_broadcast_f32x4(x), out); }
#else
INLINE void spread_lanes(__m128 x, vec *out)
{
    __m256 all = _mm256_set_m128(x, x);
    out[0] = (vec)_mm256_permute_ps(all, 0x00);
    out[1] = (vec)_mm256_permute_ps(all, 0x55);
    out[2] = (vec)_mm256_permute_ps(all, 0xaa);
    out[3] = (vec)_mm256_permute_ps(all, 0xff);
}
#endif
INLINE void spread_reals(const real *x, vec *out) { spread_lanes(_mm_loadu_ps(x), out); }
INLINE void spread_pixels(const uint8_t *p, vec *out)
{
    int32_t four;
    memcpy(&four, p, 4);
#if AVX512 && defined(__AVX512BW__)
    const __m128i widen = _mm_setr_epi8(0, -1, -1, -1, 1, -1, -1, -1, 2, -1, -1, -1, 3, -1, -1, -1);
    __m512i all = _mm512_shuffle_epi8(_mm512_set1_epi32(four), _mm512_broadcast_i32x4(widen));
    spread_each(_mm512_cvtepi32_ps(all), out);
#else
    spread_lanes(_mm_cvtepi32_ps(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four))), out);
#endif
}
#else
INLINE void spread_reals(const real *x, vec *out)
{
    for (int u = 0; u < 4; u++)
        out[u] = splat(x[u]);
}
INLINE void spread_pixels(const uint8_t *p, vec *out)
{
    for (int u = 0; u < 4; u++)
        out[u] = splat((real)p[u]);
}
#endif

/* The same pixels as reals, p/255. */
INLINE void spread_pixel_reals(const uint8_t *p, vec *out)
{
    for (int u = 0; u < 4; u++)
        out[u] = splat(PIXEL[p[u]]);
}

/* Four bytes as whole numbers, by one load where the order of bytes allows. */
INLINE void four_bytes(const uint8_t *p, ptrdiff_t *out)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint32_t all;
    memcpy(&all, p, 4);
    for (int u = 0; u < 4; u++)
        out[u] = (uint8_t)(all >> 8 * u);
#else
    for (int u = 0; u < 4; u++)
        out[u] = p[u];
#endif
}

#endif
