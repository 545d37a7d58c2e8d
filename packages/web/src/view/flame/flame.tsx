import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Palette } from "../../session/palette.ts";
import type { FlamePicture, LabelShades } from "../../session/protocol.ts";
import { pivotOn } from "../../session/refine.ts";
import { asked, useSession } from "../../session/session.ts";
import { useAnswer } from "../../session/use-answer.ts";
import { FrameMenu, type MenuPoint } from "../../widget/frame-menu.tsx";
import { useKeys } from "../../widget/keys.ts";
import { plainText } from "../../widget/plain-text.ts";
import { isAsTable } from "../../widget/table-toggle.tsx";
import { FlameCanvas } from "./drawing/flame-canvas.ts";
import { colourings, colourLook, labelOf } from "./drawing/flame-colour.ts";
import type { Look } from "./drawing/flame-paint.ts";
import { type BoxId, boxAt, nodeOf, placeOf, type Scene } from "./drawing/flame-scene.ts";
import { type Found, findMatches } from "./drawing/search.ts";
import { sideTree } from "./drawing/side-tree.ts";
import { FlameDetail } from "./flame-detail.tsx";
import { FlameTable } from "./flame-table.tsx";
import { FlameTools } from "./flame-tools.tsx";
import { type Canvases, type Shown, show } from "./shown.ts";

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

const SIDES = ["old", "fresh"] as const;

/** A picture of stacks: merged, or in the order of time. */
export function Flame({ question, sides = false, children }: Props): VNode {
  const session = useSession();
  const { nav, theme, warnings } = session;
  const { query } = nav.place.value;
  const plain = asked(query);
  // Where there are too many boxes, those are asked for that are in view.
  const [seen, setSeen] = useState<Seen | undefined>(undefined);
  const about = `${session.opened.value} ${JSON.stringify(plain)}`;
  const {
    value: picture,
    error,
    isBusy,
  } = useAnswer<"flame" | "time">(
    question,
    seen?.about === about ? { ...plain, seen: `${seen.from}:${seen.to}` } : plain,
  );
  const shown = useMemo(() => (picture === undefined ? undefined : show(picture)), [picture]);
  const canvases = useRef<FlameCanvas[]>([]);
  const views = useRef<HTMLDivElement>(null);
  const hovered = useSignal<BoxId | undefined>(undefined);
  const selected = useSignal<BoxId | undefined>(undefined);
  const matches = useSignal<Uint8Array | undefined>(undefined);
  const [menu, setMenu] = useState<(MenuPoint & { readonly frame: number }) | undefined>(undefined);
  const flags = matches.value;
  const [found, setFound] = useState<Found | undefined>(undefined);
  useEffect(() => {
    let isStale = false;
    setFound(undefined);
    if (shown !== undefined && flags !== undefined)
      findMatches(shown.scene.tree, flags, () => isStale).then((all) => isStale || setFound(all));
    return () => {
      isStale = true;
    };
  }, [shown, flags]);
  warnings.value = picture?.warnings ?? [];

  const choices = colourings(picture?.isDiff === true && !sides, session.summary.value?.labels ?? []);
  const colouring = (choices.find(({ name }) => name === query.c) ?? choices[0]!).name;
  const label = labelOf(colouring);
  const shades = useSignal<{ readonly of: Shown; readonly key: string; readonly shades: LabelShades } | undefined>(
    undefined,
  );
  useEffect(() => {
    if (label === undefined || shown === undefined || question === "time") return;
    session.analyst.ask("shades", { query: shown.picture.query, key: label }).then(
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
    nav.go({ set: { z: box === undefined || box === 0 || shown === undefined ? "" : placeOf(shown.scene, box) } });
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
          view: (left, right) => viewed.current(left, right),
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

  const viewed = useRef((_left: number, _right: number): void => {});
  viewed.current = (left, right) => {
    // Both sides have widths of their own: more of them is made of the box that is zoomed to, below.
    if (picture === undefined || !picture.isCut || isBusy || sides) return;
    const whole = picture.tree.width[0]!;
    const width = right - left;
    const made = seen?.about === about ? seen : { from: 0, to: whole };
    if (width > whole / 2 || (left >= made.from && right <= made.to && width > (made.to - made.from) / 4)) return;
    setSeen({ about, from: Math.max(0, left - width / 2), to: Math.min(whole, right + width / 2) });
  };

  const last = useRef<Shown | undefined>(undefined);
  useLayoutEffect(() => {
    if (shown === undefined || look === undefined) return;
    const { scene } = shown;
    const before = last.current;
    last.current = shown;
    const sceneAt = (i: number): Scene => (sides ? { ...scene, tree: sideTree(scene.tree, SIDES[i]!) } : scene);
    if (before !== undefined && before !== shown && shown.picture.query.seen && isSame(before, shown)) {
      const box = selected.value === undefined ? undefined : boxAt(scene, placeOf(before.scene, selected.value));
      canvases.current.forEach((canvas, i) => {
        canvas.deepen(sceneAt(i), box);
      });
      hovered.value = undefined;
      selected.value = box;
      return;
    }
    canvases.current.forEach((canvas, i) => {
      canvas.show(sceneAt(i), look);
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
  const zoomed = useMemo(
    () => (shown === undefined || !query.z ? undefined : boxAt(shown.scene, query.z)),
    [shown, query.z],
  );
  const zoomedAt = shown === undefined || zoomed === undefined ? "" : placeOf(shown.scene, zoomed);
  // A picture of which more is made stays as it is in view, unless it now has the box that was to be zoomed to.
  const first = shown === undefined || !shown.picture.query.seen ? shown : undefined;
  useLayoutEffect(() => {
    if (shown !== undefined) for (const canvas of canvases.current) canvas.zoomTo(zoomed);
  }, [zoomedAt, first, sides]);
  useEffect(() => {
    if (!sides || picture === undefined || !picture.isCut || shown === undefined || zoomed === undefined) return;
    const { tree, node } = nodeOf(shown.scene, zoomed);
    const from = tree.start[node]!;
    const to = from + tree.width[node]!;
    if (seen?.about !== about || seen.from !== from || seen.to !== to) setSeen({ about, from, to });
  }, [zoomedAt, shown, sides]);
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
  const latestStep = useRef(step);
  latestStep.current = step;
  useEffect(() => {
    session.goToMatch.value = (by) => latestStep.current(by);
    return () => {
      session.goToMatch.value = undefined;
    };
  }, []);
  const pivot = (): void => {
    const frame = frameOf(selected.value ?? hovered.value);
    if (shown !== undefined && frame >= 0) nav.go(pivotOn(shown.nameOf(frame)));
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
    o: () => question === "flame" && nav.go({ set: { order: query.order ? "" : "name" } }),
    i: () => question === "flame" && nav.go({ set: { inv: query.inv ? "" : "1" } }),
    p: pivot,
    m: () => {
      const box = selected.value;
      const place = box === undefined ? undefined : canvases.current[0]?.placeOf(box);
      if (box !== undefined && place) menuOpened.current(box, place.x, place.y);
    },
    n: () => step(1),
    N: () => step(-1),
    "+": () => scale(0.7),
    "-": () => scale(1 / 0.7),
    Escape: () => (menu ? setMenu(undefined) : selected.value === undefined ? zoom(undefined) : select(undefined)),
  });

  const isTable = isAsTable(nav);
  const empty = picture !== undefined && picture.tree.length === 1;
  return (
    <section class="flame" aria-busy={isBusy}>
      <FlameTools
        shown={shown}
        zoomed={zoomed}
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
      {shown && isTable && !empty && (
        <FlameTable shown={shown} zoomed={zoomed ?? 0} matches={flags} zoom={zoom} menu={menuOpened.current} />
      )}
      <div class="flame-views" ref={views} hidden={isTable}>
        {(sides ? SIDES : ["whole"]).map((side) => (
          <FlameView key={side} title={{ old: "Before", fresh: "Now" }[side]} />
        ))}
      </div>
      {shown && <FlameDetail shown={shown} box={hovered.value ?? selected.value ?? zoomed ?? 0} />}
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

/** A part of a picture's width, in the unit of its tree, and which picture it is about. */
interface Seen {
  readonly about: string;
  readonly from: number;
  readonly to: number;
}

/** Whether two pictures differ in nothing but how far they are made. */
function isSame(before: Shown, now: Shown): boolean {
  const of = ({ picture }: Shown): string => JSON.stringify({ ...picture.query, seen: "" });
  return of(before) === of(now);
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
        aria-label={`Flame graph${title ? ` of ${title}` : ""}; arrow keys go from box to box, Enter zooms, v shows the same as a table`}
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
