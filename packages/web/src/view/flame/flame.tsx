import { useSignal } from "@preact/signals";
import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import type { FlamePicture } from "../../session/protocol.ts";
import { useSession } from "../../session/session.ts";
import { FrameMenu, type MenuFrame, type MenuPoint } from "../../widget/frame-menu.tsx";
import { isAsTable } from "../../widget/table-toggle.tsx";
import { FlameElements } from "./drawing/flame-elements.tsx";
import { type BoxId, nodeOf, placeOf } from "./drawing/flame-scene.ts";
import { type Canvases, frameOf, type Shown } from "./drawing/shown.ts";
import { FlameDetail } from "./flame-detail.tsx";
import { FlameTable } from "./flame-table.tsx";
import { FlameTip, type Point } from "./flame-tip.tsx";
import { FlameTools } from "./flame-tools.tsx";
import { movedTo } from "./free-view.ts";
import { Legend } from "./legend.tsx";
import { SIDES, useCanvases } from "./use-canvases.ts";
import { useFlameKeys } from "./use-flame-keys.ts";
import { useLook } from "./use-look.ts";
import { useMatches, useSteps } from "./use-matches.ts";
import { usePicture } from "./use-picture.ts";
import { useTotals } from "./use-totals.ts";

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

/** A picture of stacks: merged, or in the order of time. */
export function Flame({ question, sides = false, children }: Props): VNode {
  const { nav, status, warnings } = useSession();
  const { picture, shown, zoomed, free, error, isBusy, see } = usePicture(question, sides);
  const hovered = useSignal<BoxId | undefined>(undefined);
  const selected = useSignal<BoxId | undefined>(undefined);
  const mouse = useSignal<Point | undefined>(undefined);
  const [menu, setMenu] = useState<(MenuPoint & { readonly box: BoxId }) | undefined>(undefined);
  const { frames: matches, found } = useMatches(shown);
  const { look, choices, colouring, ...answers } = useLook(question, sides, shown, matches.value);
  warnings.value = picture?.warnings ?? [];

  const zoom = (box: BoxId | undefined): void => {
    selected.value = box;
    nav.go({ set: { z: box === undefined || box === 0 || shown === undefined ? "" : placeOf(shown.scene, box) } });
  };
  const openMenu = (box: BoxId, x: number, y: number): void => {
    if (shown !== undefined && frameOf(shown, box) >= 0) setMenu({ x, y, box });
  };
  const closeMenu = (): boolean => {
    setMenu(undefined);
    return menu !== undefined;
  };
  const { views, canvases } = useCanvases(
    { shown, look, zoomed, free, sides },
    { hovered, selected },
    {
      point: (at) => {
        mouse.value = at;
      },
      click: zoom,
      menu: openMenu,
      view(left, right) {
        see(left, right);
        // Wherever one zooms and moves to is in the address; going back leads to where that began.
        const z =
          shown === undefined || isBusy || sides ? undefined : movedTo({ left, right }, shown.scene, zoomed, free);
        if (z !== undefined) nav.go({ set: { z } }, free !== undefined);
      },
    },
    () => {
      matches.value = undefined;
    },
  );
  const select = (box: BoxId | undefined): void => {
    for (const canvas of canvases.current) canvas.select(box);
    selected.value = box;
  };
  const step = useSteps(found, selected, select);
  useFlameKeys({ question, shown, canvases, hovered, selected, select, zoom, openMenu, closeMenu });

  const isTable = isAsTable(nav);
  const pointed = hovered.value;
  const until =
    pointed === undefined
      ? undefined
      : canvases.current.map(({ boxes }) => boxes.untilOf(pointed)).find((end) => end !== undefined);
  const looked = pointed ?? selected.value ?? zoomed ?? 0;
  const totals = useTotals(shown, looked !== 0);
  const empty = picture !== undefined && picture.tree.length === 1;
  return (
    <section class={shown === undefined ? "flame unseen" : "flame"} aria-busy={isBusy}>
      <FlameTools
        shown={shown}
        zoomed={zoomed}
        found={found}
        step={step}
        canvases={canvases}
        zoom={zoom}
        colourings={choices}
        colouring={colouring}
      />
      {picture && look && <Legend colouring={colouring} picture={picture} palette={look.palette} {...answers} />}
      {picture && children?.(picture, canvases)}
      {error && <p class="problem">{error}</p>}
      {picture === undefined && error === "" && status.value === "" && (
        <p class="status late" role="status">
          Drawing… <progress aria-label="Drawing" />
        </p>
      )}
      {empty && <p class="empty">No samples are left: take a filter off, or choose another sample type.</p>}
      {shown && isTable && !empty && (
        <FlameTable shown={shown} zoomed={zoomed ?? 0} matches={matches.value} zoom={zoom} menu={openMenu} />
      )}
      <div class="flame-views" ref={views} hidden={isTable}>
        {(sides ? SIDES : ["whole"]).map((side) => (
          <FlameView key={side} title={{ old: "Before", fresh: "Now" }[side]} />
        ))}
      </div>
      {shown && <FlameDetail shown={shown} box={looked} totals={totals} until={until} menu={openMenu} />}
      {shown && pointed !== undefined && menu === undefined && (
        <FlameTip shown={shown} box={pointed} totals={totals} until={until} zoomed={zoomed ?? 0} at={mouse} />
      )}
      {menu && shown && <FrameMenu at={menu} {...menuFrame(shown, menu.box)} close={() => setMenu(undefined)} />}
    </section>
  );
}

/** What the menu of a box is about. */
function menuFrame(shown: Shown, box: BoxId): MenuFrame {
  const { tree, node } = nodeOf(shown.scene, box);
  const frame = tree.frame[node]!;
  const stack: string[] = [];
  for (let at = node; at > 0; at = tree.parent[at]!) stack.push(shown.nameOf(tree.frame[at]!));
  return {
    name: shown.nameOf(frame),
    file: shown.fileOf(frame),
    line: shown.picture.frames.line[frame]!,
    // Of callers, and of a picture that grows from the leaves, the innermost frame stands at the root.
    stack: box < 0 || shown.picture.query.inv === "1" ? stack : stack.reverse(),
    seenAt: { set: { z: placeOf(shown.scene, box) } },
  };
}

/** The elements that a canvas of a flame graph works with. */
function FlameView({ title }: { readonly title: string | undefined }): VNode {
  return (
    <div class="flame-view">
      {title && <b class="flame-title">{title}</b>}
      <div
        class="flame-map"
        aria-hidden="true"
        title="The whole picture: drag the frame, drag over a part to see it, or click where to go"
      >
        {/* Of its own size it would be seen, black, until the map is drawn. */}
        <canvas width={1} height={1} />
        <div class="flame-frame" />
      </div>
      <div
        class="flame-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move in it
        tabIndex={0}
        role="img"
        aria-label={`Flame graph${title ? ` of ${title}` : ""}; arrow keys go from box to box, Enter zooms, v shows the same as a table`}
      >
        <FlameElements />
      </div>
    </div>
  );
}
