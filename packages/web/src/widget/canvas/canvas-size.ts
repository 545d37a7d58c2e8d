/** Gives a canvas a size in CSS pixels, and the scale that its context draws them with. */
export function sizeCanvas(context: CanvasRenderingContext2D, width: number, height: number, ratio: number): void {
  const { canvas } = context;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
