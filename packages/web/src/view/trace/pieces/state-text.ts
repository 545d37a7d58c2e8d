const TEXTS: Readonly<Record<string, string>> = {
  running: "runs",
  ready: "waits to run",
  waiting: "waits",
  call: "in a system call",
};

/** A state in words. */
export function stateText(state: string): string {
  return TEXTS[state] ?? state;
}
