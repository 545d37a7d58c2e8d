import { expect, test } from "vitest";
import { redirected } from "../src/input/redirect.ts";

const from = (address: string, location: string): string => redirected(new URL(address), location, "http fetch").href;

test.each([
  ["http://a/x", "/y", "http://a/y"],
  ["http://a/x", "https://b/y", "https://b/y"],
  ["https://a/x", "//b/y", "https://b/y"],
  // Trusted unseen was this server, and no other.
  ["https+insecure://a/x", "/y", "https+insecure://a/y"],
  ["https+insecure://a/x", "https://a/y", "https+insecure://a/y"],
  ["https+insecure://a/x", "https://b/y", "https://b/y"],
  // A user's name and password are for the server that they were given for.
  ["http://me:pw@a/x", "/y", "http://me:pw@a/y"],
  ["http://me:pw@a/x", "http://a/y", "http://me:pw@a/y"],
  ["http://me:pw@a/x", "http://a:81/y", "http://a:81/y"],
  ["http://me:pw@a/x", "https://a/y", "https://a/y"],
  ["http://me:pw@a/x", "http://b/y", "http://b/y"],
  ["http://a/x", "http://you:there@b/y", "http://b/y"],
])("%s is sent on to %s: %s", (address, location, to) => {
  expect(from(address, location)).toBe(to);
});

test.each([
  ["https://a/x", "http://b/y", 'redirect to "http://b/y" is not followed: it would go on without TLS; give that'],
  ["https+insecure://a/x", "http://a/y", "without TLS"],
  ["http://a/x", "https+insecure://a/y", "only http and https are"],
  ["https://a/x", "https+insecure://me:pw@b/y", 'redirect to "https+insecure://b/y" is not followed: only http'],
  ["http://a/x", "file:///etc/passwd", "only http and https are"],
  ["http://a/x", "data:text/plain,x", "only http and https are"],
  ["http://a/x", "http://[", "it is no address"],
])("%s is not sent on to %s", (address, location, why) => {
  expect(() => from(address, location)).toThrow(why);
});
