/** A proc with a goroutine that runs on thread 1, from where most cases go on. */
const RUNS = `
  1 1000000 ProcStatus 0 1
  1 1000000 GoStatus 1 1 2
`;
const RUNS_LATER = RUNS.replaceAll("1000000", "5000000");
const names = (count: number): string => `[${Array.from({ length: count }, (_, i) => `f${i}`).join(" ")}]`;

/** A rule of Go's format: a trace, and whether `go tool trace` reads it. */
export interface GoRule {
  readonly text: string;
  readonly reads: boolean;
  readonly version?: number;
  /** What is done to the bytes then. */
  cut?(bytes: Uint8Array): Uint8Array;
}

const reads = (text: string, more: Partial<GoRule> = {}): GoRule => ({ text, reads: true, ...more });
const refuses = (text: string, more: Partial<GoRule> = {}): GoRule => ({ text, reads: false, ...more });

export const GO_RULES: Readonly<Record<string, GoRule>> = {
  "a goroutine that is left running": reads(`${RUNS} 1 2000000 HeapAlloc 5`),
  "a proc that has no status is not started": refuses("1 1000000 ProcStart 0 1"),
  "a goroutine without a status is unknown": refuses(`${RUNS} 1 2000000 GoUnblock 9 1 [main]`),
  "starts and unblocks of a goroutine have one sequence": reads(
    `${RUNS} 1 2000000 GoCreate 7 [main] [main]\n 1 3000000 GoStop "x" [main]\n 1 3000000 GoStart 7 1
     1 4000000 GoBlock "x" [main]\n 1 4000000 GoUnblock 7 2 [main]\n 1 4000000 GoStart 7 3`,
  ),
  "a goroutine's sequence has no gap": refuses(
    `${RUNS} 1 2000000 GoCreate 7 [main] [main]\n 1 3000000 GoStop "x" [main]\n 1 3000000 GoStart 7 6`,
  ),
  "a goroutine starts where none runs": refuses(`${RUNS} 1 2000000 GoCreate 7 [main] [main]\n 1 3000000 GoStart 7 1`),
  "what blocks runs": refuses(`${RUNS} 1 2000000 GoBlock "x" [main]\n 1 3000000 GoBlock "x" [main]`),
  "what is created is new": refuses(`${RUNS} 1 2000000 GoCreate 1 [main] [main]`),
  "a stack is in the generation's table": refuses(`${RUNS} 1 2000000 GoBlock "x" 77`),
  "a string is in the generation's table": refuses(`${RUNS} 1 2000000 GoBlock 99 [main]`),
  "stack 0 is none": reads(`${RUNS} 1 2000000 GoBlock "x" []`),
  "the heap is measured on a proc": refuses(
    `${RUNS} 1 2000000 GoBlock "x" [main]\n 1 2000000 ProcStop\n 1 3000000 HeapAlloc 5`,
  ),
  "the heap is measured without a goroutine": reads(`${RUNS} 1 2000000 GoBlock "x" [main]\n 1 3000000 HeapAlloc 5`),
  "a task begins on a goroutine": refuses(`${RUNS} 1 2000000 GoBlock "x" []\n 1 3000000 UserTaskBegin 1 0 "t" []`),
  "a task begins once": refuses(`${RUNS} 1 2000000 UserTaskBegin 1 0 "t" []\n 1 3000000 UserTaskBegin 1 0 "t" []`),
  "a task may begin again after its end": reads(
    `${RUNS} 1 2000000 UserTaskBegin 1 0 "t" []\n 1 2000000 UserTaskEnd 1 []\n 1 3000000 UserTaskBegin 1 0 "t" []`,
  ),
  "a task may end that has not begun": reads(`${RUNS} 1 2000000 UserTaskEnd 5 []`),
  "regions end in the reverse order": refuses(
    `${RUNS} 1 2000000 UserRegionBegin 0 "a" []\n 1 2000000 UserRegionBegin 0 "b" []\n 1 3000000 UserRegionEnd 0 "a" []`,
  ),
  "the end of a region on another goroutine is passed over": reads(
    `${RUNS} 1 2000000 GoCreate 7 [main] []\n 1 2000000 UserRegionBegin 0 "a" []\n 1 3000000 GoBlock "x" []
     1 3000000 GoStart 7 1\n 1 4000000 UserRegionEnd 0 "a" []`,
  ),
  "a region may be left open": reads(`${RUNS} 1 2000000 UserRegionBegin 0 "a" []`),
  "a collection may be left open": reads(`${RUNS} 1 2000000 GCBegin 1 []`),
  "collections have one sequence": refuses(`${RUNS} 1 2000000 GCBegin 1 []\n 1 3000000 GCEnd 3`),
  "a collection ends on a goroutine": refuses(
    `${RUNS} 1 2000000 GCBegin 1 []\n 1 3000000 GoBlock "x" []\n 1 3000000 GCEnd 2`,
  ),
  "a stop of the world is of one goroutine, and may be left open": reads(
    `${RUNS} 1 2000000 STWBegin "gc" []\n 1 3000000 GoBlock "x" []`,
  ),
  "a stop of the world ends after it has begun": refuses(`${RUNS} 1 2000000 STWEnd`),
  "a stop of the world ends in a generation that has its reason": refuses(
    `generation 1\n${RUNS} 1 2000000 STWBegin "gc" []\n generation 2\n${RUNS_LATER} 1 6000000 STWEnd`,
  ),
  "with that, it may end in another one": reads(
    `generation 1\n${RUNS} 1 2000000 STWBegin "gc" []\n generation 2\n${RUNS_LATER} 1 6000000 STWEnd\n 1 6000000 UserLog 0 "k" "v" []`,
  ),
  "stops of the world for two reasons may overlap": reads(
    `${RUNS} 1 2000000 STWBegin "a" []\n 1 2500000 STWBegin "b" []\n 1 3000000 STWEnd\n 1 3000000 STWEnd`,
  ),
  "a stop of the world is in no other": refuses(`${RUNS} 1 2000000 STWBegin "gc" []\n 1 2500000 STWBegin "gc" []`),
  "a CPU sample may be of what is unknown": reads(`${RUNS} sample 2000000 55 66 77 [main]`),
  "a CPU sample has a stack of the table": refuses(`${RUNS} sample 2000000 55 66 77 99`),
  "a thread without a proc may unblock": reads(
    `${RUNS} 1 2000000 GoBlock "sleep" []\n 3 3000000 GoUnblock 1 1 []\n 1 4000000 GoStart 1 2`,
  ),
  "no thread may unblock": reads(
    `${RUNS} 1 2000000 GoBlock "sleep" []\n - 3000000 GoUnblock 1 1 []\n 1 4000000 GoStart 1 2`,
  ),
  "no thread can block": refuses(`${RUNS} - 2000000 GoBlock "sleep" []`),
  "Go 1.25 says what time it is": reads(`${RUNS} 1 2000000 HeapAlloc 5`, { version: 25 }),
  "Go 1.26 ends generations": reads(`${RUNS} 1 2000000 HeapAlloc 5`, { version: 26 }),
  "Go 1.26 does not end without the end of a generation": refuses(`${RUNS} 1 2000000 HeapAlloc 5`, {
    version: 26,
    cut: (bytes) => bytes.subarray(0, -1),
  }),
  "Go 1.30 is unknown": refuses(`${RUNS} 1 2000000 HeapAlloc 5`, { version: 30 }),
  "idle goroutines may be left out of a generation": reads(
    `generation 1\n${RUNS} 1 2000000 GoCreate 7 [main] []\n generation 2\n${RUNS_LATER} 1 6000000 HeapAlloc 1`,
  ),
  "after the first generation a goroutine is created": refuses(
    `generation 1\n${RUNS} generation 2\n${RUNS_LATER} 1 5000000 GoStatus 9 -1 4`,
  ),
  "a status is what the goroutine has": refuses(
    `generation 1\n${RUNS} generation 2\n 1 5000000 ProcStatus 0 1\n 1 5000000 GoStatus 1 1 4`,
  ),
  "generations have no gap": refuses(`generation 1\n${RUNS} generation 3\n${RUNS_LATER}`),
  "a generation that is cut off is none": refuses(
    `generation 1\n${RUNS} generation 2\n${RUNS_LATER} 1 6000000 HeapAlloc 1`,
    { cut: (bytes) => bytes.subarray(0, -4) },
  ),
  "threads' clocks may differ by 5 ms": reads(
    `${RUNS} 1 8000000 GoBlock "x" []\n 1 8000000 ProcStop\n 2 3000000 GoUnblock 1 1 []
     1 9000000 ProcStart 0 1\n 1 9000000 GoStart 1 2`,
  ),
  "a proc is on one thread": refuses(`${RUNS} 2 2000000 ProcStart 0 1`),
  "128 frames of a stack are read": reads(`${RUNS} 1 2000000 GoBlock "x" ${names(128)}`),
  "129 frames are not": refuses(`${RUNS} 1 2000000 GoBlock "x" ${names(129)}`),
  "1,024 bytes of a string are read": reads(`${RUNS} 1 2000000 UserLog 0 "k" "${"x".repeat(1024)}" []`),
  "1,025 are not": refuses(`${RUNS} 1 2000000 UserLog 0 "k" "${"x".repeat(1025)}" []`),
  "equal times are fine": reads(`${RUNS} 1 1000000 HeapAlloc 1\n 1 1000000 HeapAlloc 2\n 1 1000000 HeapAlloc 3`),
  "a system call has the sequence of its proc": reads(
    `${RUNS} 1 2000000 GoSyscallBegin 1 []\n 1 3000000 GoSyscallEnd\n 1 4000000 GoSyscallBegin 2 []`,
  ),
  "that has no gap": refuses(`${RUNS} 1 2000000 GoSyscallBegin 2 []`),
  "a system call that ends has begun": refuses(`${RUNS} 1 2000000 GoSyscallEnd`),
  "an event that is not known": refuses(`${RUNS} 1 2000000 99`),
};
