#!/usr/bin/env node
// Fetches tokens from an endpoint with the real livekit-client and says what came of each.
//
//   LIVEKIT_NODE_DIR=DIR node token_source.mjs http://localhost:PORT [BEARER-KEY]
//
// DIR has livekit-client in its node_modules. One JSON object on standard output; exit status 0 unless something
// unforeseen happened.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [base, key] = process.argv.slice(2);
const from = createRequire(pathToFileURL(join(process.env.LIVEKIT_NODE_DIR, 'x.js')));
// Its message about a browser that it misses belongs to nobody.
console.warn = () => {};
// What require finds is a bundle for other loaders; the same folder has the module.
const { TokenSource } = await import(pathToFileURL(from.resolve('livekit-client').replace(/umd\.js$/, 'esm.mjs')).href);

const headers = key ? { Authorization: `Bearer ${key}` } : {};
const attributes = { role: 'host' };
const options = {
  roomName: 'demo',
  participantName: 'Zoë',
  participantIdentity: 'zoë',
  participantMetadata: '{"a":1}',
  participantAttributes: attributes,
  agentName: 'helper',
  agentMetadata: 'm',
};
const error = async (source, wanted) => {
  try {
    await source.fetch(wanted);
    return null;
  } catch (e) {
    return e.message;
  }
};

const endpoint = TokenSource.endpoint(`${base}/`, { headers });
const first = await endpoint.fetch(options);
const again = await endpoint.fetch({ ...options });
const other = await endpoint.fetch({ ...options, participantIdentity: 'bob' });
const forced = await endpoint.fetch({ ...options, participantIdentity: 'bob' }, true);
const bare = await TokenSource.endpoint(`${base}/some/path`, { headers }).fetch({});
const empty = await TokenSource.endpoint(`${base}/`, { headers }).fetch({ roomName: '', agentName: '' });
const server = TokenSource.developmentTokenServer ?? TokenSource.sandboxTokenServer;
const sandbox = key ? null : await TokenSource.sandboxTokenServer('any', { baseUrl: base }).fetch({ roomName: 'demo' });
const development = key ? null : await server.call(TokenSource, 'any', { baseUrl: base }).fetch({ roomName: 'demo' });
console.log(
  JSON.stringify({
    first,
    cached: again.participantToken === first.participantToken,
    other,
    forced,
    bare,
    empty,
    sandbox,
    development,
    refused: await error(TokenSource.endpoint(`${base}/`, { headers }), { roomName: 'forbidden' }),
    keyless: key ? await error(TokenSource.endpoint(`${base}/`), options) : null,
  }),
);
