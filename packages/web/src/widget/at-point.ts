/** So far from the edges of the window, in CSS pixels. */
const EDGE = 4;

/**
 * Puts an element that is `fixed` at a point of the window and keeps it in there; where there is no room below, it ends
 * `above` the point. In somebody else's page an ancestor may move what is fixed in it, so where it stands is looked at.
 */
export function putAt(element: HTMLElement, x: number, y: number, above: number | undefined = undefined): void {
  const { style, offsetWidth, offsetHeight } = element;
  const [right, bottom] = [innerWidth - offsetWidth - EDGE, innerHeight - offsetHeight - EDGE];
  style.left = "0";
  style.top = "0";
  const origin = element.getBoundingClientRect();
  const top = above !== undefined && y > bottom ? above - offsetHeight : Math.min(y, bottom);
  style.left = `${Math.max(EDGE, Math.min(x, right)) - origin.left}px`;
  style.top = `${Math.max(EDGE, top) - origin.top}px`;
}
