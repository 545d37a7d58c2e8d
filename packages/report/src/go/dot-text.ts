/** Text as it stands within the quotes of the dot language, escaped as Go's pprof does: it ends no quotes and begins no line. */
export function dotText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\l");
}
