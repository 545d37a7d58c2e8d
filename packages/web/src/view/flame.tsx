import { StringTable } from "@pprof-ts/profile";
import { shortName } from "@pprof-ts/report";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { FrameMenu, type MenuPoint } from "../frame-menu.tsx";
import { useKeys } from "../keys.ts";
import { plainText } from "../plain-text.ts";
import type { FlamePicture, LabelShades } from "../protocol.ts";
import { exactly } from "../refine.ts";
import { asked, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { FlameCanvas } from "./flame-canvas.ts";
import { colourings, colourLook, labelOf } from "./flame-colour.ts";
import { FlameDetail } from "./flame-detail.tsx";
import type { Look } from "./flame-paint.ts";
import { type BoxId, nodeOf, type Scene, sceneOf } from "./flame-scene.ts";
import { FlameTools } from "./flame-tools.tsx";
import type { Palette } from "./palette.ts";
import { type Found, findMatches } from "./search.ts";
import { sideTree } from "./side-tree.ts";

/** A picture with what drawing and pointing need. */
export interface Shown {
  readonly picture: FlamePicture;
  readonly scene: Scene;
  readonly nameOf: (frame: number) => string;
  readonly fileOf: (frame: number) => string;
  readonly label: (frame: number) => string;
}

/** The flame graph. */
export function FlamePage(): VNode {
  return <Flame question="flame" />;
}

interface Props {
  readonly question: "flame" | "time";
  /** Draws both sides of a difference beside each other. */
  readonly sides?: boolean;
  /** Stands between the tools and the picture. */
  readonly children?: (picture: FlamePicture, canvases: Canvases) => ComponentChildren;
}

/** The canvases of a picture: one, or one for each side of a difference; they show the same boxes. */
export type Canvases = { readonly current: readonly FlameCanvas[] };

const SIDES = ["old", "fresh"] as const;

/** A picture of stacks: merged, or in the order of time. */
export function Flame({ question, sides = false, children }: Props): VNode {
  const session = useSession();
  const { nav, theme, warnings } = session;
  const { query } = nav.place.value;
  const { value: picture, error, isBusy } = useAnswer<"flame" | "time">(question, asked(query));
  const shown = useMemo(() => (picture === undefined ? undefined : show(picture)), [picture]);
  const canvases = useRef<FlameCanvas[]>([]);
  const views = useRef<HTMLDivElement>(null);
  const hovered = useSignal<BoxId | undefined>(undefined);
  const selected = useSignal<BoxId | undefined>(undefined);
  const matches = useSignal<Uint8Array | undefined>(undefined);
  const [menu, setMenu] = useState<(MenuPoint & { readonly frame: number }) | undefined>(undefined);
  const flags = matches.value;
  const found = useMemo(
    (): Found | undefined =>
      shown === undefined || flags === undefined ? undefined : findMatches(shown.scene.tree, flags),
    [shown, flags],
  );
  warnings.value = picture?.warnings ?? [];

  const choices = colourings(picture?.isDiff === true && !sides, session.summary.value?.labels ?? []);
  const colouring = (choices.find(({ name }) => name === query.c) ?? choices[0]!).name;
  const label = labelOf(colouring);
  const shades = useSignal<{ readonly of: Shown; readonly key: string; readonly shades: LabelShades } | undefined>(
    undefined,
  );
  useEffect(() => {
    if (label === undefined || shown === undefined || question === "time") return;
    session.analyst.ask("shades", { query: asked(query), key: label }).then(
      (answer) => {
        shades.value = { of: shown, key: label, shades: answer };
      },
      (failed: Error) => {
        session.error.value = failed.message;
      },
    );
  }, [label, shown]);
  const known = shades.value;
  const shading = known !== undefined && known.of === shown && known.key === label ? known.shades : undefined;

  const look = useMemo((): Look | undefined => {
    if (shown === undefined) return undefined;
    const { frames } = shown.picture;
    return {
      ...colourLook(colouring, shown.picture, theme.palette.value, shading),
      matches: flags,
      label: shown.label,
      isInlined: (frame) => frame >= 0 && frames.inlined[frame] === 1,
    };
  }, [shown, theme.palette.value, flags, colouring, shading]);

  const select = (box: BoxId | undefined): void => {
    for (const canvas of canvases.current) canvas.select(box);
    selected.value = box;
  };
  const zoom = (box: BoxId | undefined): void => {
    selected.value = box;
    nav.go({ set: { z: box === undefined || box === 0 ? "" : String(box) } });
  };

  // The canvases follow the page before it is painted: a key pressed after an answer is seen goes to that answer's picture.
  useLayoutEffect(() => {
    const scrollers = [...(views.current?.querySelectorAll<HTMLElement>(".flame-scroll") ?? [])];
    const made = scrollers.map(
      (scroller) =>
        new FlameCanvas(scroller, {
          hover(box) {
            hovered.value = box;
            for (const other of made) other.point(box);
          },
          click: (box) => clicked.current(box),
          menu: (box, x, y) => menuOpened.current(box, x, y),
        }),
    );
    canvases.current = made;
    return () => {
      for (const canvas of made) canvas.end();
    };
  }, [sides]);
  // The picture outlives the closures of one drawing of this component.
  const clicked = useRef(zoom);
  clicked.current = zoom;
  const menuOpened = useRef((_box: BoxId, _x: number, _y: number): void => {});
  menuOpened.current = (box, x, y) => {
    if (shown === undefined) return;
    const { tree, node } = nodeOf(shown.scene, box);
    if (tree.frame[node]! >= 0) setMenu({ x, y, frame: tree.frame[node]! });
  };

  useLayoutEffect(() => {
    if (shown === undefined || look === undefined) return;
    const { scene } = shown;
    canvases.current.forEach((canvas, i) => {
      canvas.show(sides ? { ...scene, tree: sideTree(scene.tree, SIDES[i]!) } : scene, look);
    });
    hovered.value = undefined;
    selected.value = undefined;
    matches.value = undefined;
    for (const canvas of canvases.current) canvas.scrollTo(scene.rowsAbove - 6);
    requestAnimationFrame(() => performance.mark("pprof picture"));
  }, [shown, sides]);
  useLayoutEffect(() => {
    if (look !== undefined) for (const canvas of canvases.current) canvas.look = look;
  }, [look]);
  useLayoutEffect(() => {
    if (shown === undefined) return;
    const box = Number(query.z || 0);
    const { tree } = box < 0 && shown.scene.callers ? { tree: shown.scene.callers } : shown.scene;
    const exists = Number.isInteger(box) && (box < 0 ? -1 - box : box) < tree.length;
    for (const canvas of canvases.current) canvas.zoomTo(exists && box !== 0 ? box : undefined);
  }, [query.z, shown, sides]);
  const pattern = session.search.value;
  useEffect(() => {
    if (shown === undefined) return;
    if (pattern === "") {
      matches.value = undefined;
      return;
    }
    session.analyst.ask("match", pattern).then(
      (answer) => {
        if (session.search.peek() === pattern) matches.value = answer;
      },
      () => {
        // An expression that is not finished yet finds nothing.
        matches.value = undefined;
      },
    );
  }, [pattern, shown]);

  const frameOf = (box: BoxId | undefined): number => {
    if (shown === undefined || box === undefined) return -1;
    const { tree, node } = nodeOf(shown.scene, box);
    return tree.frame[node]!;
  };
  const step = (by: number): void => {
    const boxes = found?.boxes;
    if (boxes === undefined || boxes.length === 0) return;
    const at = boxes.indexOf(selected.value ?? -1);
    select(boxes[at < 0 ? (by > 0 ? 0 : boxes.length - 1) : (at + by + boxes.length) % boxes.length]);
  };
  const pivot = (): void => {
    const frame = frameOf(selected.value ?? hovered.value);
    if (shown !== undefined && frame >= 0)
      nav.go({ page: "flamegraph", set: { p: exactly(shown.nameOf(frame)), inv: "", z: "", q: "" } });
  };
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
    z: () => zoom(undefined),
    o: () => question === "flame" && nav.go({ set: { order: query.order ? "" : "name", z: "" } }),
    i: () => question === "flame" && nav.go({ set: { inv: query.inv ? "" : "1", p: "", z: "" } }),
    p: pivot,
    n: () => step(1),
    N: () => step(-1),
    "+": () => scale(0.7),
    "-": () => scale(1 / 0.7),
    Escape: () => (menu ? setMenu(undefined) : selected.value === undefined ? zoom(undefined) : select(undefined)),
  });

  const empty = picture !== undefined && picture.tree.length === 1;
  return (
    <section class="flame" aria-busy={isBusy}>
      <FlameTools
        shown={shown}
        found={found}
        step={step}
        canvases={canvases}
        zoom={zoom}
        colourings={question === "time" ? choices.filter(({ name }) => labelOf(name) === undefined) : choices}
        colouring={colouring}
      />
      {shading && <Legend names={shading.values} palette={theme.palette.value} />}
      {picture && children?.(picture, canvases)}
      {error && <p class="problem">{error}</p>}
      {empty && <p class="empty">No samples are left: take a filter off, or choose another sample type.</p>}
      <div class="flame-views" ref={views}>
        {(sides ? SIDES : ["whole"]).map((side) => (
          <FlameView key={side} title={{ old: "Before", fresh: "Now" }[side]} />
        ))}
      </div>
      {shown && <FlameDetail shown={shown} box={hovered.value ?? selected.value ?? (Number(query.z) || 0)} />}
      {menu && shown && (
        <FrameMenu
          at={menu}
          name={shown.nameOf(menu.frame)}
          file={shown.fileOf(menu.frame)}
          close={() => setMenu(undefined)}
        />
      )}
    </section>
  );
}

/** What the colours of labels' values stand for. */
function Legend({ names, palette }: { readonly names: readonly string[]; readonly palette: Palette }): VNode {
  return (
    <ul class="legend" aria-label="Colours">
      {names.map((name, i) => (
        <li key={name}>
          <span class="swatch" style={{ background: palette.fills[i % palette.fills.length] }} />
          {plainText(name).slice(0, 80)}
        </li>
      ))}
      <li>
        <span class="swatch" style={{ background: palette.root }} />
        none
      </li>
    </ul>
  );
}

/** The elements that a canvas of a flame graph works with. */
function FlameView({ title }: { readonly title: string | undefined }): VNode {
  return (
    <div class="flame-view">
      {title && <b class="flame-title">{title}</b>}
      <div
        class="flame-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move in it
        tabIndex={0}
        role="img"
        aria-label={`Flame graph${title ? ` of ${title}` : ""}; arrow keys go from box to box, Enter zooms, the page Top has the same as a table`}
      >
        <div class="flame-tall">
          <div class="flame-sticky">
            <canvas />
            <canvas class="overlay" />
          </div>
        </div>
      </div>
    </div>
  );
}

function show(picture: FlamePicture): Shown {
  const { frames } = picture;
  const texts = new StringTable(frames.textBytes, frames.textStart);
  const labels: (string | undefined)[] = new Array(frames.length).fill(undefined);
  const nameOf = (frame: number): string => (frame < 0 ? "root" : texts.get(frames.name[frame]!));
  return {
    picture,
    scene: sceneOf(picture.tree, picture.callers),
    nameOf,
    fileOf: (frame) => (frame < 0 ? "" : texts.get(frames.file[frame]!)),
    label(frame) {
      if (frame < 0) return "root";
      labels[frame] ??= plainText(short(nameOf(frame)));
      return labels[frame];
    },
  };
}

/** Names that fill a page are cut before patterns are tried on them. */
function short(name: string): string {
  return name.length > 1000 ? name.slice(0, 1000) : shortName(name);
}
