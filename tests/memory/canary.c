/* Faults on purpose: a build that watches memory or threads must see them. */
#include <stdlib.h>

int beyond(int n) /* reads the byte after an allocation */
{
    volatile char *room = malloc(n);
    int found = room[n];
    free((void *)room);
    return found & 1;
}

static int sum;

int race(int n) /* adds up without an agreement */
{
#pragma omp parallel for num_threads(4)
    for (int i = 0; i < n; i++)
        sum += i;
    return sum & 1;
}
