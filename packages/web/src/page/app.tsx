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

function Shell(): VNode {
  const { nav, summary, theme, error, status, search, goToMatch } = useSession();
  const { page, query } = nav.place.value;
  const row = PAGES.find(({ name }) => name === page);
  const isRefining = useSignal(false);
  const isRecording = useSignal(false);
  const [helps, setHelps] = useState(false);
  const goes = useSignal(false);
  useEffect(() => {
    search.value = query.q ?? "";
  }, [query.q]);
  useKeys(
    {
      "/": () => document.getElementById("search")?.focus(),
      "?": () => setHelps(!helps),
      r: () => {
        isRefining.value = !isRefining.value;
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
      {isRefining.value && <RefinePanel close={() => (isRefining.value = false)} />}
      <FilterBar />
      <ForgottenPanel />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keys, too */}
      <main tabIndex={0}>
        {error.value && (
          <p class="problem" role="alert">
            {error.value}
          </p>
        )}
        {status.value && (
          <p class="status" role="status">
            {status.value}
          </p>
        )}
        {summary.value === undefined && !status.value ? (
          <OpenPanel />
        ) : row === undefined ? (
          <p class="empty">There is no page called “{page}”.</p>
        ) : summary.value?.samples === 0 && page !== "raw" ? (
          <p class="empty">
            The profile has no samples: nothing that it counts has happened, or its profiler was off. Raw shows what it
            says of itself.
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
