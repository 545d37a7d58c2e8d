/** Gives a laid-out graph the page's colours: what Graphviz drew for white paper, and the same for a dark page. */
export function themed(svg: SVGSVGElement, fontFamily: string): void {
  const size = 1 / Math.max(1, widthOf(fontFamily));
  for (const element of svg.querySelectorAll<SVGElement>("[fill], [stroke], text")) {
    for (const property of ["fill", "stroke"] as const) {
      const colour =
        element.getAttribute(property) ?? (element.localName === "text" && property === "fill" ? "black" : "");
      const dark = darkOf(colour);
      if (dark !== undefined) element.style[property] = `light-dark(${colour}, ${dark})`;
    }
    if (element.localName === "text")
      element.style.fontSize = `${Number(element.getAttribute("font-size") ?? 14) * size}px`;
  }
}

/** What Graphviz takes the small letters of Arial to be wide, in sizes of the font. */
const ARIAL = 12.726;

/** How wide letters are beside those that the graph was laid out for. */
function widthOf(fontFamily: string): number {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `100px ${fontFamily}`;
  return context.measureText("abcdefghijklmnopqrstuvwxyz").width / (100 * ARIAL);
}

/** The graph as a file of its own, for white paper. */
export function standAlone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  for (const element of copy.querySelectorAll("[style]")) element.removeAttribute("style");
  return new XMLSerializer().serializeToString(copy);
}

/** The same hue as light as the colour is dark; undefined for what is no colour. */
function darkOf(colour: string): string | undefined {
  if (colour === "black") return "#e8e9eb";
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(colour) ?? [];
  if (red === undefined) return undefined;
  const [r, g, b] = [red, green!, blue!].map((part) => Number.parseInt(part, 16) / 255) as [number, number, number];
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const lightness = (most + least) / 2;
  const spread = most - least;
  const saturation = spread === 0 ? 0 : spread / (1 - Math.abs(2 * lightness - 1));
  const hue =
    spread === 0
      ? 0
      : most === r
        ? ((g - b) / spread + 6) % 6
        : most === g
          ? (b - r) / spread + 2
          : (r - g) / spread + 4;
  const percent = (part: number): string => `${(100 * part).toFixed(1)}%`;
  return `hsl(${(60 * hue).toFixed(0)} ${percent(Math.min(saturation, 0.7))} ${percent(1 - 0.83 * lightness)})`;
}
