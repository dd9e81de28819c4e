// One whole job by openapi-fetch, with the types that openapi-typescript has made by its defaults.

import { readFileSync } from "node:fs";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [url, key, document, packed] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });

function good<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(`refused: ${JSON.stringify(answer.error)}`);
  return answer.data;
}

function must(right: boolean, what: string): void {
  if (!right) throw new Error(what);
}

async function solved(instance_id: string): Promise<components["schemas"]["Job"]> {
  let job = good(await client.POST("/v1/jobs", { body: { kind: "solve", instance_id } }));
  while (job.ended_at === null) {
    const how = { params: { path: { job_id: job.id }, query: { wait: 30 } } };
    job = good(await client.GET("/v1/jobs/{job_id}", how));
  }
  return job;
}

const instance = JSON.parse(readFileSync(document, "utf8")) as components["schemas"]["Instance"];
const one = good(await client.POST("/v1/instances", { body: instance }));
const other = good(
  await client.POST("/v1/instances/upload", {
    params: { query: { format: "zip" } },
    headers: { "Content-Type": "application/octet-stream" },
    body: "",
    bodySerializer: () => readFileSync(packed),
  }),
);
must(one.content_hash === other.content_hash, "JSON and zip file are not the same");

const first = await solved(one.id);
const second = await solved(other.id);
const plan_id = first.plan_id as string;
const path = { plan_id };
const plan = good(await client.GET("/v1/plans/{plan_id}", { params: { path } }));
must(plan.view === "whole" && plan.proof.status === "optimal", "no optimal plan");

const events = good(
  await client.GET("/v1/jobs/{job_id}/history", { params: { path: { job_id: first.id } } }),
);
must(events.items.at(-1)?.data["state"] === "succeeded", "the events do not end");

const table = { path: { plan_id, name: "choice" as const } };
const csv = good(
  await client.GET("/v1/plans/{plan_id}/tables/{name}/csv", { params: table, parseAs: "text" }),
);
must(csv.startsWith("project,year,alone"), "no table as CSV");
const rows = good(await client.GET("/v1/plans/{plan_id}/tables/{name}", { params: table }));
must(Array.isArray(rows) && rows.length === 3, "no rows");

const book = good(
  await client.GET("/v1/instances/{instance_id}/workbook", {
    params: { path: { instance_id: one.id } },
    parseAs: "arrayBuffer",
  }),
);
must(book.byteLength > 1000, "no workbook");

const query = { plan: [plan_id, second.plan_id as string] };
const found = good(await client.GET("/v1/plans/comparison", { params: { query } }));
must(found.proof.length === 2 && found.headings[plan_id] !== undefined, "no comparison");
