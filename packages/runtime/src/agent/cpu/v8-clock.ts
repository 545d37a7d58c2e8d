/** A profile comes here sooner than this, and two clocks that begin at different times are hardly so near. */
const SAME_MICROS = 100_000;

/**
 * The clock of V8's CPU profiles, which counts microseconds from a time that V8 does not tell. How far it is behind
 * `process.hrtime` is estimated from when profiles come here, so it is known from the first of them on.
 */
export class V8Clock {
  /** The least that was seen: the time that a profile takes to come here is in what is seen. */
  #behindMicros = Number.POSITIVE_INFINITY;

  /** A profile that ended at this time has just come. */
  strikes(micros: number): void {
    this.#behindMicros = Math.min(this.#behindMicros, hrtimeMicros() - micros);
  }

  /** A time of `process.hrtime`, in nanoseconds, on V8's clock. */
  micros(nanos: bigint): number {
    return Number(nanos) / 1000 - this.#behindMicros;
  }

  /** A time of V8's clock, in nanoseconds of `process.hrtime`. */
  hrtimeNanos(micros: number): bigint {
    // A little behind is the way here: both count from the same time, as they do on Linux.
    const behind = this.#behindMicros > 0 && this.#behindMicros < SAME_MICROS ? 0 : this.#behindMicros;
    return BigInt(Math.round((micros + behind) * 1000));
  }

  /** A time of V8's clock in nanoseconds since 1970. */
  wallNanos(micros: number): bigint {
    const ago = hrtimeMicros() - this.#behindMicros - micros;
    return BigInt(Math.round((Date.now() * 1000 - ago) * 1000));
  }
}

function hrtimeMicros(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
