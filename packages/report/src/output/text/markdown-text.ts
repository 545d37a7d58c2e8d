/** A text in a line of Markdown as it is: no link, no emphasis, no formula, no HTML, no heading, no line of its own. */
export function markdownText(text: string): string {
  return inLine(text)
    .trimStart()
    .replace(/[\\`*[\]|~$]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\$&")
    .replace(/^(?=#|>|[+-](?:[ -]|$))|(?<=^\d{1,9})(?=[.)](?: |$))/, "\\")
    .replace(/&(?=[\w#])|<(?=[a-z/!?])/gi, (sign) => (sign === "&" ? "&amp;" : "&lt;"));
}

/** A name as code, which stays in its cell of a table and keeps its signs. */
export function markdownCode(name: string): string {
  // Not all readers of tables take the second backslash of two for one that escapes.
  const text = inLine(name)
    .replaceAll("`", "'")
    .replace(/\\(?=\|)/g, "\\ ")
    .replaceAll("|", "\\|");
  return `\`${text}\``;
}

function inLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
