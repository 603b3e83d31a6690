/* Runs a network on inputs that come from outside, on any machine: for each x it sends the
 * outputs, how long they took, and how deep the stack went. MACHINE names the header that knows
 * how; OUTPUTS, INPUT and OUTPUT are the network's function and types. Without OUTPUTS the program
 * is what a network's size is measured against. */
#include <stdint.h>
#include MACHINE

#define PAINT 0xa5

static INPUT x[N_INPUTS];
static OUTPUT out[N_OUTPUTS];

#ifdef OUTPUTS
#ifdef __cplusplus
extern "C"
#endif
void OUTPUTS(const INPUT *x, OUTPUT *out);
#else
#define OUTPUTS(x, out)
#endif

int main(void)
{
    machine_begin();
    while (machine_receive(x, sizeof x)) {
        uint32_t measured[2], depth = STACK_PAINTED;
        volatile uint8_t *stack = machine_stack();
        for (uint32_t i = 1; i <= STACK_PAINTED; i++)
            stack[-(int32_t)i] = PAINT;
        machine_start();
        OUTPUTS(x, out);
        measured[0] = machine_stop();
        while (depth > 0 && stack[-(int32_t)depth] == PAINT)
            depth--;
        measured[1] = depth;
        machine_send(out, sizeof out);
        machine_send(measured, sizeof measured);
    }
    machine_end();
    return 0;
}
