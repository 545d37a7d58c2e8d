/** What is wrong with an expression, in the browser's words; "" where nothing is. */
export function problemOf(search: string): string {
  try {
    new RegExp(search);
    return "";
  } catch (error) {
    return (error as Error).message.split(": ").at(-1)!;
  }
}

/** The browser's own expression: what is typed needs an answer at each letter. */
export function expression(search: string): RegExp | undefined {
  try {
    return search === "" ? undefined : new RegExp(search, /[A-Z]/.test(search) ? "" : "i");
  } catch {
    return undefined;
  }
}
