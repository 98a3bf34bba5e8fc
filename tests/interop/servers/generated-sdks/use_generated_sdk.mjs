// Uses a generated SDK in TypeScript and its runtime as an application does. Reads one JSON object from standard input and
// writes one to standard output, so that secrets are in neither arguments nor variables.
//
// - `fetch`: returns a token in the JSON forms that applications store, and the header of the token request;
// - `load`: returns for each stored text the header of a call, or why the token is rejected.

import { createRequire } from 'node:module';

const require = createRequire(`${process.env.INTEROP_NODE_MODULES}/sdk.js`);
const JSONBig = require('@apimatic/json-bigint');
const { requestAuthenticationProvider } = require('@apimatic/oauth-adapters');
const { Client } = require('@paypal/paypal-server-sdk');

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const input = JSON.parse(Buffer.concat(chunks).toString());
const output = input.fetch ? await fetchToken(input.fetch) : await Promise.all(input.load.map(load));
process.stdout.write(JSON.stringify(output));

// The SDK's endpoint is built in, so the adapter redirects its requests to the server under test.
async function fetchToken({ url, id, secret }) {
  let authorization;
  const adapter = async (config) => {
    const { Authorization, Accept, 'Content-Type': type } = config.headers;
    authorization = Authorization;
    const headers = { Authorization, Accept, 'Content-Type': type };
    const response = await fetch(url, { method: 'POST', headers, body: config.data });
    return { data: await response.text(), status: response.status, statusText: '', headers: {}, config };
  };
  const client = new Client({
    clientCredentialsAuthCredentials: { oAuthClientId: id, oAuthClientSecret: secret },
    unstable_httpClientOptions: { adapter },
  });
  const token = await client.clientCredentialsAuthManager.fetchToken();
  const asText = (_, value) => (typeof value === 'bigint' ? value.toString() : value);
  return {
    authorization,
    accessToken: token.accessToken,
    stored: [JSONBig.stringify(token), JSON.stringify(token, asText)],
  };
}

// With a clock skew, the runtime needs a bigint.
async function load({ text, clockSkew }) {
  const revive = (name, value) => (name === 'expiry' ? BigInt(value) : value);
  const token = JSON.parse(text, clockSkew === undefined ? undefined : revive);
  const authenticate = requestAuthenticationProvider(token, undefined, undefined, { clockSkew });
  const request = { headers: {} };
  try {
    await authenticate(true)(request, undefined, async () => ({}));
    return { authorization: request.headers.authorization };
  } catch (error) {
    return { rejected: error.message };
  }
}
