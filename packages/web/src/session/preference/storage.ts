/** A text that is kept. */
interface Storage {
  readonly get: () => string | undefined;
  readonly set: (text: string) => void;
}

/** A text that is kept for as long as the page is open. */
export function unkept(): Storage {
  let kept: string | undefined;
  return {
    get: () => kept,
    set(text) {
      kept = text;
    },
  };
}

/** A text that the browser keeps, where it allows that: a page from a file may not. */
export function storage(key: string): Storage {
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
