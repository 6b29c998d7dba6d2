// npm oidc-provider as the benchmark's peer: a node cluster over one PostgreSQL, with a dev login that accepts login_hint.
import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

import { PostgresAdapter, SCHEMA, account, pool } from './adapter.mjs';

// Environment: PEER_PORT, PEER_WORKERS, PEER_DATABASE_URL, PEER_SETUP (a JSON file: jwks, clients, cookie_key, resource, access_token_alg, people).
const port = Number(process.env.PEER_PORT);
const issuer = `http://localhost:${port}`;
const setup = JSON.parse(readFileSync(process.env.PEER_SETUP, 'utf8'));

function claims(row) {
  return async () => ({ sub: row.id, ...row, id: undefined, updated_at: Number(row.updated_at) });
}

async function findAccount(ctx, id) {
  const row = await account(id);
  return row && { accountId: id, claims: claims(row) };
}

// What its own documentation recommends for first-party applications: the grant is there without asking.
async function loadExistingGrant(ctx) {
  const grantId = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
  if (grantId) return ctx.oidc.provider.Grant.find(grantId);
  const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}

const configuration = {
  clients: setup.clients,
  jwks: setup.jwks,
  cookies: { keys: [setup.cookie_key] },
  claims: {
    openid: ['sub'],
    profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
    email: ['email', 'email_verified'],
  },
  scopes: ['openid', 'profile', 'email', 'offline_access', 'api'],
  adapter: PostgresAdapter,
  findAccount,
  loadExistingGrant,
  issueRefreshToken: async (ctx, client) => client.grantTypeAllowed('refresh_token'),
  // "bench-refresh" stands for an application with offline access, whose tokens outlive the session, as at ours.
  expiresWithSession: async (ctx, source) => source.clientId !== 'bench-refresh' && !source.scopes.has('offline_access'),
  rotateRefreshToken: false, // confidential clients keep theirs, as ours do
  pkce: { required: () => true },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    // A resource named in the request gets a JWT access token (RFC 9068), signed as ours are.
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: 'api', audience: setup.resource, accessTokenTTL: 300, accessTokenFormat: 'jwt',
        jwt: { sign: { alg: client.clientId === 'bench-machine-rs256' ? 'RS256' : setup.access_token_alg } },
      }),
    },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: { enabled: true },
  },
  ttl: {
    AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300, IdToken: 300, RefreshToken: 14 * 86400,
    Session: 12 * 3600, Grant: 12 * 3600, Interaction: 600,
  },
};

async function work() {
  const provider = new Provider(issuer, configuration);
  provider.on('server_error', (ctx, error) => { console.error(error); });
  const handle = provider.callback();
  createServer(async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return handle(request, response);
    try { // the dev login: whoever login_hint names is signed in at once
      const details = await provider.interactionDetails(request, response);
      const login = { accountId: details.params.login_hint, amr: ['pwd'], acr: 'urn:sumut:acr:1' };
      return await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
    } catch (error) {
      response.writeHead(400);
      return response.end(String(error));
    }
  }).listen(port, '127.0.0.1');
}

if (cluster.isPrimary) {
  await pool.query(SCHEMA);
  await pool.query(
    `INSERT INTO accounts SELECT 'p' || n, 'Pegawai ' || n, 'Pegawai', n::text, 'pegawai' || n, 'pegawai' || n || '@example.org', true, 'id', 1700000000
     FROM generate_series(1, $1::int) n ON CONFLICT DO NOTHING`, [setup.people]);
  await pool.query('ANALYZE accounts');
  await pool.end();
  for (let n = 0; n < Number(process.env.PEER_WORKERS ?? 2); n += 1) cluster.fork();
  process.on('SIGTERM', () => { for (const worker of Object.values(cluster.workers)) worker.kill(); process.exit(0); });
} else {
  await work();
}
