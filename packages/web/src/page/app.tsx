import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { FilterBar } from "../panel/filter-bar.tsx";
import { ForgottenPanel } from "../panel/forgotten-panel.tsx";
import { HelpSheet } from "../panel/help-sheet.tsx";
import { DropTarget, OpenPanel } from "../panel/open-panel.tsx";
import { RecordPanel } from "../panel/record-panel.tsx";
import { RefinePanel } from "../panel/refine-panel.tsx";
import { type Session, SessionProvider, useSession } from "../session/session.ts";
import { useKeys } from "../widget/keys.ts";
import { Header } from "./header.tsx";
import { PAGES } from "./pages.ts";

/** The frame around all pages. */
export function App({ session }: { readonly session: Session }): VNode {
  return (
    <SessionProvider value={session}>
      <Shell />
    </SessionProvider>
  );
}

/** What is being read, and how much of it has been. */
function Reading(): VNode {
  const { status, analyst } = useSession();
  const progress = analyst.progress.value;
  // Then it is sorted, which nobody knows the end of: the bar moves by itself.
  const isKnown = progress?.total !== undefined && progress.read < progress.total;
  const megabytes = (bytes: number): string => (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });
  return (
    <div class="status">
      <p role="status">{status.value}</p>
      {progress && (
        <p>
          <progress
            aria-label="Read"
            max={isKnown ? progress.total : undefined}
            value={isKnown ? progress.read : undefined}
          />{" "}
          {megabytes(progress.read)}
          {progress.total !== undefined && ` of ${megabytes(progress.total)}`} MB
        </p>
      )}
    </div>
  );
}

function Shell(): VNode {
  const { home, nav, summary, theme, error, status, search, goToMatch, trace } = useSession();
  const { page, query } = nav.place.value;
  const row = PAGES.find(({ name }) => name === page);
  const isOfTrace = trace.value !== undefined && row?.isOfTrace === true;
  const isRefining = useSignal(false);
  const isRecording = useSignal(false);
  const [helps, setHelps] = useState(false);
  const goes = useSignal(false);
  useEffect(() => {
    search.value = query.q ?? "";
  }, [query.q]);
  useKeys(
    {
      "/": () => home.root.querySelector<HTMLElement>("#search")?.focus(),
      "?": () => setHelps(!helps),
      r: () => {
        if (!isOfTrace) isRefining.value = !isRefining.value;
      },
      d: theme.toggle,
      n: () => goToMatch.value?.(1),
      N: () => goToMatch.value?.(-1),
      c: () => nav.go({ set: { own: query.own ? "" : "1", dim: "" } }),
      g: () => {
        goes.value = true;
        setTimeout(() => {
          goes.value = false;
        }, 1500);
      },
      ...(goes.value
        ? Object.fromEntries(
            PAGES.map(({ key, name }) => [
              key,
              () => {
                goes.value = false;
                nav.go({ page: name });
              },
            ]),
          )
        : {}),
    },
    true,
  );
  return (
    <DropTarget>
      <Header isRefining={isRefining} isRecording={isRecording} showHelp={() => setHelps(true)} />
      {isRecording.value && <RecordPanel close={() => (isRecording.value = false)} />}
      {isRefining.value && !isOfTrace && <RefinePanel close={() => (isRefining.value = false)} />}
      <FilterBar />
      <ForgottenPanel />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys, too */}
      <main tabIndex={0}>
        {error.value && (
          <p class="problem" role="alert">
            {error.value}
          </p>
        )}
        {status.value && <Reading />}
        {isOfTrace ? (
          <row.Page />
        ) : summary.value === undefined && !status.value && trace.value === undefined ? (
          <OpenPanel />
        ) : summary.value === undefined && trace.value !== undefined ? null : row === undefined ? (
          <p class="empty">There is no page called “{page}”.</p>
        ) : row.isOfTrace ? (
          !status.value && <p class="empty">What is open is a profile, and no trace: this page has nothing to show.</p>
        ) : summary.value?.samples === 0 && page !== "raw" ? (
          <p class="empty">
            {trace.value === undefined
              ? "The profile has no samples: nothing that it counts has happened, or its profiler was off. Raw shows what it says of itself."
              : "There is nothing of it in this part of the trace."}
          </p>
        ) : summary.value !== undefined && row.suits?.(summary.value) === false ? (
          <p class="empty">{row.unsuited}</p>
        ) : (
          <row.Page />
        )}
      </main>
      {helps && <HelpSheet close={() => setHelps(false)} />}
    </DropTarget>
  );
}
