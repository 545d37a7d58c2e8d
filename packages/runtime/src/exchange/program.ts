/** What runs: its main script and the Node that runs it. */
export interface Program {
  readonly script: string;
  readonly execPath: string;
  readonly commandLine: readonly string[];
}
