// A service in which one route holds the event loop, and all others wait for it.
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./serve.ts";

interface Row {
  readonly name: string;
}

const rows: readonly Row[] = Array.from({ length: 400 }, (_, row) => ({ name: `row ${(row * 7919) % 400}` }));

async function price(): Promise<number> {
  await sleep(5);
  return 7;
}

function report(): string {
  return byName(rows)[0]!.name;
}

/** Compares as people do, which takes far longer than to compare bytes. */
function byName(all: readonly Row[]): Row[] {
  return [...all].sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true }));
}

serve({ price, report });
