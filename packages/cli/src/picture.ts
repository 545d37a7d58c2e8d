import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { PictureFormat } from "./commands.ts";
import { messageOf, ToolError } from "./error.ts";
import { svgToPdf } from "./picture/pdf.ts";
import { withPanAndZoom } from "./picture/svg.ts";

type Draw = (dot: string) => Promise<string | Uint8Array>;

const drawers: Readonly<Record<PictureFormat, Draw>> = {
  svg: async (dot) => withPanAndZoom(await layout(dot, "svg")),
  ps: (dot) => layout(dot, "ps"),
  pdf: async (dot) => svgToPdf(await layout(dot, "svg")),
  png: async (dot) => (await rasterize(await layout(dot, "svg"))).asPng(),
  gif: async (dot) => {
    const { encodeGif } = await import("./picture/gif.ts");
    const { pixels, width, height } = await rasterize(await layout(dot, "svg"));
    return encodeGif(pixels, width, height);
  },
};

/** Draws a graph in the dot language, with Graphviz compiled to WebAssembly: nothing need be installed. */
export async function draw(dot: string, format: PictureFormat): Promise<string | Uint8Array> {
  return drawers[format](dot);
}

async function layout(dot: string, format: "svg" | "ps"): Promise<string> {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  try {
    // The types leave out PostScript, which the library has.
    return graphviz.layout(dot, format as "svg", "dot");
  } catch (error) {
    throw new ToolError(`cannot draw the graph: ${messageOf(error)}`);
  }
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha of each. */
  readonly pixels: Uint8Array;
  asPng(): Uint8Array;
}

const MOST_PIXELS = 1 << 26;
const SCALE = 96 / 72;

/** Pixels at 96 to the inch, fewer where that would be more than memory has room for. */
async function rasterize(svg: string): Promise<Pixels> {
  const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
  const { resolve } = createRequire(import.meta.url);
  await initWasm(await readFile(resolve("@resvg/resvg-wasm/index_bg.wasm")));
  // The font that Graphviz measures with, which need not be on this machine: Tinos has Times' widths.
  const fonts = ["latin", "latin-ext", "greek", "cyrillic"].map((script) =>
    readFile(resolve(`@fontsource/tinos/files/tinos-${script}-400-normal.woff2`)),
  );
  const [, width = "1", height = "1"] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  const zoom = Math.min(SCALE, Math.sqrt(MOST_PIXELS / (Number(width) * Number(height))));
  const image = new Resvg(svg, {
    font: { fontBuffers: await Promise.all(fonts), defaultFontFamily: "Tinos", serifFamily: "Tinos" },
    fitTo: { mode: "width", value: Math.ceil(Number(width) * zoom) },
    background: "white",
  });
  return image.render();
}
