import { expect, test } from "vitest";
import { proxyFor } from "../src/input/proxy.ts";

const env = {
  HTTP_PROXY: "proxy:3128",
  https_proxy: "http://user:pass@secure:8080",
  NO_PROXY: "corp.example,.dev,10.0.0.0/8,host:81",
};

test.each([
  ["http://elsewhere/x", "http://proxy:3128/"],
  ["https://elsewhere/x", "http://user:pass@secure:8080/"],
  ["http://host:82/", "http://proxy:3128/"],
  ["http://notcorp.example/", "http://proxy:3128/"],
  ["http://11.0.0.1/", "http://proxy:3128/"],
])("%s goes through %s", (url, proxy) => {
  expect(proxyFor(new URL(url), env)?.href).toBe(proxy);
});

test.each([
  "http://localhost:6060/",
  "http://127.0.0.1/",
  "http://[::1]/",
  "http://a.corp.example/",
  "http://x.dev/",
  "http://10.2.3.4/",
  "http://host:81/",
])("%s goes straight", (url) => {
  expect(proxyFor(new URL(url), env)).toBeUndefined();
});

test("without the variables there is no proxy", () => {
  expect(proxyFor(new URL("http://elsewhere/"), {})).toBeUndefined();
});
