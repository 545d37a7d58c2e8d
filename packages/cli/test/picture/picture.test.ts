import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { crc32, inflateSync } from "node:zlib";
import { defaultOptions, report, wholeBody } from "@pprof-ts/report";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostileProfile, hostileTexts } from "../../../report/test/hostile.ts";
import { layout } from "../../src/picture/layout.ts";
import { draw } from "../../src/picture/picture.ts";
import { rasterize } from "../../src/picture/raster.ts";
import { fontDirectories } from "../../src/picture/system-fonts.ts";
import { decodeGif } from "./gif-pixels.ts";

const graph = (label: string): string => `digraph "server" {
node [style=filled fillcolor="#f8f8f8"]
subgraph cluster_L { "File: server" [shape=box fontsize=16 label="File: server\\lType: cpu\\l" tooltip="server"] }
N1 [label="${label}\\n1.20s (60.00%)" id="node1" fontsize=24 shape=box tooltip="main" color="#b20000" fillcolor="#edd5d5"]
N2 [label="parse\\n0.80s (40.00%)" id="node2" fontsize=18 shape=box color="#b23a00" fillcolor="#edddd5"]
NN1_0 [label="tag" id="NN1_0" fontsize=8 shape=box3d]
N1 -> NN1_0 [label=" 10ms"]
N1 -> N2 [label=" 0.80s" weight=41 penwidth=3 color="#b23a00" style="dotted"]
}
`;

/** The elements and attributes of a picture: no link, no picture within it, nothing that runs. */
const OURS =
  "<svg <g <a <title <polygon <polyline <path <text width height style viewBox xmlns xmlns:xlink xlink:title xml:space id class transform fill stroke stroke-width stroke-dasharray points d text-anchor x y font-family font-size".split(
    " ",
  );

const reader = "pdftotext";
const hasReader = spawnSync(reader, ["-v"]).status === 0;

const bytes = (data: string | Uint8Array): Buffer => Buffer.from(data as Uint8Array);

describe("svg", () => {
  it("fills its window and moves one group", async () => {
    const svg = String(await draw(graph("main (<init>)"), "svg"));
    expect(svg).toMatch(/<svg width="100%" height="100%"/);
    expect(svg).toMatch(/viewBox="0\.00 0\.00 \d+\.00 \d+\.00"/);
    expect(svg.match(/<g id="viewport">\n<g id="graph0"/g)).toHaveLength(1);
    expect(svg).toContain("main (&lt;init&gt;)");
    expect(svg.match(/<g\b/g)?.length).toBe(svg.match(/<\/g>/g)?.length);
    expect(svg).not.toMatch(/<script[^>]*src|href="http/);
  });

  it("has no link, no picture and no element but ours, whatever a profile says", async () => {
    for (const texts of fc.sample(hostileTexts, { seed: 12, numRuns: 4 })) {
      const options = { ...defaultOptions, nodefraction: 0, edgefraction: 0 };
      const dot = String(wholeBody(report(hostileProfile(texts), "dot", options).body));
      const svg = String(await draw(dot, "svg"));
      const elements = svg.slice(0, svg.indexOf("<script")).match(/<\w[^>]*>/g) ?? [];
      const said = elements.map((element) => element.replaceAll(/"[^"]*"/g, '""'));
      const names = said.flatMap((element) => element.match(/<\w+|[\w:-]+(?==)/g) ?? []);
      expect([...new Set(names)].filter((name) => !OURS.includes(name))).toEqual([]);
      expect(svg.match(/<script/g)).toHaveLength(1);
      // Whoever reads it takes it for XML.
      expect((await draw(dot, "png")).length).toBeGreaterThan(1000);
      expect(String(await draw(dot, "ps"))).not.toContain("\r");
    }
  });

  it("shows the letters of an entity as they are", async () => {
    expect(String(await draw(graph("a&#27;&lt;b&gt;"), "svg"))).toContain(">a&amp;#27;&amp;lt;b&amp;gt;</text>");
  });

  it("has a script that runs", async () => {
    const svg = String(await draw(graph("main"), "svg"));
    const [, script = ""] = /<!\[CDATA\[([\s\S]*?)\]\]>/.exec(svg) ?? [];
    const page = new Page();
    page.run(script);
    expect(page.transform).toBe("translate(75,150) scale(0.5)");
    page.fire("wheel", { deltaY: -100, deltaMode: 0, clientX: 0, clientY: 0, preventDefault: () => {} });
    expect(page.transform).toMatch(/^translate\(91\.6\d*,183\.2\d*\) scale\(0\.61\d*\)$/);
    page.fire("dblclick", {});
    page.fire("pointerdown", { pointerId: 1, clientX: 40, clientY: 40 });
    page.fire("pointermove", { pointerId: 1, clientX: 48, clientY: 36, buttons: 1 });
    expect(page.transform).toBe("translate(77,149) scale(0.5)");
    page.fire("pointerup", { pointerId: 1 });
    page.fire("pointermove", { pointerId: 1, clientX: 90, clientY: 90, buttons: 0 });
    expect(page.transform).toBe("translate(77,149) scale(0.5)");
  });
});

/** As much of a browser's page as the script uses: a picture of 300 by 600 shown at four pixels to the unit. */
class Page {
  transform = "";
  readonly #listeners = new Map<string, (event: object) => void>();

  run(script: string): void {
    const listen = (type: string, listener: (event: object) => void): unknown => this.#listeners.set(type, listener);
    const viewport = { setAttribute: (_: string, value: string) => (this.transform = value) };
    const svg = {
      viewBox: { baseVal: { x: 0, y: 0, width: 300, height: 600 } },
      querySelector: () => viewport,
      getScreenCTM: () => ({ a: 4, inverse: () => 0.25 }),
      addEventListener: listen,
    };
    class Point {
      readonly at: readonly [number, number];
      constructor(x: number, y: number) {
        this.at = [x, y];
      }
      matrixTransform(scale: number): object {
        return { x: this.at[0] * scale, y: this.at[1] * scale };
      }
    }
    new Function("document", "DOMPoint", "addEventListener", script)(
      { currentScript: { ownerSVGElement: svg } },
      Point,
      listen,
    );
  }

  fire(type: string, event: object): void {
    this.#listeners.get(type)?.(event);
  }
}

describe("png", () => {
  it("is as large as Graphviz makes it, at 96 pixels to the inch", async () => {
    const png = bytes(await draw(graph("main"), "png"));
    expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
    const [, width] = /<svg width="(\d+)pt"/.exec(await layout(graph("main"), "svg")) ?? [];
    expect(png.readUInt32BE(16)).toBe(Math.floor((Number(width) * 96) / 72));
  });

  it("has the pixels that were drawn", async () => {
    const png = bytes(await draw(graph("main"), "png"));
    const { pixels, width, height } = await rasterize(await layout(graph("main"), "svg"));
    const at = png.indexOf("IDAT");
    const data = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    expect(data.length).toBe((3 * width + 1) * height);
    const drawn = Buffer.alloc(data.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++)
        drawn.set(pixels.subarray(4 * (y * width + x)).subarray(0, 3), y * (3 * width + 1) + 3 * x + 1);
    }
    expect(data.equals(drawn)).toBe(true);
    expect(crc32(png.subarray(at, -16))).toBe(png.readUInt32BE(png.length - 16));
  });

  it.each(["main", "главная", "κύρια", "résumé", "Łódź"])("shows %s without any font on the machine", async (name) => {
    const svg = await layout(graph(name), "svg");
    const dark = async (picture: string): Promise<number> => {
      const { pixels } = await rasterize(picture);
      let count = 0;
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i]! < 64 && pixels[i + 1]! < 64) count++;
      return count;
    };
    const shown = await dark(svg);
    const without = await dark(svg.replace(`>${name}</text>`, "></text>"));
    expect(shown - without).toBeGreaterThan(100);
  });

  it("has fewer pixels where the graph would need more than memory should hold", async () => {
    const svg = await layout(graph("main"), "svg");
    const [whole, small] = [await rasterize(svg), await rasterize(svg, [], 10_000)];
    expect(small.width * small.height).toBeGreaterThan(9_000);
    expect(small.width * small.height).toBeLessThan(10_200);
    expect(small.width / small.height).toBeCloseTo(whole.width / whole.height, 1);
  });
});

describe("gif", () => {
  it("has the pixels of the png, in 256 colours", async () => {
    const gif = bytes(await draw(graph("main"), "gif"));
    const { pixels, width, height } = await rasterize(await layout(graph("main"), "svg"));
    const decoded = decodeGif(gif);
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    let worst = 0;
    for (let i = 0; i < pixels.length / 4; i++) {
      for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(pixels[4 * i + c]! - decoded.pixels[3 * i + c]!));
    }
    expect(worst).toBeLessThan(48);
    expect([...decoded.pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  });
});

describe("pdf", () => {
  it("has a table of contents that is true", async () => {
    const pdf = bytes(await draw(graph("main"), "pdf")).toString("latin1");
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(pdf)?.[1]);
    const [head = "", ...rows] = pdf.slice(start).match(/^(?:xref\n0 \d+|\d{10} \d{5} [nf])(?= ?\n)/gm) ?? [];
    expect(head).toBe(`xref\n0 ${rows.length}`);
    for (const [number, row] of rows.entries()) {
      if (number > 0) expect(pdf.slice(Number.parseInt(row, 10)).startsWith(`${number} 0 obj\n`)).toBe(true);
    }
  });

  it("sets text in Times, and brings a font for other scripts", async () => {
    expect(streams(await draw(graph("naïve…"), "pdf"))[0]).toContain(
      `<${Buffer.from("na\xefve\x85", "latin1").toString("hex")}> Tj`,
    );
    expect(String(await draw(graph("main"), "pdf"))).not.toContain("FontFile2");
    const russian = await draw(graph("Пуск"), "pdf");
    expect(bytes(russian).toString("latin1")).toMatch(/\/FontFile2 \d+ 0 R/);
    expect(streams(russian).join()).toContain("<041f>");
  });

  it("says which letters no font has", async () => {
    const warnings: string[] = [];
    const options = { warn: (line: string) => warnings.push(line), fontDirectories: ["/nowhere"] };
    for (const format of ["pdf", "png"] as const) await draw(graph("Пуск 処理"), format, options);
    const expected =
      "no font on this machine has 処理: install one that does, such as Noto Sans CJK, " +
      "or write an SVG, whose letters are the reader's";
    expect(warnings).toEqual([expected, expected]);
  });

  for (const [letters, font] of [
    ["ქართული", "DejaVuSans.ttf"],
    ["処理する", "NotoSansCJK-Regular.ttc"],
    ["処理する", "wqy-microhei.ttc"],
  ] as const) {
    const directory = fontDirectories().find((place) => findFont(place, font));
    const why = directory === undefined ? ` (skipped: ${font} is not installed)` : "";
    it.skipIf(directory === undefined)(`brings the letters of ${font} that it needs${why}`, async () => {
      const warnings: string[] = [];
      const place = findFont(directory!, font)!;
      const pdf = await draw(graph(letters), "pdf", { warn: (line) => warnings.push(line), fontDirectories: [place] });
      expect(warnings).toEqual([]);
      expect(bytes(pdf).length).toBeLessThan(1_500_000);
      const embedded = bytes(pdf).toString("latin1");
      expect(embedded).toMatch(/BaseFont \/PPROFX\+System-F8/);
      if (!hasReader) return;
      const { stdout, stderr } = spawnSync(reader, ["-layout", "-", "-"], { input: pdf, encoding: "utf8" });
      expect(stderr).toBe("");
      expect(stdout).toContain(letters);
    });
  }

  it.skipIf(!hasReader)(`is read by others${hasReader ? "" : " (skipped: pdftotext is not installed)"}`, async () => {
    const pdf = await draw(graph("Пуск λ (a)"), "pdf");
    const { stdout, stderr } = spawnSync(reader, ["-layout", "-", "-"], { input: pdf, encoding: "utf8" });
    expect(stderr).toBe("");
    for (const text of ["File: server", "Пуск λ (a)", "1.20s (60.00%)", "parse", "0.80s"])
      expect(stdout).toContain(text);
  });
});

/** The directory of a font of this name below another. */
function findFont(directory: string, name: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const found = readdirSync(directory, { recursive: true, encoding: "utf8" }).find((file) => basename(file) === name);
  return found && join(directory, dirname(found));
}

function streams(pdf: string | Uint8Array): string[] {
  const file = bytes(pdf);
  return [...file.toString("latin1").matchAll(/\/Length (\d+) \/Filter \/FlateDecode >>\nstream\n/g)].map((match) => {
    const start = match.index + match[0].length;
    return inflateSync(file.subarray(start, start + Number(match[1]))).toString("latin1");
  });
}

it("writes PostScript", async () => {
  expect(String(await draw(graph("main"), "ps"))).toMatch(/^%!PS-Adobe/);
});

describe("layout", () => {
  it("takes less care when a graph takes too long", async () => {
    const never = { attributes: "", seconds: 0 };
    const svg = await layout(graph("main"), "svg", {
      efforts: [never, { attributes: 'bgcolor="#123456"', seconds: 60 }],
    });
    expect(svg).toContain("#123456");
    await expect(layout(graph("main"), "svg", { efforts: [never] })).rejects.toThrow(
      "cannot lay out the graph, 3 nodes and 2 edges: it took more than 0 s; -nodecount and -focus make it smaller",
    );
  });

  it("stops when told to", async () => {
    const stop = new AbortController();
    const picture = layout(graph("main"), "svg", { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(picture).rejects.toThrow("enough");
    await expect(layout(graph("main"), "svg", { signal: stop.signal })).rejects.toThrow("enough");
  });

  it("says what Graphviz has against a graph", async () => {
    await expect(layout("digraph { a -> }", "svg")).rejects.toThrow(
      /^cannot lay out the graph: syntax error in line 1 near '}'$/,
    );
  });
});
