// Serves the endpoints in one of the frameworks, beside a route of its own: `node mounted.mjs NAME`.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import { handler, newProfile } from "@pprof-ts/runtime";
import { pprof as forExpress } from "@pprof-ts/runtime/express";
import { pprof as forFastify } from "@pprof-ts/runtime/fastify";
import { pprof as forHono } from "@pprof-ts/runtime/hono";
import { pprof as forHttp } from "@pprof-ts/runtime/http";
import { pprof as forKoa } from "@pprof-ts/runtime/koa";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

// Profiles whose names no header can hold.
for (const name of JSON.parse(readFileSync(new URL("names.json", import.meta.url), "utf8"))) newProfile(name).add(name);

const OTHER = "/model/dev/pprof";
const guarded = { prefix: "/guarded", token: "secret" };
const parsed = { prefix: "/parsed" };
const hosted = { prefix: "/hosts", hosts: ["shop.example"] };

const onExpress = (framework) => {
  const app = framework();
  app.use(forExpress());
  app.use(OTHER, forExpress());
  app.use(forExpress(guarded));
  app.use(forExpress(hosted));
  const limit = "9mb";
  const parsers = [
    framework.urlencoded({ extended: false, limit }),
    framework.json({ limit }),
    framework.text({ limit }),
    framework.raw({ limit }),
  ];
  app.use("/parsed", ...parsers, forExpress());
  app.get("/own", (_request, response) => response.send("own"));
  return createServer(app);
};

const frameworks = {
  http: () => {
    const own = (request, response) => {
      if (request.url !== "/own") response.writeHead(404);
      response.end("own");
    };
    return createServer(
      forHttp({}, forHttp({ prefix: OTHER }, forHttp(guarded, forHttp(hosted, forHttp(parsed, own))))),
    );
  },
  "express 5": () => onExpress(express),
  "express 4": () => onExpress(express4),
  "fastify 5": async () => {
    const app = fastify();
    app.register(forFastify);
    app.register(forFastify, { prefix: OTHER });
    app.register(forFastify, guarded);
    app.register(forFastify, hosted);
    app.register(forFastify, parsed);
    app.get("/own", async () => "own");
    await app.ready();
    return app.server;
  },
  "koa 3": () => {
    const app = new Koa();
    app.use(forKoa());
    app.use(forKoa({ prefix: OTHER }));
    app.use(forKoa(guarded));
    app.use(forKoa(hosted));
    // As koa-bodyparser does.
    app.use(async (context, next) => {
      if (context.path.startsWith("/parsed/") && context.method === "POST") {
        context.request.rawBody = "";
        for await (const part of context.req) context.request.rawBody += part;
      }
      await next();
    });
    app.use(forKoa(parsed));
    app.use((context, next) => {
      if (context.path !== "/own") return next();
      context.body = "own";
    });
    return createServer(app.callback());
  },
  "hono 4": () => {
    const app = new Hono();
    app.use(forHono());
    app.all(`${OTHER}/*`, forHono());
    app.use(forHono(guarded));
    app.use(forHono(hosted));
    app.use("/parsed/*", async (context, next) => {
      if (context.req.method === "POST") await context.req.text();
      await next();
    });
    app.all("/parsed/*", forHono());
    app.get("/own", (context) => context.text("own"));
    return serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  },
  fetch: () => {
    const routes = [handler(), handler({ prefix: OTHER }), handler(guarded), handler(hosted), handler(parsed)];
    const app = async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/own") return new Response("own");
      for (const route of routes) {
        const response = await route(request);
        if (response.status !== 404 || (await response.clone().text()) !== "404 page not found\n") return response;
      }
      return new Response("nothing", { status: 404 });
    };
    return serve({ fetch: app, port: 0, hostname: "127.0.0.1" });
  },
};

const server = await frameworks[process.argv[2]]();
if (!server.listening) server.listen(0, "127.0.0.1");
const told = () => process.stderr.write(`listening on http://127.0.0.1:${server.address().port}\n`);
if (server.listening && server.address()) told();
else server.on("listening", told);
// A timeout of the server's own, when it is told one.
process.on("message", (millis) => {
  if (millis !== "memory") server.timeout = millis;
  process.send(millis === "memory" ? process.memoryUsage().rss : "set");
});
