/** What neither XML nor Graphviz has a place for. */
export const UNDRAWABLE: RegExp = /[^\P{Cc}\t\n\r]|[\p{Cs}\ufffe\uffff]/gu;

/** Text as it stands in HTML and SVG, in quotes or out of them; letters that XML has no place for are U+FFFD. */
export function escapeHtml(text: string): string {
  const drawable = text.replace(UNDRAWABLE, "\ufffd");
  return drawable.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
