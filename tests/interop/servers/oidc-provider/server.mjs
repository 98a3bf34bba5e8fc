// oidc-provider: percent-decodes Basic; has introspection, revocation, resources, client assertions, sign-in pages, and an API that requires a bearer
// token.
import { createHash, randomBytes } from 'node:crypto';

import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

const port = Number(process.env.INTEROP_PORT);
const clients = JSON.parse(process.env.INTEROP_CLIENTS);
const keys = JSON.parse(process.env.INTEROP_KEYS);
const signIn = JSON.parse(process.env.INTEROP_SIGN_IN);
const lifetimes = new Map(clients.map((client) => [client.id, client.lifetime ?? 3600]));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    ...clients.map((client) => ({
      client_id: client.id,
      client_secret: client.secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      scope: client.scopes.join(' '),
      dpop_bound_access_tokens: client.quirk === 'dpop',
    })),
    ...keys.map((client) => ({
      client_id: client.id,
      client_secret: client.secret ?? undefined,
      jwks: client.jwk ? { keys: [client.jwk] } : undefined,
      token_endpoint_auth_method: client.jwk ? 'private_key_jwt' : 'client_secret_jwt',
      token_endpoint_auth_signing_alg: client.alg,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    {
      client_id: signIn.id,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      redirect_uris: ['http://127.0.0.1/callback'],
      response_types: ['code'],
      scope: ['openid', 'offline_access', ...signIn.scopes].join(' '),
    },
  ],
  scopes: ['openid', 'offline_access', ...new Set(clients.flatMap((client) => client.scopes))],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    pushedAuthorizationRequests: { enabled: true },
    introspection: { enabled: true, allowedPolicy: (ctx, client, token) => token.clientId === client.clientId },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({ scope: '', audience: resource, accessTokenFormat: 'opaque' }),
    },
    revocation: { enabled: true },
  },
  clientAuthMethods: [
    'client_secret_basic',
    'client_secret_jwt',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ],
  enabledJWA: {
    clientAuthSigningAlgValues: keys.map((client) => client.alg),
  },
  pkce: { required: () => true },
  ttl: {
    AccessToken: signIn.lifetime,
    ClientCredentials: (ctx, token, client) => lifetimes.get(client.clientId) ?? 3600,
  },
});

provider.on('server_error', (ctx, error) => console.error(error));

// The nonce of the API, which is another one than that of the token endpoint.
const apiNonce = randomBytes(16).toString('base64url');
const usedProofs = new Set();

// Returns the error of an API request's proof (RFC 9449 section 4.3), or nothing.
async function proofError(ctx, token) {
  try {
    const options = { typ: 'dpop+jwt', algorithms: ['ES256', 'EdDSA'] };
    const { payload, protectedHeader } = await jwtVerify(ctx.get('dpop'), EmbeddedJWK, options);
    const hash = createHash('sha256').update(token.jti).digest('base64url');
    const isValid =
      payload.htm === ctx.method &&
      payload.htu === `http://127.0.0.1:${port}${ctx.path}` &&
      Math.abs(Date.now() / 1000 - payload.iat) < 60 &&
      payload.ath === hash &&
      typeof payload.jti === 'string' &&
      !usedProofs.has(payload.jti) &&
      (await calculateJwkThumbprint(protectedHeader.jwk)) === token.jkt;
    usedProofs.add(payload.jti);
    if (!isValid) return 'invalid_dpop_proof';
    return payload.nonce === apiNonce ? undefined : 'use_dpop_nonce';
  } catch {
    return 'invalid_dpop_proof';
  }
}

provider.use(async (ctx, next) => {
  ctx.set('x-seen-user-agent', ctx.get('user-agent'));
  if (ctx.path !== '/api/whoami') return next();
  const [, scheme, bearer] = /^(Bearer|DPoP) (.+)$/.exec(ctx.get('authorization')) ?? [];
  const token =
    bearer && ((await provider.ClientCredentials.find(bearer)) ?? (await provider.AccessToken.find(bearer)));
  const hasScheme = token?.jkt ? scheme === 'DPoP' : scheme === 'Bearer';
  const error = scheme === 'DPoP' && token?.jkt ? await proofError(ctx, token) : undefined;
  if (scheme === 'DPoP') ctx.set('dpop-nonce', apiNonce);
  if (error) {
    ctx.status = 401;
    ctx.set('www-authenticate', `DPoP error="${error}"`);
    ctx.body = { error };
  } else if (token?.isValid && hasScheme) {
    ctx.body = { client_id: token.clientId, scope: token.scope ?? '', user: token.accountId };
  } else {
    ctx.status = 401;
    ctx.set('www-authenticate', bearer ? 'Bearer error="invalid_token"' : 'Bearer');
    ctx.body = { error: 'invalid_token' };
  }
});

provider.listen(port, '127.0.0.1', () => console.log(`ready on port ${port}`));
