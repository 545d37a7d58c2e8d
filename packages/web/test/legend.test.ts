import { ProfileBuilder } from "@pprof-ts/profile";
import { analyze, defaultOptions, ProfileIndex } from "@pprof-ts/report";
import { expect, test } from "vitest";
import { flamePicture } from "../src/worker/picture/flame-answer.ts";
import { PictureFrames } from "../src/worker/picture/frame-columns.ts";

test("the package of the widest boxes is in the legend, though it only calls others, of which there are many", () => {
  const builder = new ProfileBuilder({ sampleTypes: [{ type: "cpu", unit: "count" }] });
  const at = (name: string): number =>
    builder.location({ lines: [{ function: builder.function({ name, filename: "/src/x.go" }) }] });
  for (let i = 1; i <= 20; i++) builder.sample([at(`p${i}.Work`), at("testing.Run")], [i]);
  const analysis = analyze(new ProfileIndex(builder.build()), defaultOptions);
  const { packages } = flamePicture(analysis, {}, new PictureFrames()).picture;
  const own = Array.from({ length: 11 }, (_, i) => ({ name: `p${20 - i}`, self: 20 - i }));
  expect(packages.map(({ name, self }) => ({ name, self }))).toEqual([...own, { name: "testing", self: 0 }]);
});
