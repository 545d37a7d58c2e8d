/** A text that the browser keeps, where it allows that: a page from a file may not. */
export function storage(key: string): { readonly get: () => string | undefined; readonly set: (text: string) => void } {
  return {
    get() {
      try {
        return localStorage.getItem(key) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set(text) {
      try {
        localStorage.setItem(key, text);
      } catch {
        // What is chosen holds until the page is closed.
      }
    },
  };
}
