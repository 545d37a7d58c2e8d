import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { readSettings } from "../session/configs.ts";
import { openRecording } from "../session/open-profile.ts";
import { useSession } from "../session/session.ts";

/** One row a kind of recording: for how many seconds it is usually made, and what it shows. */
interface KindRow {
  readonly seconds: number;
  readonly help: string;
}

const KINDS: Readonly<Record<string, KindRow>> = {
  profile: { seconds: 10, help: "where processor time goes, and when" },
  heap: { seconds: 0, help: "what is in memory now; with seconds, what was added meanwhile" },
  allocs: { seconds: 0, help: "what has been allocated, whether it is still in memory or not" },
  goroutine: { seconds: 0, help: "what is waiting, and where: goroutines, or suspended functions of Node.js" },
  block: { seconds: 0, help: "how long the program was held up, and where" },
  mutex: { seconds: 0, help: "who held locks that others waited for" },
  threadcreate: { seconds: 0, help: "what started threads" },
};
const OTHER: KindRow = { seconds: 0, help: "" };

/** Records the program that the profile came from, and keeps what was recorded for comparing. */
export function RecordPanel({ close }: { readonly close: () => void }): VNode {
  const session = useSession();
  const { settings } = session;
  const kind = useSignal("profile");
  const progress = useSignal<number | undefined>(undefined);
  const seconds = useRef<HTMLInputElement>(null);
  const ends = useRef<AbortController | undefined>(undefined);
  const row = KINDS[kind.value] ?? OTHER;
  const record = async (): Promise<void> => {
    const length = Number(seconds.current?.value ?? 0);
    const from = performance.now();
    progress.value = 0;
    session.error.value = "";
    const timer = setInterval(() => {
      progress.value = Math.min(1, (performance.now() - from) / 1000 / (length || 1));
    }, 200);
    try {
      const query = new URLSearchParams({ kind: kind.value, seconds: String(length) });
      ends.current = new AbortController();
      const answer = await fetch(`./record?${query}`, { method: "POST", signal: ends.current.signal });
      if (!answer.ok) throw new Error(await answer.text());
      const { number } = await answer.json();
      await readSettings(session);
      openRecording(session, number, false);
    } catch (error) {
      if (!ends.current?.signal.aborted) session.error.value = (error as Error).message;
    } finally {
      clearInterval(timer);
      progress.value = undefined;
    }
  };
  return (
    <form
      class="record"
      onSubmit={(event) => {
        event.preventDefault();
        void record();
      }}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <select
        aria-label="What to record"
        value={kind.value}
        onChange={(event) => {
          kind.value = event.currentTarget.value;
        }}
      >
        {settings.value?.kinds.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <label>
        <input
          ref={seconds}
          key={kind.value}
          type="number"
          min="0"
          max="3600"
          defaultValue={String(row.seconds)}
          aria-label="Seconds"
        />{" "}
        seconds
      </label>
      <button type="submit" class="primary" disabled={progress.value !== undefined}>
        Record
      </button>
      {progress.value === undefined ? (
        <span class="hint">{row.help}</span>
      ) : (
        <>
          <progress value={progress.value} aria-label="Recording" />
          <button type="button" title="What is being recorded is not waited for" onClick={() => ends.current?.abort()}>
            Cancel
          </button>
        </>
      )}
      <span class="space" />
      {settings.value?.recordings.map((name, number) => (
        <span key={number} class="recording">
          <button
            type="button"
            aria-pressed={number === Number(session.nav.place.value.query.recording ?? 0)}
            onClick={() => openRecording(session, number, false)}
          >
            {name}
          </button>
          <button type="button" class="plain" onClick={() => openRecording(session, number, true)}>
            compare with it
          </button>
        </span>
      ))}
    </form>
  );
}
