/* malloc, calloc, realloc and posix_memalign, of which the k-th call fails: preloaded into Python
 * by allocations.py. Calls count that come from the code of the modules told to `watch`. glibc.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_RANGES 256

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static struct {
    uintptr_t first, end;
} ranges[MOST_RANGES];
static int n_ranges;
static long counted; /* calls since `fail` */
static long failing; /* the one that fails; 0: none does, and none is counted */

static int add_module(struct dl_phdr_info *info, size_t size, void *words)
{
    int wanted = 0;
    (void)size;
    for (const char *const *word = words; *word; word++)
        wanted |= **word ? strstr(info->dlpi_name, *word) != NULL : info->dlpi_name[0] == 0;
    for (int i = 0; wanted && i < info->dlpi_phnum && n_ranges < MOST_RANGES; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && part->p_flags & PF_X) {
            ranges[n_ranges].first = info->dlpi_addr + part->p_vaddr;
            ranges[n_ranges++].end = info->dlpi_addr + part->p_vaddr + part->p_memsz;
        }
    }
    return 0;
}

/* Count calls from loaded modules whose path has one of the words ("": the program itself),
 * which end with NULL: how many stretches of code that are. */
int watch(const char *const *words)
{
    n_ranges = 0;
    dl_iterate_phdr(add_module, (void *)words);
    return n_ranges;
}

/* The k-th call from now on fails, those after it do not; 0: none. How many were counted. */
long fail(long k)
{
    long before = __atomic_exchange_n(&counted, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&failing, k, __ATOMIC_SEQ_CST);
    return before;
}

/* Say which module called CPython's or C's code that came upon a bad address, and end. */
static void tell_where(int signal)
{
    void *frames[64];
    int n = backtrace(frames, 64);
    for (int i = 0; i < n; i++) {
        Dl_info info;
        if (!dladdr(frames[i], &info) || !info.dli_fname)
            continue;
        const char *slash = strrchr(info.dli_fname, '/');
        const char *name = slash ? slash + 1 : info.dli_fname;
        if (!strncmp(name, "python", 6) || !strncmp(name, "lib", 3) || !strncmp(name, "failing", 7))
            continue;
        dprintf(2, "ended in %s\n", name);
        break;
    }
    _exit(128 + signal);
}

/* From now on the end of the process names the module that it came in. */
void tell_of_ends(void)
{
    void *frame[1];
    backtrace(frame, 1); /* loads what it needs */
    signal(SIGSEGV, tell_where);
}

static int fails(void *from)
{
    uintptr_t at = (uintptr_t)from;
    if (!__atomic_load_n(&failing, __ATOMIC_RELAXED))
        return 0;
    for (int i = 0; i < n_ranges; i++)
        if (at >= ranges[i].first && at < ranges[i].end) {
            if (__atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST) != failing)
                return 0;
            errno = ENOMEM;
            return 1;
        }
    return 0;
}

#define FROM __builtin_return_address(0)

void *malloc(size_t size) { return fails(FROM) ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return fails(FROM) ? NULL : __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { return fails(FROM) ? NULL : __libc_realloc(old, size); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
    if (fails(FROM))
        return ENOMEM;
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : ENOMEM;
}
