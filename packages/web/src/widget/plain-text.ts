// What would hide or reorder other text: control characters, and Unicode's controls of direction and invisible marks.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A profile's text as it may be shown: one line, in one direction, nothing invisible. */
export function plainText(text: string): string {
  return text.replace(HIDDEN, "\ufffd");
}
