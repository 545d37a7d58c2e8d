import { ToolError } from "../error.ts";
import { write } from "../host/terminal/ui.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";

/** The shells that there is a script for. */
export const SHELLS: Readonly<Record<string, () => string>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** `pprof completion SHELL`: prints the script. */
export function completion([shell = ""]: readonly string[]): number {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) {
    throw new ToolError(`no completion for the shell "${shell}": must be one of ${Object.keys(SHELLS).join(", ")}`);
  }
  write(1, script());
  return 0;
}
