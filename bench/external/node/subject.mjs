// The runtime behind the TypeScript SDKs that APIMatic generates, in the scenarios T1 and T5, and on the hot path; figures
// as lines of JSON. Put together as in such an SDK: the manager and the token endpoint's controller are generated code, and
// so they are written here; the rest is the runtime's.

import { createRequire } from 'node:module';
import { AbortError, ApiError, createRequestBuilderFactory } from '@apimatic/core';
import { HttpClient } from '@apimatic/axios-client-adapter';
import { compositeAuthenticationProvider } from '@apimatic/authentication-adapters';
import { isExpired, isValid, requestAuthenticationProvider } from '@apimatic/oauth-adapters';
import { bigint, object, optional, string } from '@apimatic/schema';

const CALLERS = 10_000;
// Half of what the server takes for a token: whoever took longer was not served from memory.
const WAITED_FROM_MS = 25;
const ROUNDS = 5;
const ROUND_MS = 200;

const TOKEN = object({
  accessToken: ['access_token', string()],
  tokenType: ['token_type', string()],
  expiresIn: ['expires_in', optional(bigint())],
  expiry: ['expiry', optional(bigint())],
});

// What an SDK's client sets up once, for all its calls.
function client(tokenUrl) {
  const { origin, pathname } = new URL(tokenUrl);
  const basic = Buffer.from('bench-client:not-a-real-secret').toString('base64');
  // An SDK's defaults: no time limit, no retries.
  const http = new HttpClient(AbortError, { timeout: 0 });
  const retries = {
    maxNumberOfRetries: 0,
    retryOnTimeout: true,
    retryInterval: 1,
    maximumRetryWaitTime: 0,
    backoffFactor: 2,
    httpStatusCodesToRetry: [408, 413, 429, 500, 502, 503, 504],
    httpMethodsToRetry: ['GET', 'PUT'],
  };
  const manager = {
    async updateToken(token) {
      return !isValid(token) || isExpired(token) ? this.fetchToken() : token;
    },
    async fetchToken() {
      const request = createRequest('POST', pathname);
      request.header('Authorization', `Basic ${basic}`);
      request.form({ grant_type: 'client_credentials' });
      request.authenticate(false);
      const { result } = await request.callAsJson(TOKEN);
      if (result.expiresIn) {
        result.expiry = BigInt(Math.round(Date.now() / 1000)) + result.expiresIn;
      }
      return result;
    },
  };
  const authenticate = compositeAuthenticationProvider({
    oauth2: requestAuthenticationProvider(undefined, (token) => manager.updateToken(token)),
  });
  const createRequest = createRequestBuilderFactory(
    (request, options) => http.executeRequest(request, options),
    () => origin,
    ApiError,
    authenticate,
    retries,
  );
  return authenticate;
}

// What the runtime does for each call of the API; that call's own request is not part of the comparison.
async function authorize(authenticate) {
  const request = { method: 'GET', url: 'http://api.invalid/things', headers: {} };
  await authenticate([{ oauth2: true }])(request, undefined, async () => undefined);
  if (!request.headers.authorization) {
    throw new Error('the request has no header');
  }
}

async function coldStart(authenticate) {
  const calls = await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      const begin = performance.now();
      const error = await authorize(authenticate).then(() => undefined, (error) => error);
      return { took: performance.now() - begin, error };
    }),
  );
  const errors = calls.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length > 0) {
    console.error(errors[0]);
  }
  say({
    callers: CALLERS,
    slowest_ms: Math.max(...calls.map(({ took }) => took)),
    waited: calls.filter(({ took }) => took > WAITED_FROM_MS).length,
    failed: errors.length,
  });
}

async function hot(authenticate) {
  const take = async (calls) => {
    const begin = performance.now();
    for (let call = 0; call < calls; call++) {
      await authorize(authenticate);
    }
    return performance.now() - begin;
  };
  const sample = 20_000;
  await take(sample);
  const calls = Math.floor((sample * ROUND_MS) / (await take(sample)));
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(best, await take(calls));
  }
  // V8 counts the bytes that are held, not the objects that came and went.
  say({ threads: 1, ns: (best / calls) * 1e6, allocations: null });
}

function say(line) {
  console.log(JSON.stringify(line));
}

const version = (name) => createRequire(import.meta.url)(`@apimatic/${name}/package.json`).version;
say({ subject: '@apimatic/oauth-adapters', version: `${version('oauth-adapters')} (core ${version('core')})` });
const [scenario, tokenUrl] = process.argv.slice(2);
if (scenario === 'T1') {
  await coldStart(client(tokenUrl));
} else if (scenario === 'T5') {
  say({ cannot: 'a token is replaced when it has expired; a 401 is an ApiError, and the client keeps the token' });
} else if (scenario === 'hot') {
  await hot(client(tokenUrl));
} else if (scenario !== undefined) {
  throw new Error(`no scenario ${scenario}`);
}
