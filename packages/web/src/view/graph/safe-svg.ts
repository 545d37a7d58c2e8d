const SVG = "http://www.w3.org/2000/svg";

const ELEMENTS: ReadonlySet<string> = new Set(["svg", "g", "polygon", "polyline", "path", "ellipse", "text", "title"]);
const ATTRIBUTES: ReadonlySet<string> = new Set(
  "viewBox transform points d cx cy rx ry x y fill stroke stroke-width stroke-dasharray fill-opacity text-anchor font-family font-size class id".split(
    " ",
  ),
);

/**
 * Builds the picture that an SVG document describes out of shapes and text alone: no links, scripts, styles, images or
 * events, whatever the document says. What a link would have shown as its hint becomes the title of its group.
 */
export function safeSvg(document: string): SVGSVGElement {
  const parsed = new DOMParser().parseFromString(document, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.localName !== "svg") throw new Error("Graphviz gave no picture");
  const copy = (from: Element): SVGElement => {
    const to = window.document.createElementNS(SVG, from.localName);
    for (const { name, value } of from.attributes) if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
    addChildren(from, to);
    return to;
  };
  const addChildren = (from: Element, to: SVGElement): void => {
    for (const child of from.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) to.append(child.textContent ?? "");
      else if (child instanceof Element && ELEMENTS.has(child.localName)) to.append(copy(child));
      else if (child instanceof Element && child.localName === "a") {
        const hint = child.getAttribute("xlink:title") ?? child.getAttribute("title");
        if (hint !== null && hint !== "") to.dataset.hint = hint;
        addChildren(child, to);
      }
    }
  };
  return copy(root) as SVGSVGElement;
}
