import type { Profile } from "@pprof-ts/profile";

/** For each location the names of its functions, innermost first; of one without any, its file's in brackets. */
export function locationFunctions({ locations, functions, mappings, strings }: Profile): string[][] {
  const { lineStart, lines } = locations;
  return Array.from({ length: locations.length }, (_, row) => {
    const names: string[] = [];
    for (let line = lineStart[row]!; line < lineStart[row + 1]!; line++) {
      const fn = lines.function[line]!;
      names.push((fn < 0 ? "" : strings.getExact(functions.name[fn]!)) || UNKNOWN_FUNCTION);
    }
    const mapping = locations.mapping[row]!;
    const file = mapping < 0 ? "" : strings.getExact(mappings.filename[mapping]!);
    return names.length > 0 ? names : [fileFunction(file)];
  });
}

export const UNKNOWN_FUNCTION = "(unknown)";

/** What a frame is called of which only the file is known. */
export function fileFunction(file: string): string {
  return file === "" ? UNKNOWN_FUNCTION : `[${file.slice(file.lastIndexOf("/") + 1)}]`;
}
