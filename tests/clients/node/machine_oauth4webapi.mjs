// npm oauth4webapi, unmodified, as a machine client: client credentials, introspection of what it got (JSON), revocation.
import * as oauth from 'oauth4webapi'
import { hear, tell } from './talk.mjs'

const plan = await hear()
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const client = { client_id: plan.clientId }
const auth = oauth.ClientSecretBasic(plan.secret)
const look = async (token) => oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, here))

const tokens = await oauth.processClientCredentialsResponse(
  as, client, await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(plan.parameters ?? {}), here),
)
const introspected = await look(tokens.access_token)
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, tokens.access_token, here))
const revoked = await look(tokens.access_token)
tell({ introspected, revoked, refresh: tokens.refresh_token ?? null, type: tokens.token_type })
process.exit(0)
