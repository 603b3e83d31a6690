/* A fastgd network called from a C extension: float32, sigmoid layers. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <fastgd_v1.h>

#include <stdlib.h>
#include <time.h>

#define MOST_LAYERS 16

static const fastgd_v1_float32 *gd;

static void *new_network(const Py_buffer *sizes)
{
    static const int sigmoids[MOST_LAYERS]; /* zeros: FASTGD_V1_SIGMOID */
    int64_t n_layers = (int64_t)(sizes->len / sizeof(int64_t)) - 1;
    void *network = NULL;
    if (n_layers >= 1 && n_layers <= MOST_LAYERS)
        network = gd->network_new(n_layers, sizes->buf, sigmoids);
    if (!network)
        PyErr_SetString(PyExc_ValueError, "no such network");
    return network;
}

static int raised(int status)
{
    if (status != FASTGD_V1_OK)
        PyErr_Format(PyExc_ValueError, "fastgd returned %d", status);
    return status != FASTGD_V1_OK;
}

/* outputs(sizes, theta, X): the network's outputs for the rows of X, as bytes. */
static PyObject *outputs(PyObject *self, PyObject *args)
{
    Py_buffer sizes, theta, X;
    PyObject *out = NULL;
    if (!PyArg_ParseTuple(args, "y*y*y*", &sizes, &theta, &X))
        return NULL;
    void *network = new_network(&sizes);
    if (network) {
        const int64_t *size = sizes.buf, n_outputs = size[sizes.len / sizeof(int64_t) - 1];
        int64_t n = X.len / (int64_t)(sizeof(float) * size[0]);
        void *work = malloc((size_t)gd->forward_work(network, n));
        out = PyBytes_FromStringAndSize(NULL, n * n_outputs * (int64_t)sizeof(float));
        if (out) {
            float *rows = (float *)PyBytes_AS_STRING(out);
            int status;
            Py_BEGIN_ALLOW_THREADS
            status = gd->forward(network, theta.buf, n, X.buf, rows, work);
            Py_END_ALLOW_THREADS
            if (raised(status))
                Py_CLEAR(out);
        }
        free(work);
        gd->network_free(network);
    }
    PyBuffer_Release(&sizes);
    PyBuffer_Release(&theta);
    PyBuffer_Release(&X);
    return out;
}

/* epoch(sizes, theta, X, Y, order, batch_size, learning_rate): the mean of the batches' costs. */
static PyObject *epoch(PyObject *self, PyObject *args)
{
    Py_buffer sizes, theta, X, Y, order;
    long long batch_size;
    double rate, cost = 0;
    if (!PyArg_ParseTuple(args, "y*w*y*y*y*Ld", &sizes, &theta, &X, &Y, &order, &batch_size, &rate))
        return NULL;
    void *network = new_network(&sizes);
    if (network) {
        int64_t n = X.len / (int64_t)(sizeof(float) * *(const int64_t *)sizes.buf);
        int64_t n_order = order.len / (int64_t)sizeof(int64_t);
        void *work = malloc((size_t)gd->epoch_work(network, n, batch_size));
        int status;
        Py_BEGIN_ALLOW_THREADS
        status = gd->epoch(network, theta.buf, NULL, n, X.buf, Y.buf, NULL, n_order, order.buf,
                           batch_size, rate, 0, &cost, work);
        Py_END_ALLOW_THREADS
        raised(status);
        free(work);
        gd->network_free(network);
    }
    PyBuffer_Release(&sizes);
    PyBuffer_Release(&theta);
    PyBuffer_Release(&X);
    PyBuffer_Release(&Y);
    PyBuffer_Release(&order);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(cost);
}

/* seconds_per_call(sizes, theta, x, n_calls): of forward for one row. */
static PyObject *seconds_per_call(PyObject *self, PyObject *args)
{
    Py_buffer sizes, theta, x;
    long long n_calls;
    double seconds = 0;
    if (!PyArg_ParseTuple(args, "y*y*y*L", &sizes, &theta, &x, &n_calls))
        return NULL;
    void *network = new_network(&sizes);
    if (network) {
        const int64_t n_outputs = ((const int64_t *)sizes.buf)[sizes.len / sizeof(int64_t) - 1];
        float *out = malloc((size_t)n_outputs * sizeof(float));
        void *work = malloc((size_t)gd->forward_work(network, 1));
        struct timespec from, to;
        timespec_get(&from, TIME_UTC);
        for (long long i = 0; i < n_calls; i++)
            gd->forward(network, theta.buf, 1, x.buf, out, work);
        timespec_get(&to, TIME_UTC);
        seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
        free(work);
        free(out);
        gd->network_free(network);
    }
    PyBuffer_Release(&sizes);
    PyBuffer_Release(&theta);
    PyBuffer_Release(&x);
    return PyErr_Occurred() ? NULL : PyFloat_FromDouble(seconds / (double)n_calls);
}

static PyMethodDef methods[] = {
    {"outputs", outputs, METH_VARARGS, "The network's outputs for the rows of X."},
    {"epoch", epoch, METH_VARARGS, "One epoch of mini-batch descent, in theta."},
    {"seconds_per_call", seconds_per_call, METH_VARARGS, "Of forward for one row."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "c_client", NULL, -1, methods};

PyMODINIT_FUNC PyInit_c_client(void)
{
    gd = fastgd_v1_import_float32();
    return gd ? PyModule_Create(&module) : NULL;
}
