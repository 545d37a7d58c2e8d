/** What runs: its main script and the Node that runs it. */
export interface Program {
  readonly script: string;
  readonly execPath: string;
  readonly commandLine: readonly string[];
  /** When it began, in milliseconds since 1970; undefined where that is not known. */
  readonly startedAt?: number;
}
