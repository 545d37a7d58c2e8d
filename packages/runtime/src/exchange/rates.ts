/** How many samples a second the CPU profiler takes unless that is set; as Go's. */
export const CPU_RATE = 100;
/** More are not asked of V8. */
export const MOST_RATE = 10_000;

/** How many bytes are allocated between two heap samples, on average, unless that is set; as Go's. */
export const MEM_RATE: number = 512 * 1024;
