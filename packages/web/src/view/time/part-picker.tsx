import type { ComponentChildren, RefObject, VNode } from "preact";
import { useRef } from "preact/hooks";
import { partAt } from "./picture-canvas.ts";

interface Props {
  readonly class: string;
  readonly label: string;
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Where a pointer went down and up, in shares of the picture's width; a click is where they are about the same. */
  readonly picked: (first: number, last: number) => void;
  readonly children?: ComponentChildren;
}

/** A picture over a part of which one can drag, which is marked meanwhile. `children` lie on it. */
export function PartPicker({ class: name, label, canvas, picked, children }: Props): VNode {
  const mark = useRef<HTMLDivElement>(null);
  const from = useRef<number | undefined>(undefined);
  const show = (a: number, b: number): void => {
    mark.current!.style.left = `${Math.min(a, b) * 100}%`;
    mark.current!.style.width = `${Math.abs(a - b) * 100}%`;
  };
  return (
    <div
      class={name}
      role="img"
      aria-label={label}
      onPointerDown={(event) => {
        from.current = partAt(canvas.current!, event).x;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => from.current !== undefined && show(from.current, partAt(canvas.current!, event).x)}
      onPointerUp={(event) => {
        const first = from.current;
        from.current = undefined;
        show(0, 0);
        if (first !== undefined) picked(first, partAt(canvas.current!, event).x);
      }}
    >
      <canvas ref={canvas} />
      {children}
      <div class="load-mark" ref={mark} />
    </div>
  );
}
