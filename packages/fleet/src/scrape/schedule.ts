import { createHash } from "node:crypto";

/** When within an interval a target's turn is: the same for all collectors and after each start, and spread evenly over targets. */
export function offsetOf(key: string, intervalMillis: number): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) % intervalMillis;
}

/** The first turn that is not before `now`. */
export function firstTurn(now: number, offset: number, intervalMillis: number): number {
  return now + ((((offset - now) % intervalMillis) + intervalMillis) % intervalMillis);
}

/**
 * The turn after one, where what was done in it has ended by `now`: one that has passed meanwhile is caught up at once, of several
 * only the last.
 */
export function nextTurn(turn: number, now: number, intervalMillis: number): number {
  const missed = Math.floor((now - turn) / intervalMillis);
  return turn + Math.max(1, missed) * intervalMillis;
}
