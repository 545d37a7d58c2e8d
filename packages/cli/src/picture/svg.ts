/** Fills the window, follows the wheel and the mouse: by moving the part of the picture that is shown. */
const script = `(() => {
  const svg = document.currentScript.ownerSVGElement, box = svg.viewBox.baseVal;
  const point = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  let held;
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const at = point(event), zoom = Math.pow(1.1, Math.sign(event.deltaY));
    box.x = at.x - (at.x - box.x) * zoom;
    box.y = at.y - (at.y - box.y) * zoom;
    box.width *= zoom;
    box.height *= zoom;
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => { held = point(event); });
  svg.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const at = point(event);
    box.x += held.x - at.x;
    box.y += held.y - at.y;
  });
})();`;

/** A graph's picture that fills its window and can be moved and zoomed in a browser. */
export function withPanAndZoom(svg: string): string {
  return svg
    .replaceAll("&;", "&amp;;")
    .replace(/<svg width="[^"]*" height="[^"]*"/, '<svg width="100%" height="100%"')
    .replace(/(<svg[^>]*>)/, (open) => `${open}\n<script type="text/ecmascript"><![CDATA[${script}]]></script>`);
}
