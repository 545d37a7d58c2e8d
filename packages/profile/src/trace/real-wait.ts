/** Reasons of waits that wait for nothing: the goroutine makes way for others, or is one of the runtime's own. */
const MAKES_WAY = /^(|system goroutine wait|GC .*|wait for .*)$/;

/** Whether a goroutine that waits for this reason waits for something: `network` does, `GC mark assist wait for work` does not. */
export function isRealWait(reason: string): boolean {
  return !MAKES_WAY.test(reason);
}
