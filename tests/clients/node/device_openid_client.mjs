// npm openid-client, unmodified: registers itself, signs in on a device without a keyboard, uses what it got.
import * as client from 'openid-client'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const config = await client.dynamicClientRegistration(
  new URL(plan.issuer), plan.metadata, undefined,
  { initialAccessToken: plan.initialAccessToken, execute: [client.allowInsecureRequests] },
)
client.enableNonRepudiationChecks(config)
const registered = config.clientMetadata()

const first = await client.initiateDeviceAuthorization(config, { scope: 'openid profile asn' })
tell({ userCode: first.user_code, page: first.verification_uri, scan: first.verification_uri_complete, clientId: registered.client_id })
const tokens = await client.pollDeviceAuthorizationGrant(config, first)
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)

const second = await client.initiateDeviceAuthorization(config, { scope: 'openid' })
tell({ userCode: second.user_code, page: second.verification_uri })
const declined = await refusal(client.pollDeviceAuthorizationGrant(config, second))

tell({ registered, claims, userinfo, declined, refreshed: Boolean(refreshed.access_token) })
process.exit(0)
