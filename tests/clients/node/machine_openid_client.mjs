// npm openid-client, unmodified, as a machine client: client credentials, introspection of what it got (JSON), revocation.
import * as client from 'openid-client'
import { hear, tell } from './talk.mjs'

const plan = await hear()
const config = await client.discovery(
  new URL(plan.issuer), plan.clientId, {}, client.ClientSecretBasic(plan.secret), { execute: [client.allowInsecureRequests] },
)
const tokens = await client.clientCredentialsGrant(config, plan.parameters ?? {})
const introspected = await client.tokenIntrospection(config, tokens.access_token)
await client.tokenRevocation(config, tokens.access_token)
const revoked = await client.tokenIntrospection(config, tokens.access_token)
tell({ introspected, revoked, refresh: tokens.refresh_token ?? null, type: tokens.token_type })
process.exit(0)
