/** What is wrong with a profile's bytes or with a request made of a profile; `offset` is the byte it was found at, where there is one. */
export class ProfileError extends Error {
  override readonly name: string = "ProfileError";
  readonly offset: number | undefined;
  /** Where the samples would take too much: what to give `maxStackBytes` of `ReadOptions` so that they may. */
  readonly stackBytes: number | undefined;

  constructor(message: string, options: { offset?: number; cause?: unknown; stackBytes?: number } = {}) {
    super(
      options.offset === undefined ? message : `${message} (at byte ${options.offset})`,
      "cause" in options ? { cause: options.cause } : undefined,
    );
    this.offset = options.offset;
    this.stackBytes = options.stackBytes;
  }
}
