import { useLayoutEffect, useRef } from "preact/hooks";

/** A canvas that is drawn anew in its own size, in device pixels, whenever that or what it shows changes. */
export function useDrawing(
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void,
  shown: readonly unknown[],
): { current: HTMLCanvasElement | null } {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Before the page is painted, and before it is printed.
  useLayoutEffect(() => {
    const element = canvas.current!;
    const drawNow = (): void => {
      element.width = element.clientWidth * devicePixelRatio;
      element.height = element.clientHeight * devicePixelRatio;
      draw(element.getContext("2d")!, element.width, element.height);
    };
    drawNow();
    const sizes = new ResizeObserver(drawNow);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, shown);
  return canvas;
}

/** Where a pointer is in an element, as parts of its width and height from 0 to 1. */
export function partAt(element: Element, { clientX, clientY }: MouseEvent): { x: number; y: number } {
  const box = element.getBoundingClientRect();
  const part = (at: number): number => Math.max(0, Math.min(1, at));
  return { x: part((clientX - box.left) / box.width), y: part((clientY - box.top) / box.height) };
}
