/** What is wrong with a query or a store, in one sentence. */
export class FleetError extends Error {
  override readonly name: string = "FleetError";
}

interface RefusalOptions extends ErrorOptions {
  readonly retryAfterMillis?: number | undefined;
}

/** Why a request is not answered, with the status of HTTP that says so. */
export class Refusal extends FleetError {
  readonly status: number;
  /** When it may be made again; undefined: it would be refused again. */
  readonly retryAfterMillis: number | undefined;

  constructor(status: number, sentence: string, options: RefusalOptions = {}) {
    super(sentence, options);
    this.status = status;
    this.retryAfterMillis = options.retryAfterMillis;
  }

  /** When to try again, in whole seconds, as HTTP has it. */
  get headers(): Readonly<Record<string, string>> {
    const { retryAfterMillis } = this;
    return retryAfterMillis === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMillis / 1000)) };
  }
}

/** What is wrong, as the refusal of the request that it is wrong with. */
export function refusalOf(error: FleetError): Refusal {
  return error instanceof Refusal ? error : new Refusal(400, error.message, { cause: error });
}

const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the disk",
};

/** What an error of any kind says; faults of the file system in words. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return SYSTEM[(error as NodeJS.ErrnoException).code ?? ""] ?? error.message;
}
