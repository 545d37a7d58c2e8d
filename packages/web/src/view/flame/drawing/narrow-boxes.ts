// Hot: a screen of a million nodes has 50,000 boxes of a pixel; as pixels of one small image, a line for each row, they
// take 1 ms, as rectangles 15 ms. Bench: bench/src/pages.ts, "frame p95 ms".

/** Boxes a pixel wide, drawn all at once. */
export class NarrowBoxes {
  readonly #canvas = document.createElement("canvas");
  readonly #context: CanvasRenderingContext2D = this.#canvas.getContext("2d", { willReadFrequently: true })!;
  #image: ImageData = new ImageData(1, 1);
  #pixels = new Uint32Array(this.#image.data.buffer);
  /** The image's width: to ask the image for it at every box is slow. */
  #width = 1;
  readonly #known = new Map<string, number>();

  /** Begins a picture of so many device pixels and rows. */
  clear(width: number, rows: number): void {
    if (this.#width !== width || this.#image.height !== rows) {
      this.#width = width;
      this.#image = new ImageData(width, rows);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
      this.#canvas.width = width;
      this.#canvas.height = rows;
    } else this.#pixels.fill(0);
  }

  /** Adds a box in device pixels; `colour` is the bytes of a pixel, as `pixels` makes them. */
  add(row: number, x: number, width: number, colour: number): void {
    const at = row * this.#width;
    const end = Math.min(this.#width, x + width);
    for (let i = Math.max(0, x); i < end; i++) this.#pixels[at + i] = colour;
  }

  /** Draws all of them, each row `height` CSS pixels high. */
  draw(context: CanvasRenderingContext2D, top: number, width: number, height: number): void {
    this.#context.putImageData(this.#image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#canvas, 0, top, width, this.#image.height * height);
  }

  /** The bytes of a pixel for each of these CSS colours. */
  pixels(colours: readonly string[]): readonly number[] {
    const unknown = colours.filter((colour) => !this.#known.has(colour));
    if (unknown.length > 0) {
      // All on one canvas: to make one and read it takes a millisecond.
      const context = new OffscreenCanvas(unknown.length, 1).getContext("2d", { willReadFrequently: true })!;
      unknown.forEach((colour, i) => {
        context.fillStyle = colour;
        context.fillRect(i, 0, 1, 1);
      });
      const pixels = new Uint32Array(context.getImageData(0, 0, unknown.length, 1).data.buffer);
      unknown.forEach((colour, i) => {
        this.#known.set(colour, pixels[i]!);
      });
    }
    return colours.map((colour) => this.#known.get(colour)!);
  }
}
