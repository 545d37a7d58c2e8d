import { readdirSync, readFileSync } from "node:fs";

const stories = new URL("../stories/", import.meta.url);

/** The stories in the order of their numbers, each with its title. */
const items = readdirSync(stories)
  .filter((file) => file.endsWith(".md"))
  .sort()
  .map((file) => ({
    text: /^# (.*)/m.exec(readFileSync(new URL(file, stories), "utf8"))[1],
    link: `/stories/${file.replace(/\.md$/, "")}`,
  }));

export default {
  title: "pprof for Node.js",
  description:
    "From a slow, growing or stuck Node.js program to the line, in stories whose commands are run by the tests",
  base: process.env.SITE_BASE ?? "/",
  cleanUrls: false,
  head: [["script", { type: "module", src: `${process.env.SITE_BASE ?? "/"}web/element.js` }]],
  markdown: { languageAlias: { console: "shellsession" } },
  themeConfig: {
    sidebar: [{ text: "Stories", items }],
    outline: [2, 3],
    search: { provider: "local" },
  },
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith("pprof-") } } },
};
