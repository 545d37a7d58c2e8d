/** The browser's own expression: what is typed needs an answer at each letter. */
export function expression(search: string): RegExp | undefined {
  try {
    return search === "" ? undefined : new RegExp(search, /[A-Z]/.test(search) ? "" : "i");
  } catch {
    return undefined;
  }
}
