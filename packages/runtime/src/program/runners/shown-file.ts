import path from "node:path";

/** A file by its place below the working directory, where it is there. */
export function shownFile(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}
