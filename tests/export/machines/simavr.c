/* Runs an AVR program in simavr: `simavr PROGRAM <inputs >outputs`. It gives a byte of stdin for
 * each read of GPIOR1, writes to stdout what is written to GPIOR2, and counts the cycles from 1 in
 * GPIOR0 to 2 there; the next four bytes read are that count. */
#include <simavr/avr_ioport.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GPIOR0 = 0x3e, GPIOR1 = 0x4a, GPIOR2 = 0x4b };
static avr_cycle_count_t started;
static uint8_t count[4];
static int left, over;

static uint8_t next_byte(avr_t *avr, avr_io_addr_t address, void *unused)
{
    (void)avr, (void)address, (void)unused;
    int byte = left ? count[4 - left--] : getchar();
    over |= byte == EOF;
    return (uint8_t)byte;
}

static void write_byte(avr_t *avr, avr_io_addr_t address, uint8_t byte, void *unused)
{
    (void)avr, (void)address, (void)unused;
    putchar(byte);
}

static void mark(avr_t *avr, avr_io_addr_t address, uint8_t what, void *unused)
{
    (void)address, (void)unused;
    if (what == 1) {
        started = avr->cycle;
    } else {
        uint32_t cycles = (uint32_t)(avr->cycle - started);
        memcpy(count, &cycles, left = 4);
    }
}

static void say_nothing(avr_t *avr, const int level, const char *format, va_list arguments)
{
    (void)avr, (void)level, (void)format, (void)arguments;
}

int main(int argc, char **argv)
{
    elf_firmware_t program;
    avr_global_logger_set(say_nothing); /* it would write to stdout */
    memset(&program, 0, sizeof program);
    if (argc != 2 || elf_read_firmware(argv[1], &program))
        return 2;
    avr_t *avr = avr_make_mcu_by_name("atmega2560");
    if (!avr)
        return 3;
    avr_init(avr);
    avr->frequency = 16000000;
    avr_load_firmware(avr, &program);
    avr_register_io_read(avr, GPIOR1, next_byte, NULL);
    avr_register_io_write(avr, GPIOR2, write_byte, NULL);
    avr_register_io_write(avr, GPIOR0, mark, NULL);
    while (!over) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed)
            return 4;
    }
    return 0;
}
