// What livekit-server-sdk really says: one JSON line each, with the id that roomkey explain is to give for it.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.LIVEKIT_NODE_DIR}/x.js`);
const sdk = await import(pathToFileURL(require.resolve('livekit-server-sdk')).href);
const { AccessToken, TokenVerifier, WebhookReceiver } = sdk;
const KEY = 'APIfake';
const SECRET = 'fake-secret-0123456789-0123456789-abcd';

const signed = async (options = {}, more = () => {}) => {
  const token = new AccessToken(KEY, SECRET, { identity: 'alice', ...options });
  more(token);
  return token.toJwt();
};
const verify = async (token, key = KEY, secret = SECRET) => new TokenVerifier(key, secret).verify(await token);

const cases = {
  'keys-missing': () => new AccessToken('', ''),
  'join-no-identity': () => signed({ identity: undefined }, (t) => t.addGrant({ roomJoin: true, room: 'demo' })),
  'source-as-text': () => signed({}, (t) => t.addGrant({ roomJoin: true, canPublishSources: ['camera'] })),
  'ttl-format': () => signed({ ttl: 'bogus' }),
  'not-expired': () => verify(signed({ ttl: -3600 })),
  signature: () => verify(signed(), KEY, `${SECRET}\n`),
  'unknown-api-key': () => verify(signed(), 'APIother'),
  'not-a-jwt': () => verify('nonsense'),
  'webhook-no-header': () => new WebhookReceiver(KEY, SECRET).receive('{}'),
  'webhook-body': async () => new WebhookReceiver(KEY, SECRET).receive('{}', await signed({}, (t) => { t.sha256 = 'x'; })),
  'forgot-await': () => { throw new Error(JSON.stringify({ token: signed() })); },
};
for (const [id, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(JSON.stringify({ id, text: '' }));
  } catch (error) {
    console.log(JSON.stringify({ id, text: `${error.name}: ${error.message}` }));
  }
}
