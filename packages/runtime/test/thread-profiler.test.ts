import { Session as InspectorSession, console as inspectorConsole } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { CpuProfile } from "../src/agent/cpu/slice.ts";
import { ThreadProfiler } from "../src/agent/cpu/thread-profiler.ts";
import { Coverage } from "../src/agent/inspector/coverage.ts";
import type { ByConsole } from "../src/exchange/messages.ts";
import { ownSession } from "./own-session.ts";

interface Console {
  profile(name: string): void;
  profileEnd(name: string): void;
}

/** A gate that is shut, and what opens it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

const coverage = new Coverage({ script: "", execPath: "", commandLine: [] });

const grind = (): void => {
  const end = Date.now() + 100;
  while (Date.now() < end);
};

test.for(["Profiler.enable", "Profiler.setSamplingInterval", "Profiler.start"])(
  "a held loop opens a profile when its sampler has been closed, just before the next one's %s: that samples, and none stays open",
  { timeout: 30_000 },
  async (moment) => {
    const inspector = new InspectorSession();
    inspector.connect();
    const open = new Set<string>();
    let held: ReturnType<typeof gate> | undefined = gate();
    let came: Promise<unknown> | undefined;
    // The loop that is held comes to what it was told once the gate opens.
    const ofConsole = async (begin: string | undefined, end: string | undefined): Promise<ByConsole> => {
      await held?.opened;
      const { profile, profileEnd } = inspectorConsole as unknown as Console;
      if (begin !== undefined) {
        profile(begin);
        open.add(begin);
      }
      if (end !== undefined) {
        profileEnd(end);
        open.delete(end);
      }
      return { disturbed: undefined, inspects: false };
    };
    let second = false;
    const session = ownSession(inspector, async (method) => {
      if (!second || method !== moment || held === undefined) return;
      const { open: release } = held;
      held = undefined;
      release();
      await came;
    });
    const first = new ThreadProfiler(
      session,
      100,
      () => {},
      coverage,
      (begin, end) => {
        const coming = ofConsole(begin, end);
        came = coming;
        return coming;
      },
    );
    await first.open();
    await first.close();
    second = true;
    const slices: CpuProfile[] = [];
    const next = new ThreadProfiler(session, 500, (slice) => slices.push(slice), coverage, ofConsole);
    await next.start();
    grind();
    await next.cut();
    await next.close();
    await sleep(100);
    expect([...open]).toEqual([]);
    expect(slices.reduce((sum, { samples }) => sum + samples!.length, 0)).toBeGreaterThan(1);
    inspector.disconnect();
  },
);
