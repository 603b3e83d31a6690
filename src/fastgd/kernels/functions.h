/* The activation functions on vectors, and exp, which two of them need.
 */
#ifndef FASTGD_FUNCTIONS_H
#define FASTGD_FUNCTIONS_H

#include "simd.h"

/* exp(x) = 2^n exp(r) with x = n ln 2 + r, |r| <= ln 2 / 2. Adding EXP_MAGIC to x / ln 2 rounds
 * it to n and leaves n in the low bits; a shift by EXP_SHIFT takes n to the exponent.
 * exp(r) - 1, float: the minimax polynomial to r^6, within 3e-9 of exp(r) (Lawson's iteration;
 * Cephes expf goes to r^7, which rounding hides); double: the Taylor sum to r^13, below
 * 2^-53 on that interval. */
#if REAL_IS_FLOAT
#define EXP_MAX 87.0f
#define EXP_MAGIC 12582912.0f /* 1.5 * 2^23 */
#define EXP_SHIFT 23
#define ONE_BITS ((bits_t)0x3f800000)
#define SIGN_BIT INT32_MIN
#define LOG2_E 1.44269504088896341f
#define LN2_HIGH 0.693359375f
#define LN2_LOW -2.12194440e-4f
INLINE vec exp_minus_1(vec r)
{
    vec p = splat(1.381432056e-3f);
    p = p * r + 8.368851171e-3f;
    p = p * r + 4.166840109e-2f;
    p = p * r + 1.666651952e-1f;
    p = p * r + 4.999999337e-1f;
    return p * (r * r) + r;
}
#else
#define EXP_MAX 708.0
#define EXP_MAGIC 6755399441055744.0 /* 1.5 * 2^52 */
#define EXP_SHIFT 52
#define ONE_BITS ((bits_t)0x3ff0000000000000)
#define SIGN_BIT INT64_MIN
#define LOG2_E 1.4426950408889634074
#define LN2_HIGH 6.93145751953125e-1
#define LN2_LOW 1.42860682030941723212e-6
INLINE vec exp_minus_1(vec r)
{
    vec p = splat(1.0 / 6227020800.0);
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    return p * (r * r) + r;
}
#endif

/* r; n is left in the low bits of *shifted */
INLINE vec exp_remainder(vec x, vec *shifted)
{
    *shifted = x * (real)LOG2_E + (real)EXP_MAGIC;
    vec n = *shifted - (real)EXP_MAGIC;
    return x - n * (real)LN2_HIGH - n * (real)LN2_LOW;
}

/* sigmoid(z) = 1 / (1 + exp(-z)) */
INLINE vec sigmoid_vec(vec z)
{
    vec shifted, x = at_least(at_most(-z, splat(EXP_MAX)), splat(-EXP_MAX));
    vec e = exp_minus_1(exp_remainder(x, &shifted)) + (real)1;
    e = from_bits(bits(e) + (bits(shifted) << EXP_SHIFT));
    return reciprocal(e + (real)1);
}

/* tanh(z) = sign(z) (-m) / (2 + m) with m = exp(-2 |z|) - 1 = 2^n (exp(r) - 1) + (2^n - 1):
 * nothing cancels near 0. */
INLINE vec tanh_vec(vec z)
{
    vec shifted, x = from_bits(bits(z) & ~SIGN_BIT) * (real)-2;
    vec q = exp_minus_1(exp_remainder(at_least(x, splat(-EXP_MAX)), &shifted));
    vec two_n = from_bits((bits(shifted) << EXP_SHIFT) + ONE_BITS);
    vec m = two_n * q + (two_n - (real)1);
    vec size = -m * reciprocal(m + (real)2);
    return from_bits(bits(size) ^ (bits(z) & SIGN_BIT));
}

INLINE vec relu_vec(vec z) { return pick(z < splat(0), splat(0), z); }
INLINE vec step_vec(vec a) { return pick(a > splat(0), splat(1), splat(0)); }

#endif
