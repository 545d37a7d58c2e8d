interface Waiting {
  readonly result: Promise<unknown>;
  readonly gone: AbortController;
  clients: number;
}

/**
 * Equal requests that wait together are answered by one capture: the next one that begins, for one that has begun may not
 * know of what happened before a request came.
 */
export class Sharing {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<string, Waiting>();

  /** What `act` gives, which equal `key`s share. Its signal aborts when all who wait for it have gone. */
  async ask<Result>(key: string, signal: AbortSignal, act: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    signal.throwIfAborted();
    const waiting = this.#waiting.get(key) ?? this.#queue(key, act);
    waiting.clients++;
    const leave = (): void => {
      if (--waiting.clients > 0) return;
      this.#forget(key, waiting);
      waiting.gone.abort();
    };
    signal.addEventListener("abort", leave, { once: true });
    try {
      return (await waiting.result) as Result;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #queue(key: string, act: (signal: AbortSignal) => Promise<unknown>): Waiting {
    const gone = new AbortController();
    const begin = async (): Promise<unknown> => {
      await this.#running.get(key);
      this.#forget(key, waiting);
      gone.signal.throwIfAborted();
      const result = act(gone.signal);
      const ended = result.then(
        () => {},
        () => {},
      );
      this.#running.set(key, ended);
      return result.finally(() => this.#running.get(key) === ended && this.#running.delete(key));
    };
    const waiting: Waiting = { result: begin(), gone, clients: 0 };
    this.#waiting.set(key, waiting);
    return waiting;
  }

  /** Nobody joins it any more. */
  #forget(key: string, waiting: Waiting): void {
    if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
  }
}
