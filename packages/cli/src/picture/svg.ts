/**
 * The wheel and two fingers zoom about the point they are at, dragging moves, a double click or the key 0 shows all
 * again, + and - zoom from the keyboard. Only the transform of one group changes.
 */
const SCRIPT = `
const svg = document.currentScript.ownerSVGElement;
const viewport = svg.querySelector("#viewport");
const box = svg.viewBox.baseVal;
let [zoom, left, top] = [1, 0, 0];
const show = () => viewport.setAttribute("transform", "translate(" + left + "," + top + ") scale(" + zoom + ")");
const at = (x, y) => new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse());
const zoomBy = (factor, point) => {
  const next = Math.min(Math.max(zoom * factor, 0.1), 100);
  left = point.x - (point.x - left) * next / zoom;
  top = point.y - (point.y - top) * next / zoom;
  zoom = next;
  show();
};
const middle = () => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
const fit = () => {
  // A small graph is not blown up to the size of the window.
  zoom = Math.min(1, 2 / svg.getScreenCTM().a);
  left = middle().x * (1 - zoom);
  top = middle().y * (1 - zoom);
  show();
};
const fingers = new Map();
svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.002)), at(event.clientX, event.clientY));
}, { passive: false });
svg.addEventListener("pointerdown", (event) => {
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
});
svg.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (before === undefined) return;
  const now = { x: event.clientX, y: event.clientY };
  fingers.set(event.pointerId, now);
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  if (other === undefined) {
    if (event.buttons === 0) return fingers.clear();
    const [from, to] = [at(before.x, before.y), at(now.x, now.y)];
    left += to.x - from.x;
    top += to.y - from.y;
    show();
  } else {
    const apart = (finger) => Math.hypot(finger.x - other.x, finger.y - other.y) || 1;
    zoomBy(apart(now) / apart(before), at((now.x + other.x) / 2, (now.y + other.y) / 2));
  }
});
for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
  svg.addEventListener(end, (event) => fingers.delete(event.pointerId));
}
svg.addEventListener("dblclick", fit);
addEventListener("keydown", ({ key }) => {
  if (key === "0") fit();
  else if (key === "+" || key === "=") zoomBy(1.25, middle());
  else if (key === "-") zoomBy(0.8, middle());
});
fit();
`;

/**
 * A picture by Graphviz made to fill its window, and to be moved and zoomed there. Without scripts, as in a page's
 * `<img>`, it is the same picture, still.
 */
export function withPanAndZoom(svg: string): string {
  const head = /<svg width="[^"]*" height="[^"]*"/.exec(svg);
  const start = svg.indexOf('<g id="graph0"');
  const end = svg.lastIndexOf("</svg>");
  if (head === null || start < 0 || end < 0) throw new Error("Graphviz drew no graph");
  return [
    svg.slice(0, head.index),
    '<svg width="100%" height="100%" style="touch-action: none; user-select: none"',
    svg.slice(head.index + head[0].length, start),
    '<g id="viewport">\n',
    svg.slice(start, end),
    `</g>\n<script type="text/javascript"><![CDATA[(() => {${SCRIPT}})();]]></script>\n`,
    svg.slice(end),
  ].join("");
}
