/** What the profiler refuses, and why, in one sentence. */
export class RuntimeError extends Error {
  override name = "RuntimeError";
}
