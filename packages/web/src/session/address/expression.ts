/** What is wrong with an expression, in the browser's words; "" where nothing is. */
export function problemOf(search: string): string {
  try {
    new RegExp(search);
    return "";
  } catch (error) {
    return (error as Error).message.split(": ").at(-1)!;
  }
}

/**
 * What is searched as an expression; undefined where it is none, which matches all. A capital letter in it tells capitals from small ones.
 * It is the browser's own kind and not RE2's, for what is typed needs an answer at each letter.
 */
export function expression(search: string): RegExp | undefined {
  try {
    return search === "" ? undefined : new RegExp(search, /[A-Z]/.test(search) ? "" : "i");
  } catch {
    return undefined;
  }
}
