// Appends a profile every two minutes of an evening and a morning, and says of each that is acknowledged, by its number:
// append-profiles.mjs FOLDER [STEP before|half]. At that step of its files the process ends itself as by kill -9.
import { writeSync } from "node:fs";
import { EmbeddedStore, nodeFileSystem } from "@pprof-ts/fleet";
import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { faultyFiles } from "./faulty-files.mjs";

const [folder, at, how] = process.argv.slice(2);
const begin = Date.UTC(2026, 8, 1, 21);
const PROFILES = 14;
let clock = begin;
let steps = 0;
/** The steps of which a half can be done. */
const halves = [];
const files = faultyFiles(
  nodeFileSystem,
  (step, name) => {
    steps = step;
    if (/^(write|append|open) /.test(name)) halves.push(step);
    return step === Number(at) ? how : undefined;
  },
  () => process.kill(process.pid, "SIGKILL"),
);
const options = { now: () => clock, files, maintainMillis: 0, onTrouble: (message) => writeSync(2, `${message}\n`) };
let store = await EmbeddedStore.open(folder, options);
for (let number = 0; number < PROFILES; number++) {
  clock = begin + number * (number < 7 ? 120_000 : 1_200_000);
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "nanoseconds" }], durationNanos: 1 });
  const name = `f${number}`;
  // A number of two: what is there is seen in one sum, and what is there twice, too.
  builder.sample([builder.location({ lines: [{ function: builder.function({ name }) }] })], [2 ** number]);
  const labels = new Map([["service_name", "shop"]]);
  const arrival = { tenant: "", labels, receivedMillis: clock, profile: encode(builder.build()) };
  try {
    const { accepted } = await store.append([arrival]);
    if (accepted === 1) writeSync(1, `${number}\n`);
  } catch (error) {
    writeSync(2, `${error.message}\n`);
  }
  if (number % 5 === 4) await store.maintain();
  if (number === 9) {
    await store.close();
    store = await EmbeddedStore.open(folder, options);
  }
}
clock += 2 * 86_400_000;
await store.maintain();
await store.maintain();
await store.close();
writeSync(2, `${JSON.stringify({ steps, halves })}\n`);
