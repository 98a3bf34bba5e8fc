// @node-oauth/oauth2-server with an in-memory model: does not decode Basic (raw); no introspection, no revocation.
import express from 'express';
import OAuth2Server from '@node-oauth/oauth2-server';

const { Request, Response } = OAuth2Server;
const port = Number(process.env.INTEROP_PORT);
const clients = JSON.parse(process.env.INTEROP_CLIENTS);
const tokens = new Map();

const oauth = new OAuth2Server({
  accessTokenLifetime: 3600,
  model: {
    getClient(id, secret) {
      const client = clients.find((client) => client.id === id && client.secret === secret);
      return client && { ...client, grants: ['client_credentials'], accessTokenLifetime: client.lifetime ?? undefined };
    },
    getUserFromClient: (client) => ({ id: client.id }),
    validateScope(user, client, scope) {
      const known = (scope ?? []).every((one) => client.scopes.includes(one));
      return known && !(client.quirk === 'scope required' && !scope) && (scope ?? []);
    },
    saveToken(token, client, user) {
      const saved = { ...token, client, user };
      tokens.set(token.accessToken, saved);
      return saved;
    },
    getAccessToken: (token) => tokens.get(token),
  },
});

const serve = (handle) => async (request, response) => {
  const oauthResponse = new Response(response);
  try {
    oauthResponse.body = (await handle(new Request(request), oauthResponse)) ?? oauthResponse.body;
  } catch (error) {
    oauthResponse.status = error.code ?? 500;
    oauthResponse.body = { error: error.name, error_description: error.message };
  }
  response.set(oauthResponse.headers).status(oauthResponse.status).send(oauthResponse.body);
};

const app = express();
app.use((request, response, next) => {
  response.set('x-seen-user-agent', request.get('user-agent'));
  next();
});
app.use(express.urlencoded({ extended: false }));
app.post('/oauth/token', serve(async (request, oauthResponse) => void (await oauth.token(request, oauthResponse))));
app.get('/api/whoami', serve(async (request, oauthResponse) => {
  const token = await oauth.authenticate(request, oauthResponse);
  return { client_id: token.client.id, scope: token.scope.join(' ') };
}));
app.listen(port, '127.0.0.1', () => console.log(`ready on port ${port}`));
