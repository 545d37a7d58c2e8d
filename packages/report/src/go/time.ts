/** A time zone at one moment. */
export interface Zone {
  /** Seconds east of UTC. */
  readonly offset: number;
  /** An abbreviation such as `CET`. */
  readonly name: string;
}

/** The zone of each moment. */
export type ZoneAt = (unixSeconds: number) => Zone;

const UTC: Zone = { offset: 0, name: "UTC" };

/** The zone of this process or page at a moment. */
export function localZone(unixSeconds: number): Zone {
  const date = new Date(unixSeconds * 1000);
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  const offset = -Math.round(date.getTimezoneOffset() * 60);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  // Where there is no abbreviation Go writes the offset: -03, +0530.
  return {
    offset,
    name: /^[A-Z]{3,5}$/.test(name) && name !== "GMT" ? name : offset === 0 ? name : shortOffset(offset),
  };
}

function shortOffset(offset: number): string {
  const text = signedOffset(offset);
  return text.endsWith("00") ? text.slice(0, 3) : text;
}

/** `-0330` */
function signedOffset(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60);
  const digits = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${digits(Math.floor(minutes / 60))}${digits(minutes % 60)}`;
}

/** `2006-01-02 15:04:05 MST` */
export function localTime(nanos: bigint, zone: ZoneAt | undefined): string {
  const { clock, name } = inZone(nanos, zone);
  return `${clock} ${name}`;
}

/** `2006-01-02 15:04:05.999999999 -0700 MST` */
export function exactTime(nanos: bigint, zone: ZoneAt | undefined): string {
  const { clock, rest, offset, name } = inZone(nanos, zone);
  const fraction = rest === 0n ? "" : `.${String(rest).padStart(9, "0").replace(/0+$/, "")}`;
  return `${clock}${fraction} ${signedOffset(offset)} ${name}`;
}

function inZone(time: bigint, zone: ZoneAt | undefined): Zone & { clock: string; rest: bigint } {
  // Formats have times that do not fit: they read as they will when the profile is written.
  const nanos = BigInt.asIntN(64, time);
  const rest = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = Number((nanos - rest) / 1_000_000_000n);
  const at = zone?.(seconds) ?? UTC;
  const clock = new Date((seconds + at.offset) * 1000).toISOString().slice(0, 19).replace("T", " ");
  return { ...at, clock, rest };
}

/** A duration as Go writes it: `1h2m3.5s`, `1.5ms`, `0s`. */
export function goDuration(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  const sign = nanos < 0n ? "-" : "";
  const size = nanos < 0n ? -nanos : nanos;
  const decimal = (value: bigint, digits: number): string => {
    const unit = 10n ** BigInt(digits);
    const fraction = String(value % unit)
      .padStart(digits, "0")
      .replace(/0+$/, "");
    return fraction === "" ? String(value / unit) : `${value / unit}.${fraction}`;
  };
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < 1_000_000_000n) return `${sign}${decimal(size, 6)}ms`;
  const minutes = size / 60_000_000_000n;
  const seconds = `${decimal(size % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
