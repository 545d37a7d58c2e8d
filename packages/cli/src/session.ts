import type { Environment } from "./host/environment.ts";
import type { TemporaryFiles } from "./host/file/temp-file.ts";
import type { Ui } from "./host/terminal/ui.ts";
import type { NativeBinaries } from "./native/frame/binaries.ts";

/** What one run of the tool works with. */
export interface Session {
  readonly ui: Ui;
  readonly env: Environment;
  readonly temporary: TemporaryFiles;
  /** The object files of this machine, opened at the first call. */
  readonly binaries: () => Promise<NativeBinaries>;
  /** Whether names are shown whole on a terminal. */
  readonly full: boolean;
  /** Whether commands come from the shell: then viewers run in the background and files stay off the terminal. */
  readonly interactive: boolean;
}
