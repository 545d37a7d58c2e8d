/** What pages stand in: a document that is theirs, or an element of somebody else's. */
export interface Home {
  /** Holds all that is drawn. */
  readonly root: HTMLElement;
  /** The element that the theme stands on. */
  readonly themed: HTMLElement;
  /** Whether a key is for the pages: other parts of somebody else's document have keys of their own. */
  readonly hears: (event: KeyboardEvent) => boolean;
  /** Whether the document is the pages' own: then its title and what the browser keeps of it are theirs, too. */
  readonly isOwn: boolean;
  /** Ends what listens to the world around, and the workers. */
  readonly ends: AbortSignal;
}

/** A whole document, for as long as it is open. */
export function ownDocument(root: HTMLElement): Home {
  const { signal } = new AbortController();
  return { root, themed: document.documentElement, hears: () => true, isOwn: true, ends: signal };
}

/** An element of somebody else's document, until it `ends`. */
export function elementOf(root: HTMLElement, ends: AbortSignal): Home {
  let isUsed = false;
  const isInside = (event: Event): boolean => event.composedPath().includes(root);
  const use = (event: Event): void => {
    isUsed = isInside(event);
  };
  for (const type of ["pointerdown", "focusin"]) addEventListener(type, use, { capture: true, signal: ends });
  return {
    root,
    themed: root,
    // What had the focus may be gone, with a menu or a page: then keys are for the element that was used last.
    hears: (event) => isInside(event) || (isUsed && event.target === document.body),
    isOwn: false,
    ends,
  };
}
