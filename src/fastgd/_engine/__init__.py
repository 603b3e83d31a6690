"""Between Python and the kernels: checked arrays, layouts, threads, and the one `Engine`."""
