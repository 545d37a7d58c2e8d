import type { Environment } from "../host/environment.ts";

/** The proxy for this address by HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as Go reads them; never one for loopback. */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const lookup = (name: string): string => env[name] || env[name.toLowerCase()] || "";
  const proxy = lookup(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (proxy === "" || host === "localhost" || host === "::1" || host.startsWith("127.")) return undefined;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const excluded = lookup("NO_PROXY")
    .split(",")
    .some((entry) => excludes(entry.trim().toLowerCase(), host, port));
  if (excluded) return undefined;
  return new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

function excludes(entry: string, host: string, port: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const range = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(entry);
  if (range !== null) return inRange(host, range[1]!, Number(range[2]));
  const [, name = "", onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (name.startsWith("*.") || name.startsWith(".")) return host.endsWith(name.replace(/^\*/, ""));
  return host === name || host.endsWith(`.${name}`);
}

function inRange(host: string, network: string, bits: number): boolean {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(host)) return false;
  const number = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - bits);
  return Math.floor(number(host) / size) === Math.floor(number(network) / size);
}
