/** The signals by which the tool is asked to end. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Somebody wants the tool to end: what was made has to be taken away first. */
export class Stopped extends Error {
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

/** Hears the signals that would end the tool, from now until it is disposed of. */
export class Stop implements Disposable {
  readonly #controller = new AbortController();
  readonly #handlers = SIGNALS.map((signal) => [signal, (): void => this.#heard(signal)] as const);

  constructor() {
    for (const [signal, handler] of this.#handlers) process.on(signal, handler);
  }

  /** Aborts with a `Stopped`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Throws where there was one. */
  check(): void {
    this.signal.throwIfAborted();
  }

  [Symbol.dispose](): void {
    for (const [signal, handler] of this.#handlers) process.off(signal, handler);
  }

  #heard(signal: NodeJS.Signals): void {
    this.#controller.abort(new Stopped(signal));
  }
}
