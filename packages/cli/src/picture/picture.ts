import type { PictureFormat } from "../commands.ts";
import { readDrawing } from "./drawing.ts";
import { type LayoutOptions, layout } from "./layout.ts";
import type { Image } from "./raster.ts";
import { withPanAndZoom } from "./svg.ts";

type Draw = (dot: string, options?: LayoutOptions) => Promise<string | Uint8Array>;

const drawers: Readonly<Record<PictureFormat, Draw>> = {
  svg: async (dot, options) => withPanAndZoom(await layout(dot, "svg", options)),
  ps: (dot, options) => layout(dot, "ps", options),
  pdf: async (dot, options) => {
    const drawing = readDrawing(await layout(dot, "json", options));
    return (await import("./pdf.ts")).writePdf(drawing);
  },
  png: async (dot, options) => {
    const { pixels, width, height } = await rasterizeGraph(dot, options);
    return (await import("./png.ts")).encodePng(pixels, width, height);
  },
  gif: async (dot, options) => {
    const { pixels, width, height } = await rasterizeGraph(dot, options);
    return (await import("./gif.ts")).encodeGif(pixels, width, height);
  },
};

/** Draws a graph in the dot language; only `ps` and `svg` are text. Nothing but the tool need be installed. */
export async function draw(dot: string, format: PictureFormat, options?: LayoutOptions): Promise<string | Uint8Array> {
  return drawers[format](dot, options);
}

async function rasterizeGraph(dot: string, options?: LayoutOptions): Promise<Image> {
  const svg = await layout(dot, "svg", options);
  return (await import("./raster.ts")).rasterize(svg);
}
