import type { Zone } from "@pprof-ts/report";
import { readRegularFile } from "../host/file/regular-file.ts";

/** They have some kilobytes. */
const LARGEST_ZONE = 2 ** 20;
const UTC: Zone = { offset: 0, name: "UTC" };
const directories = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"];

/** The local time zone at a moment, with the abbreviation of the system's own tables, which JavaScript does not tell. */
export function localZone(unixSeconds: number): Zone {
  const name = process.env.TZ?.replace(/^:/, "");
  if (name === "" || name === "UTC") return UTC;
  const offset = -60 * new Date(unixSeconds * 1000).getTimezoneOffset();
  const known = name === undefined ? ["/etc/localtime"] : directories.map((directory) => `${directory}/${name}`);
  for (const file of name?.startsWith("/") ? [name] : known) {
    try {
      const abbreviation = abbreviationAt(readRegularFile(file, LARGEST_ZONE), unixSeconds, offset);
      if (abbreviation !== undefined) return { offset, name: abbreviation };
    } catch {
      // Not there, or broken: the next one.
    }
  }
  return offset === 0 ? UTC : { offset, name: numericName(offset) };
}

function numericName(offset: number): string {
  const minutes = Math.abs(offset) / 60;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${minutes % 60 === 0 ? "" : two(minutes % 60)}`;
}

/** The abbreviation in a TZif file (RFC 8536) at a moment whose offset is known; undefined where the file has none. */
function abbreviationAt(bytes: Buffer, unixSeconds: number, offset: number): string | undefined {
  if (bytes.length < 44 || bytes.toString("latin1", 0, 4) !== "TZif" || bytes[4] === 0) return undefined;
  const count = (at: number, i: number): number => bytes.readUInt32BE(at + 20 + 4 * i);
  // The first block has times of 32 bits and is there for old programs.
  const first = count(0, 0) + count(0, 1) + count(0, 2) * 8 + count(0, 3) * 5 + count(0, 4) * 6 + count(0, 5);
  const header = 44 + first;
  const times = header + 44;
  const [leaps, timeCount, typeCount, chars] = [2, 3, 4, 5].map((i) => count(header, i)) as [
    number,
    number,
    number,
    number,
  ];
  const types = times + timeCount * 9;
  const names = types + typeCount * 6;
  let type = 0;
  let at = 0;
  for (; at < timeCount && bytes.readBigInt64BE(times + 8 * at) <= unixSeconds; at++)
    type = bytes[times + timeCount * 8 + at]!;
  const footer = names + chars + leaps * 12 + count(header, 0) + count(header, 1);
  const rule = /^\n(<[^>]+>|[A-Za-z]+)([-+]?)(\d+)(?::(\d+))?[^A-Za-z<]*(<[^>]+>|[A-Za-z]+)?/.exec(
    bytes.toString("latin1", footer),
  );
  if (at === timeCount && rule !== null) {
    const [, standard = "", sign, hours, minutes = "0", summer = standard] = rule;
    const standardOffset = (Number(hours) * 3600 + Number(minutes) * 60) * (sign === "-" ? 1 : -1);
    return (offset === standardOffset ? standard : summer).replace(/[<>]/g, "");
  }
  const name = names + bytes[types + 6 * type + 5]!;
  return bytes.toString("latin1", name, bytes.indexOf(0, name));
}
