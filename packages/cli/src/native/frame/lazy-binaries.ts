import type { NativeBinaries } from "./binaries.ts";

/**
 * The object files of this machine, read with the programs that `tools` (`-tools`, `$PPROF_TOOLS`) names or that the
 * path holds, and by this tool itself where there are none. The code behind it is loaded at the first call.
 */
export function lazyBinaries(tools: string): () => Promise<NativeBinaries> {
  let opened: Promise<NativeBinaries> | undefined;
  return () => {
    opened ??= import("./objects.ts").then(({ openBinaries }) => openBinaries(tools));
    return opened;
  };
}
