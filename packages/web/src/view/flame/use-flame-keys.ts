import { pivotOn } from "../../session/address/refine.ts";
import { useSession } from "../../session/session.ts";
import { useKeys } from "../../widget/keys.ts";
import type { BoxId } from "./drawing/flame-scene.ts";
import { type Canvases, frameOf, type Shown } from "./drawing/shown.ts";
import type { Marks } from "./use-canvases.ts";

/** What keys do to a picture. */
interface Controls extends Marks {
  readonly question: "flame" | "time";
  readonly shown: Shown | undefined;
  readonly canvases: Canvases;
  readonly select: (box: BoxId | undefined) => void;
  readonly zoom: (box: BoxId | undefined) => void;
  readonly openMenu: (box: BoxId, x: number, y: number) => void;
  /** Closes the menu; false where none is open. */
  readonly closeMenu: () => boolean;
}

/** The keys of a flame graph, as the sheet of keys lists them. */
export function useFlameKeys(controls: Controls): void {
  const { question, shown, canvases, hovered, selected, select, zoom, openMenu, closeMenu } = controls;
  const { nav } = useSession();
  // However it was zoomed to: by a box, which the address names, or freely.
  const showAll = (): void => {
    select(undefined);
    zoom(undefined);
    for (const canvas of canvases.current) canvas.zoomTo(undefined);
  };
  const { query } = nav.place.value;
  const move = (direction: "up" | "down" | "left" | "right") => (): void => {
    canvases.current[0]?.move(direction);
    select(canvases.current[0]?.selected);
  };
  const scale = (by: number): void => {
    for (const canvas of canvases.current) canvas.scale(by);
  };
  useKeys({
    ArrowUp: move("up"),
    ArrowDown: move("down"),
    ArrowLeft: move("left"),
    ArrowRight: move("right"),
    Enter: () => selected.value !== undefined && zoom(selected.value),
    z: showAll,
    o: () => question === "flame" && nav.go({ set: { order: query.order ? "" : "name" } }),
    i: () => question === "flame" && nav.go({ set: { inv: query.inv ? "" : "1" } }),
    p: () => {
      const box = selected.value ?? hovered.value;
      const frame = shown === undefined || box === undefined ? -1 : frameOf(shown, box);
      if (shown !== undefined && frame >= 0) nav.go(pivotOn(shown.nameOf(frame)));
    },
    m: () => {
      const box = selected.value;
      const place = box === undefined ? undefined : canvases.current[0]?.placeOf(box);
      if (box !== undefined && place) openMenu(box, place.x, place.y);
    },
    "+": () => scale(0.7),
    "-": () => scale(1 / 0.7),
    Escape: () => closeMenu() || showAll(),
  });
}
