import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { askServer } from "../session/ask-server.ts";
import { readSettings } from "../session/configs.ts";
import { openRecorded, openRecording } from "../session/open-profile.ts";
import { useSession } from "../session/session.ts";

/** One row a kind of recording. */
interface KindRow {
  readonly title: string;
  /** For how many seconds it is usually made. */
  readonly seconds: number;
  /** What it shows. */
  readonly help: string;
  /** It is recorded in pieces of so many seconds, of which whole ones can be kept; without: stopped, it is what came until then. */
  readonly piece?: number;
}

const KINDS: Readonly<Record<string, KindRow>> = {
  profile: { title: "processor time", seconds: 10, help: "where processor time goes, and when", piece: 10 },
  heap: { title: "memory", seconds: 0, help: "what is in memory now; with seconds, what was added meanwhile" },
  allocs: {
    title: "allocations",
    seconds: 0,
    help: "what has been allocated, whether it is still in memory or not",
    piece: 10,
  },
  goroutine: {
    title: "what waits",
    seconds: 0,
    help: "what is waiting, and where: goroutines, or suspended functions of Node.js",
  },
  block: { title: "hold-ups", seconds: 0, help: "how long the program was held up, and where" },
  mutex: { title: "locks", seconds: 0, help: "who held locks that others waited for" },
  threadcreate: { title: "threads", seconds: 0, help: "what started threads" },
};
const OTHER: KindRow = { title: "", seconds: 0, help: "" };

/** Records the program that the profile came from, and keeps what was recorded for comparing. */
export function RecordPanel({ close }: { readonly close: () => void }): VNode {
  const session = useSession();
  const { settings } = session;
  const kind = useSignal("profile");
  const progress = useSignal<number | undefined>(undefined);
  const seconds = useRef<HTMLInputElement>(null);
  const ends = useRef<AbortController | undefined>(undefined);
  const word = useRef("");
  const [stopping, setStopping] = useState<Stopping>("no");
  const row = KINDS[kind.value] ?? OTHER;
  const record = async (): Promise<void> => {
    const length = Number(seconds.current?.value ?? 0);
    const from = performance.now();
    progress.value = 0;
    session.error.value = "";
    word.current = String(Math.random());
    setStopping(length > (row.piece ?? 0) ? "can" : "no");
    const timer = setInterval(() => {
      progress.value = Math.min(1, (performance.now() - from) / 1000 / (length || 1));
    }, 200);
    try {
      const query = new URLSearchParams({ kind: kind.value, seconds: String(length), word: word.current });
      ends.current = new AbortController();
      const answer = await askServer(session, `./record?${query}`, { method: "POST", signal: ends.current.signal });
      if (!answer.ok) throw new Error(await answer.text());
      const { number } = await answer.json();
      await readSettings(session);
      openRecorded(session, number, kind.value);
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
          <option key={name} value={name}>
            {name}
            {KINDS[name] && `: ${KINDS[name].title}`}
          </option>
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
        <Running
          progress={progress.value}
          piece={row.piece}
          stopping={stopping}
          stop={() => {
            setStopping("asked");
            const address = `./stop?${new URLSearchParams({ word: word.current })}`;
            void askServer(session, address, { method: "POST" }).catch(() => {});
          }}
          cancel={() => ends.current?.abort()}
        />
      )}
      <span class="space" />
      <Recordings />
    </form>
  );
}

/** Whether a recording can be stopped, or has been. */
type Stopping = "no" | "can" | "asked";

interface RunningProps {
  readonly progress: number;
  /** The seconds of a piece of it that can be kept; undefined where any part can. */
  readonly piece: number | undefined;
  readonly stopping: Stopping;
  readonly stop: () => void;
  readonly cancel: () => void;
}

/** How far a recording is, and how to end it. */
function Running({ progress, piece, stopping, stop, cancel }: RunningProps): VNode {
  const kept = piece === undefined ? "what came until then is kept" : `whole pieces of ${piece} seconds are kept`;
  return (
    <>
      <progress value={progress} aria-label="Recording" />
      {stopping === "can" && (
        <button type="button" title={`Ends it now: ${kept}`} onClick={stop}>
          Stop
        </button>
      )}
      <button type="button" title="Ends it now: nothing of it is kept" onClick={cancel}>
        Cancel
      </button>
      {stopping === "asked" && (
        <span class="hint" role="status">
          {piece === undefined ? "Stopping…" : `Stopping, once there are ${piece} seconds to show…`}
        </span>
      )}
    </>
  );
}

/** What has been recorded in this session, to be shown or compared with. */
function Recordings(): VNode {
  const session = useSession();
  const shown = Number(session.nav.place.value.query.recording ?? 0);
  return (
    <>
      {session.settings.value?.recordings.map((name, number) => (
        <span key={number} class="recording">
          <button type="button" aria-pressed={number === shown} onClick={() => openRecording(session, number, false)}>
            {name}
          </button>
          <button type="button" class="plain" onClick={() => openRecording(session, number, true)}>
            compare with it
          </button>
        </span>
      ))}
    </>
  );
}
