import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { readSettings } from "../session/configs.ts";
import { openRecording } from "../session/open-profile.ts";
import { useSession } from "../session/session.ts";

/** What is recorded over a time; the others are how things are. */
const OVER_TIME: ReadonlySet<string> = new Set(["profile"]);

/** Records the program that the profile came from, and keeps what was recorded for comparing. */
export function RecordPanel({ close }: { readonly close: () => void }): VNode {
  const session = useSession();
  const { settings } = session;
  const kind = useSignal("profile");
  const progress = useSignal<number | undefined>(undefined);
  const seconds = useRef<HTMLInputElement>(null);
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
      const answer = await fetch(`./record?${query}`, { method: "POST" });
      if (!answer.ok) throw new Error(await answer.text());
      const { number } = await answer.json();
      await readSettings(session);
      openRecording(session, number, false);
    } catch (error) {
      session.error.value = (error as Error).message;
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
          defaultValue={OVER_TIME.has(kind.value) ? "10" : "0"}
          aria-label="Seconds"
        />{" "}
        seconds
      </label>
      <button type="submit" class="primary" disabled={progress.value !== undefined}>
        Record
      </button>
      {progress.value !== undefined && <progress value={progress.value} aria-label="Recording" />}
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
