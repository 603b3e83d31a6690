/* Mini-batch descent of a fully connected network, for WebAssembly: the twin of kernel.js, which
 * lays out its memory and calls it. No libc. The vectors, sigmoid and tanh are the kernels' own,
 * and numbers are added up in the order in which FASTGD_DETERMINISTIC=everywhere has them: from
 * one start batches of less than 200 examples lead both to the same bits.
 *
 * A layer's parameters are (n_in + 1) rows of `stride` reals, the weights from one input to n_out
 * neurons and then zeros; the last row are the biases. `python -m tests.explore.assembly` builds it.
 */
#include "functions.h"

#define EXPORT(name) __attribute__((export_name(#name)))

enum { SIGMOID, TANH, RELU, IDENTITY };

typedef struct {
    int32_t n_in, n_out, stride, activation;
    int32_t weights, row; /* where its parameters and its activations begin, in reals */
} Layer;

typedef struct {
    int32_t n_layers, row; /* reals that one example's activations take */
    const Layer *layers;
    real *parameters;
    const int32_t *starts, *columns; /* the nonzeros of example e: starts[e] to starts[e + 1] */
    const real *values, *targets;
    real *a, *d; /* (batch, row): activations, and dC/dz */
    int32_t right;
} Problem;

/* A layer's inputs: of an example its nonzeros, else the activations before, where columns is 0. */
typedef struct {
    int32_t n;
    const int32_t *columns;
    const real *x;
} Inputs;

INLINE Inputs inputs_of(const Problem *p, int l, int e, const real *a)
{
    if (l > 0)
        return (Inputs){p->layers[l].n_in, 0, a + p->layers[l - 1].row};
    int32_t from = p->starts[e];
    return (Inputs){p->starts[e + 1] - from, p->columns + from, p->values + from};
}

/* z += sum_i x_i W_i, for so many vectors of each row: sums stay in registers */
INLINE void add_rows(int vecs, Inputs in, const real *W, int stride, real *z)
{
    vec sum[4];
    for (int v = 0; v < vecs; v++)
        sum[v] = load(z + v * VL);
    for (int i = 0; i < in.n; i++) {
        const real *w = W + (in.columns ? in.columns[i] : i) * stride;
        vec x = splat(in.x[i]);
        for (int v = 0; v < vecs; v++)
            sum[v] += x * load(w + v * VL);
    }
    for (int v = 0; v < vecs; v++)
        store(z + v * VL, sum[v]);
}

/* W_i += x_i d */
INLINE void add_to_rows(int vecs, Inputs in, real *W, int stride, const real *d)
{
    vec change[4];
    for (int v = 0; v < vecs; v++)
        change[v] = load(d + v * VL);
    for (int i = 0; i < in.n; i++) {
        real *w = W + (in.columns ? in.columns[i] : i) * stride;
        vec x = splat(in.x[i]);
        for (int v = 0; v < vecs; v++)
            store(w + v * VL, load(w + v * VL) + x * change[v]);
    }
}

/* One of the two above for a whole row, four vectors at a time: each number of vectors a loop of
 * its own, and each kind of inputs. */
#define BY_FOURS(function, in, W, stride, z)                          \
    for (int at = 0; at < stride; at += 4 * VL) {                     \
        int vecs = (stride - at) / VL;                                \
        if (vecs >= 4)                                                \
            function(4, in, W + at, stride, z + at);                  \
        else if (vecs == 3)                                           \
            function(3, in, W + at, stride, z + at);                  \
        else if (vecs == 2)                                           \
            function(2, in, W + at, stride, z + at);                  \
        else                                                          \
            function(1, in, W + at, stride, z + at);                  \
    }
#define BY_KIND(function, in, W, stride, z)                           \
    if (in.columns) {                                                 \
        BY_FOURS(function, in, W, stride, z)                          \
    } else {                                                          \
        Inputs dense = {in.n, 0, in.x};                               \
        BY_FOURS(function, dense, W, stride, z)                       \
    }

static void activate(const Layer *layer, real *z)
{
    for (int j = 0; j < layer->stride; j += VL) {
        vec v = load(z + j);
        if (layer->activation == SIGMOID)
            store(z + j, sigmoid_vec(v));
        else if (layer->activation == TANH)
            store(z + j, tanh_vec(v));
        else if (layer->activation == RELU)
            store(z + j, relu_vec(v));
    }
}

/* d = dC/da becomes dC/dz = d f'(z), f' as a function of a = f(z); 0 stays 0 in the padding */
static void times_derivative(const Layer *layer, const real *a, real *d)
{
    for (int j = 0; j < layer->stride; j += VL) {
        vec at = load(a + j), v = load(d + j);
        if (layer->activation == SIGMOID)
            store(d + j, v * (at * (splat(1) - at)));
        else if (layer->activation == TANH)
            store(d + j, v * (splat(1) - at * at));
        else if (layer->activation == RELU)
            store(d + j, v * step_vec(at));
    }
}

static void forward(const Problem *p, int e, real *a)
{
    for (int l = 0; l < p->n_layers; l++) {
        const Layer *layer = p->layers + l;
        const real *W = p->parameters + layer->weights;
        real *z = a + layer->row;
        int stride = layer->stride;
        for (int j = 0; j < stride; j += VL)
            store(z + j, load(W + layer->n_in * stride + j));
        Inputs in = inputs_of(p, l, e, a);
        BY_KIND(add_rows, in, W, stride, z)
        activate(layer, z);
    }
}

/* sum_j (a_j - y_j)^2; where d is given, scale dC/da of the last layer */
static real errors(const Problem *p, int e, const real *a, real *d, real scale)
{
    const Layer *last = p->layers + p->n_layers - 1;
    const real *y = p->targets + e * last->stride;
    real cost = 0;
    for (int j = 0; j < last->n_out; j++) {
        real error = a[last->row + j] - y[j];
        cost += error * error;
        if (d)
            d[last->row + j] = 2 * scale * error;
    }
    return cost;
}

/* sum_j d_j W_kj for VL inputs from k on; the rows behind the last input are not read */
INLINE vec times_rows(const Layer *layer, const real *W, const real *d, int k)
{
    vec sum = splat(0);
    int stride = layer->stride, rows = layer->n_in - k < VL ? layer->n_in - k : VL;
    for (int j = 0; j < stride; j += VL) {
        vec a[VL], b[VL]; /* four rows, transposed by two rounds of perfect shuffles */
        for (int r = 0; r < VL; r++)
            a[r] = r < rows ? load(W + (k + r) * stride + j) : splat(0);
        for (int round = 0; round < 2; round++) {
            for (int r = 0; r < VL / 2; r++) {
                b[2 * r] = interleave(a[r], a[r + VL / 2], 0);
                b[2 * r + 1] = interleave(a[r], a[r + VL / 2], VL / 2);
            }
            for (int r = 0; r < VL; r++)
                a[r] = b[r];
        }
        for (int r = 0; r < VL; r++)
            sum += splat(d[j + r]) * a[r];
    }
    return sum;
}

static void backward(const Problem *p, const real *a, real *d)
{
    for (int l = p->n_layers - 1; l >= 0; l--) {
        const Layer *layer = p->layers + l;
        const real *W = p->parameters + layer->weights, *from = d + layer->row;
        times_derivative(layer, a + layer->row, d + layer->row);
        if (l == 0)
            return;
        for (int k = 0; k < p->layers[l - 1].stride; k += VL)
            store(d + p->layers[l - 1].row + k, times_rows(layer, W, from, k));
    }
}

/* theta += what d gives, scaled */
static void learn(const Problem *p, int e, const real *a, const real *d)
{
    for (int l = 0; l < p->n_layers; l++) {
        const Layer *layer = p->layers + l;
        real *W = p->parameters + layer->weights;
        const real *change = d + layer->row;
        int stride = layer->stride;
        for (int j = 0; j < stride; j += VL) {
            real *biases = W + layer->n_in * stride + j;
            store(biases, load(biases) + load(change + j));
        }
        Inputs in = inputs_of(p, l, e, a);
        BY_KIND(add_to_rows, in, W, stride, change)
    }
}

/* A step for every `batch` of the n examples in `order`: the sum of the batches' mean costs. All
 * of a batch is backpropagated at one theta, then learned. */
EXPORT(descend) double descend(const Problem *p, const int32_t *order, int n, int batch, double rate)
{
    double total = 0;
    for (int first = 0; first < n; first += batch) {
        int size = n - first < batch ? n - first : batch;
        double cost = 0;
        real scale = (real)(-rate / size);
        for (int i = 0; i < size; i++) {
            real *a = p->a + i * p->row, *d = p->d + i * p->row;
            forward(p, order[first + i], a);
            cost += errors(p, order[first + i], a, d, scale);
            backward(p, a, d);
        }
        for (int i = 0; i < size; i++)
            learn(p, order[first + i], p->a + i * p->row, p->d + i * p->row);
        total += cost / size;
    }
    return total;
}

static int highest(const real *x, int n)
{
    int found = 0;
    for (int j = 1; j < n; j++)
        if (x[j] > x[found])
            found = j;
    return found;
}

/* The sum of the costs of n examples; in p->right how many are read as their targets say: by the
 * highest output, or one output's half. */
EXPORT(measure) double measure(Problem *p, int first, int n)
{
    const Layer *last = p->layers + p->n_layers - 1;
    const real *outputs = p->a + last->row;
    double cost = 0;
    p->right = 0;
    for (int e = first; e < first + n; e++) {
        const real *y = p->targets + e * last->stride;
        forward(p, e, p->a);
        cost += errors(p, e, p->a, 0, 0);
        if (last->n_out == 1)
            p->right += (outputs[0] > (real)0.5) == (y[0] > (real)0.5);
        else
            p->right += highest(outputs, last->n_out) == highest(y, last->n_out);
    }
    return cost;
}
