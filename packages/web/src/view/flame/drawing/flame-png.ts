import type { FlameCanvas } from "./flame-canvas.ts";
import { GAP } from "./flame-svg.ts";

/** What is on screen as a PNG file; pictures beside each other stay so. */
export async function flamePng(canvases: readonly FlameCanvas[]): Promise<Blob> {
  const images = canvases.map(({ image }) => image);
  const width = images.reduce((sum, image) => sum + image.width, GAP * (images.length - 1));
  const canvas = new OffscreenCanvas(width, Math.max(...images.map(({ height }) => height)));
  const context = canvas.getContext("2d")!;
  let x = 0;
  for (const image of images) {
    context.drawImage(image, x, 0);
    x += image.width + GAP;
  }
  return canvas.convertToBlob({ type: "image/png" });
}
