/* The parts of an integer network's file: `integer_c.py` picks those it needs, the rest is data. */

/*[memory]*/
#ifdef __AVR__ /* where const alone would copy the weights to RAM */
#include <avr/pgmspace.h>
#define NAME_CONST static const PROGMEM
#define NAME_WEIGHT(p) ((WEIGHT_T)pgm_read_WEIGHT_UNIT(p))
#define NAME_BIAS(p) ((int32_t)pgm_read_dword(p))
#define NAME_SHIFT(p) pgm_read_byte(p)
#define NAME_ENTRY(p) ((int16_t)pgm_read_word(p))
#else
#define NAME_CONST static const
#define NAME_WEIGHT(p) (*(p))
#define NAME_BIAS(p) (*(p))
#define NAME_SHIFT(p) (*(p))
#define NAME_ENTRY(p) (*(p))
#endif

/*[layer]*/
/* z = W x + b, W (n_out, n_in) row after row */
static void name_layer(const WEIGHT_T *w, const int32_t *b, int n_in, int n_out, const uint8_t *x,
                       int32_t *z)
{
    for (int j = 0; j < n_out; j++) {
        int32_t sum = NAME_BIAS(b + j);
        for (int k = 0; k < n_in; k++)
            sum += (PRODUCT_T)NAME_WEIGHT(w + k) * x[k];
        z[j] = sum;
        w += n_in;
    }
}

/*[table]*/
/* sigmoid(z) 32768 at z = 0, 1/8, 2/8, .., 8 */
/*[curve]*/
/* sigmoid(sum / 2^shift) 32768, on straight lines between the table's entries; from 8 on, flat */
static int32_t name_curve(int32_t sum, int shift)
{
    int32_t z = sum < 0 ? -sum : sum, a;
    if (z >= (int32_t)8 << shift) {
        a = NAME_ENTRY(name_table + 64);
    } else {
        int at;
        z = shift > 12 ? z >> (shift - 12) : z << (12 - shift); /* 12 binary places */
        at = (int)(z >> 9);
        a = NAME_ENTRY(name_table + at);
        a += ((NAME_ENTRY(name_table + at + 1) - a) * (z & 511) + 256) >> 9;
    }
    return sum < 0 ? 32768 - a : a;
}

/*[sigmoid]*/
/* a hidden layer's activations, 255 for 1: of tanh (tanh(z) + 1) / 2, which is sigmoid(2 z) */
static void name_sigmoid(const int32_t *z, const uint8_t *shifts, int n, uint8_t *a)
{
    for (int j = 0; j < n; j++)
        a[j] = (uint8_t)((name_curve(z[j], NAME_SHIFT(shifts + j)) * 255 + 16384) >> 15);
}

/*[relu]*/
/* a hidden layer's activations, rounded to their step, from 0 to 255 steps */
static void name_relu(const int32_t *z, const uint8_t *shifts, int n, uint8_t *a)
{
    for (int j = 0; j < n; j++) {
        int shift = NAME_SHIFT(shifts + j);
        if (z[j] < 0)
            a[j] = 0;
        else if (z[j] >= (int32_t)255 << shift)
            a[j] = 255;
        else
            a[j] = (uint8_t)((z[j] + (((int32_t)1 << shift) >> 1)) >> shift);
    }
}

/*[sigmoid_output]*/
static void name_sigmoid_output(int32_t *z, const uint8_t *shifts, int n)
{
    for (int j = 0; j < n; j++)
        z[j] = name_curve(z[j], NAME_SHIFT(shifts + j));
}

/*[tanh_output]*/
/* tanh(z) = 2 sigmoid(2 z) - 1 */
static void name_tanh_output(int32_t *z, const uint8_t *shifts, int n)
{
    for (int j = 0; j < n; j++)
        z[j] = 2 * name_curve(z[j], NAME_SHIFT(shifts + j)) - 32768;
}

/*[relu_output]*/
static void name_relu_output(int32_t *z, int n)
{
    for (int j = 0; j < n; j++)
        if (z[j] < 0)
            z[j] = 0;
}

/*[prediction]*/
int name_prediction(const uint8_t x[N_INPUTS])
{
    int32_t out[N_OUTPUTS];
    int best = 0;
    name_outputs(x, out);
    for (int j = 1; j < N_OUTPUTS; j++)
        if (out[j] > out[best])
            best = j;
    return best;
}
