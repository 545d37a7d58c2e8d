/** A text in a line of Markdown as it is: no link, no emphasis, no HTML, no line of its own. */
export function markdownText(text: string): string {
  return inLine(text)
    .replace(/&(?=[\w#])|<(?=[a-z/!?])/gi, (sign) => (sign === "&" ? "&amp;" : "&lt;"))
    .replace(/[\\`*[\]|]/g, "\\$&");
}

/** A name as code, which stays in its cell of a table and keeps its signs. */
export function markdownCode(name: string): string {
  return `\`${inLine(name).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function inLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
