/* The parts of a float network's file: `float_c.py` picks those it needs, and the rest is data. */

/*[memory]*/
#ifdef __AVR__ /* where const alone would copy the weights to RAM */
#include <avr/pgmspace.h>
#define NAME_CONST static const PROGMEM
#define NAME_READ(p) pgm_read_float(p)
#else
#define NAME_CONST static const
#define NAME_READ(p) (*(p))
#endif

/*[layer]*/
/* z = W x + b, W (n_out, n_in) row after row */
static void name_layer(const float *w, const float *b, int n_in, int n_out, const float *x, float *z)
{
    for (int j = 0; j < n_out; j++) {
        float sum = NAME_READ(b + j);
        for (int k = 0; k < n_in; k++)
            sum += NAME_READ(w + k) * x[k];
        z[j] = sum;
        w += n_in;
    }
}

/*[exp]*/
/* exp(x) = 2^n exp(r) for x <= 0, with x = n ln 2 + r and |r| <= ln 2 / 2. Returns exp(r) - 1, by
 * the minimax polynomial to r^6. What is not a number stays so. */
static float name_exp(float x, float *two_n)
{
    union {
        float value;
        uint32_t bits;
    } power;
    float n, r, p;
    if (x < -87.0f)
        x = -87.0f;
    n = x >= -87.0f ? (float)(int)(x * 1.44269504f - 0.5f) : 0.0f;
    power.bits = (uint32_t)((int32_t)n + 127) << 23;
    *two_n = power.value;
    r = x - n * 0.693359375f - n * -2.12194440e-4f;
    p = 1.381432056e-3f;
    p = p * r + 8.368851171e-3f;
    p = p * r + 4.166840109e-2f;
    p = p * r + 1.666651952e-1f;
    p = p * r + 4.999999337e-1f;
    return p * (r * r) + r;
}

/*[sigmoid]*/
/* sigmoid(z) = 1 / (1 + e) for z > 0, else e / (1 + e), with e = exp(-|z|) */
static void name_sigmoid(float *a, int n)
{
    for (int j = 0; j < n; j++) {
        float two_n, e = name_exp(a[j] > 0.0f ? -a[j] : a[j], &two_n);
        e = two_n * (e + 1.0f);
        a[j] = (a[j] > 0.0f ? 1.0f : e) / (1.0f + e);
    }
}

/*[tanh]*/
/* tanh(z) = sign(z) (-m) / (2 + m), with m = exp(-2 |z|) - 1 */
static void name_tanh(float *a, int n)
{
    for (int j = 0; j < n; j++) {
        float two_n, m = name_exp(a[j] > 0.0f ? -2.0f * a[j] : 2.0f * a[j], &two_n);
        m = two_n * m + (two_n - 1.0f);
        a[j] = (a[j] > 0.0f ? -m : m) / (2.0f + m);
    }
}

/*[relu]*/
static void name_relu(float *a, int n)
{
    for (int j = 0; j < n; j++)
        if (a[j] < 0.0f)
            a[j] = 0.0f;
}

/*[prediction]*/
int name_prediction(const float x[N_INPUTS])
{
    float out[N_OUTPUTS];
    int best = 0;
    name_outputs(x, out);
    for (int j = 1; j < N_OUTPUTS; j++)
        if (out[j] > out[best])
            best = j;
    return best;
}
