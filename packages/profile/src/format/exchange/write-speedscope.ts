import type { Profile } from "../../profile.ts";
import { NamedFrames } from "../build/named-frames.ts";
import { TextWriter } from "../build/text-writer.ts";

/** The units that speedscope knows; values in others are plain numbers to it. */
const UNITS = new Set(["nanoseconds", "microseconds", "milliseconds", "seconds", "bytes"]);

/** Writes speedscope's JSON: a sampled profile for each sample type, named for it. */
export function writeSpeedscope(profile: Profile): Uint8Array {
  const { samples, sampleTypes } = profile;
  const frames = new NamedFrames(profile);
  const out = new TextWriter();
  const list = (length: number, item: (row: number) => void): void => {
    out.write("[");
    for (let row = 0; row < length; row++) {
      if (row > 0) out.write(",");
      item(row);
    }
    out.write("]");
  };
  out.write('{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"pprof-ts","profiles":');
  list(sampleTypes.length, (column) => {
    const { type, unit } = sampleTypes[column]!;
    const values = samples.values[column]!;
    const total = values.reduce((sum, value) => sum + value, 0n);
    const header = JSON.stringify({
      type: "sampled",
      name: type,
      unit: UNITS.has(unit) ? unit : "none",
      startValue: 0,
      endValue: Number(total),
    });
    out.write(`${header.slice(0, -1)},"samples":`);
    list(samples.length, (row) => out.write(JSON.stringify(frames.stack(row).reverse())));
    out.write(',"weights":');
    list(samples.length, (row) => out.write(`${values[row]}`));
    out.write("}");
  });
  out.write(',"shared":{"frames":');
  list(frames.frames.length, (row) => {
    const { name, filename, line, column } = frames.frames[row]!;
    const frame = {
      name: name || "(unknown)",
      ...(filename === "" ? {} : { file: filename }),
      ...(line === 0 ? {} : { line }),
      ...(column === 0 ? {} : { col: column }),
    };
    out.write(JSON.stringify(frame));
  });
  out.write("}}\n");
  return out.finish();
}
