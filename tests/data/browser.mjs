#!/usr/bin/env node
// Fetches tokens from an endpoint with the real livekit-client, in a real browser and on a page of another origin, and
// says what came of each.
//
//   LIVEKIT_NODE_DIR=DIR CHROMIUM=PROGRAM node browser.mjs http://localhost:PORT http://localhost:PORT-WITH-KEYS BEARER-KEY
//
// DIR has livekit-client and playwright-core in its node_modules. One JSON object on standard output; exit status 0
// unless something unforeseen happened.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [open, guarded, key] = process.argv.slice(2);
const from = createRequire(pathToFileURL(join(process.env.LIVEKIT_NODE_DIR, 'x.js')));
const { chromium } = from('playwright-core');
const bundle = readFileSync(from.resolve('livekit-client').replace(/umd\.js$/, 'esm.mjs'));

// The page, and the client as npm has it.
const pages = createServer((request, response) => {
  if (request.url === '/livekit-client.mjs') {
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(bundle);
  } else {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>page</title>');
  }
});
await new Promise((listening) => pages.listen(0, '127.0.0.1', listening));
const { port } = pages.address();

const profile = mkdtempSync(join(tmpdir(), 'roomkey-browser-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM,
  headless: true,
  chromiumSandbox: false,
  args: [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A page of somebody else, without asking any name server.
    '--host-resolver-rules=MAP evil.example 127.0.0.1',
  ],
});

// What runs in the page.
async function onPage({ open, guarded, key }) {
  const { TokenSource } = await import('/livekit-client.mjs');
  const options = {
    roomName: 'demo',
    participantName: 'Zoë',
    participantIdentity: 'zoë',
    participantAttributes: { role: 'host' },
    agentName: 'helper',
  };
  const said = async (work) => {
    try {
      return { value: await work() };
    } catch (e) {
      return { error: `${e.name}: ${e.message}` };
    }
  };
  const endpoint = TokenSource.endpoint(`${open}/`);
  const first = await said(() => endpoint.fetch(options));
  const again = await said(() => endpoint.fetch({ ...options }));
  const other = await said(() => endpoint.fetch({ ...options, participantIdentity: 'bob' }));
  const forced = await said(() => endpoint.fetch({ ...options, participantIdentity: 'bob' }, true));
  const sandbox = await said(() =>
    TokenSource.sandboxTokenServer('any', { baseUrl: open }).fetch({ roomName: 'demo' }),
  );
  const room = await said(() => TokenSource.endpoint(`${open}/`).fetch({ roomName: 'forbidden' }));
  const agent = await said(() => TokenSource.endpoint(`${open}/`).fetch({ roomName: 'demo', agentName: 'spy' }));
  // What the client has no option for, a page can still send.
  const wider = await said(async () => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ room_name: 'demo', video: { roomAdmin: true } });
    const response = await fetch(open, { method: 'POST', headers, body });
    return `${response.status} ${await response.text()}`;
  });
  // A request that a browser sends without asking first.
  const simple = await said(async () => {
    const response = await fetch(open, { method: 'POST', body: '{"room_name":"demo"}' });
    return `${response.status} ${await response.text()}`;
  });
  const keyless = await said(() => TokenSource.endpoint(`${guarded}/`).fetch(options));
  const headers = { Authorization: `Bearer ${key}` };
  const keyed = await said(() => TokenSource.endpoint(`${guarded}/`, { headers }).fetch(options));
  return { first, again, other, forced, sandbox, room, agent, wider, simple, keyless, keyed };
}

// The page of this machine, and the page of somebody else.
async function visited(host) {
  const page = await browser.newPage();
  const posts = [];
  const console_ = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(new URL(request.url()).pathname);
  });
  page.on('console', (message) => console_.push(message.text()));
  await page.goto(`http://${host}:${port}/`);
  const got = await page.evaluate(onPage, { open, guarded, key });
  await page.close();
  return { got, posts, console: console_ };
}

try {
  const here = await visited('localhost');
  const foreign = await visited('evil.example');
  console.log(JSON.stringify({ origin: `http://localhost:${port}`, browser: browser.browser()?.version(), here, foreign }));
} finally {
  await browser.close();
  pages.close();
  rmSync(profile, { recursive: true, force: true });
}
