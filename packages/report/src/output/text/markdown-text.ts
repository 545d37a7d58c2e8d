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

/** What turns the direction of writing would have what follows in its line read as something else, in a comment on a review as well. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function inLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replace(TURNING, "\ufffd");
}
