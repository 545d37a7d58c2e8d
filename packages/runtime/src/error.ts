interface RuntimeErrorOptions extends ErrorOptions {
  readonly status?: number;
  readonly retrySeconds?: number;
}

/** What the profiler refuses, and why, in one sentence. */
export class RuntimeError extends Error {
  override name = "RuntimeError";
  /** Of the answer to a request that is refused so. */
  readonly status: number;
  /** After how long the same may be asked for again; undefined: waiting changes nothing. */
  readonly retrySeconds: number | undefined;

  constructor(sentence: string, options: RuntimeErrorOptions = {}) {
    super(sentence, options);
    this.status = options.status ?? 500;
    this.retrySeconds = options.retrySeconds;
  }
}
