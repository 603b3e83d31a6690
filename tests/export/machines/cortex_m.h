/* QEMU's mps2-an385 (Cortex-M3) and mps2-an386 (Cortex-M4), without a C library: files and the end
 * by semihosting, time by SysTick, of which -icount makes a count of instructions. */
#define STACK_PAINTED 4096

enum { SYS_OPEN = 1, SYS_WRITE = 5, SYS_READ = 6, SYS_EXIT = 0x18, STOPPED = 0x20026 };
static volatile uint32_t *const SYSTICK = (uint32_t *)0xe000e010; /* control, reload, value */
static int inputs, outputs;

static inline int host(int call, const void *arguments)
{
    register int r0 __asm__("r0") = call;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int opened(const char *name, int length, int mode)
{
    const uint32_t arguments[] = {(uint32_t)name, (uint32_t)mode, (uint32_t)length};
    return host(SYS_OPEN, arguments);
}

static void machine_begin(void)
{
#ifdef __ARM_FP
    *(volatile uint32_t *)0xe000ed88 |= 0xf << 20; /* the floating-point unit is off at reset */
    __asm__ volatile("dsb\nisb");
#endif
    inputs = opened("inputs", 6, 1);   /* "rb" */
    outputs = opened("outputs", 7, 5); /* "wb" */
    SYSTICK[1] = 0xffffff;
}

static void machine_end(void) { host(SYS_EXIT, (const void *)STOPPED); }

static int machine_receive(void *p, uint32_t n)
{
    const uint32_t arguments[] = {(uint32_t)inputs, (uint32_t)p, n};
    return host(SYS_READ, arguments) == 0;
}

static void machine_send(const void *p, uint32_t n)
{
    const uint32_t arguments[] = {(uint32_t)outputs, (uint32_t)p, n};
    host(SYS_WRITE, arguments);
}

static inline void machine_start(void)
{
    SYSTICK[2] = 0;
    SYSTICK[0] = 5; /* on, at the processor's clock */
}

static inline uint32_t machine_stop(void)
{
    uint32_t left = SYSTICK[2];
    SYSTICK[0] = 0;
    return 0xffffff - left;
}

static inline volatile uint8_t *machine_stack(void)
{
    uint8_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}

int main(void);
extern uint8_t top_of_stack[];
__attribute__((section(".vectors"), used)) static const void *const vectors[] = {
    top_of_stack, (const void *)main,
};
