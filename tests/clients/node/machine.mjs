// npm openid-client as a machine client: client credentials, then introspection of what it got.
import * as client from 'openid-client'

const plan = JSON.parse(process.argv[2])
const config = await client.discovery(new URL(plan.issuer), plan.clientId, {}, client.ClientSecretBasic(plan.secret), { execute: [client.allowInsecureRequests] })
const tokens = await client.clientCredentialsGrant(config, plan.parameters ?? {})
const introspected = await client.tokenIntrospection(config, tokens.access_token)
await client.tokenRevocation(config, tokens.access_token)
const revoked = await client.tokenIntrospection(config, tokens.access_token)
process.stdout.write(JSON.stringify({ introspected, revoked, refresh: tokens.refresh_token ?? null, type: tokens.token_type }))
