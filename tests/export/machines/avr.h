/* An AVR in simavr: bytes pass through three registers that simavr.c watches. */
#include <avr/io.h>

#define STACK_PAINTED 1024

static void machine_begin(void) {}
static void machine_end(void) {}

static uint8_t machine_receive(void *p, uint16_t n)
{
    uint8_t *byte = (uint8_t *)p;
    while (n--)
        *byte++ = GPIOR1; /* simavr.c ends the run where there is no more */
    return 1;
}

static void machine_send(const void *p, uint16_t n)
{
    const uint8_t *byte = (const uint8_t *)p;
    while (n--)
        GPIOR2 = *byte++;
}

static inline void machine_start(void) { GPIOR0 = 1; }

static inline uint32_t machine_stop(void)
{
    uint32_t cycles;
    GPIOR0 = 2;
    machine_receive(&cycles, sizeof cycles);
    return cycles;
}

static inline volatile uint8_t *machine_stack(void) { return (volatile uint8_t *)(SP + 1); }
