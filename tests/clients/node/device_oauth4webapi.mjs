// npm oauth4webapi, unmodified: registers itself, signs in on a device without a keyboard, uses what it got.
import * as oauth from 'oauth4webapi'
import { setTimeout as sleep } from 'node:timers/promises'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const client = await oauth.processDynamicClientRegistrationResponse(
  await oauth.dynamicClientRegistrationRequest(as, plan.metadata, { ...here, initialAccessToken: plan.initialAccessToken }),
)
const auth = oauth.ClientSecretPost(client.client_secret)

const begin = async (scope) => oauth.processDeviceAuthorizationResponse(
  as, client, await oauth.deviceAuthorizationRequest(as, client, auth, new URLSearchParams({ scope }), here),
)
const waited = []
const poll = async (device) => {
  for (let interval = device.interval ?? 5; ;) {
    await sleep(interval * 1000)
    const response = await oauth.deviceCodeGrantRequest(as, client, auth, device.device_code, here)
    try {
      return [await oauth.processDeviceCodeResponse(as, client, response), response]
    } catch (error) {
      if (!['authorization_pending', 'slow_down'].includes(error.error)) throw error
      if (error.error === 'slow_down') interval += 5
      waited.push(error.error)
    }
  }
}

const first = await begin('openid profile asn')
tell({ userCode: first.user_code, page: first.verification_uri, scan: first.verification_uri_complete, clientId: client.client_id })
const [tokens, response] = await poll(first)
await oauth.validateApplicationLevelSignature(as, response, here)
const claims = oauth.getValidatedIdTokenClaims(tokens)
const userinfo = await oauth.processUserInfoResponse(
  as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, here),
)
const refreshed = await oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, here),
)

const second = await begin('openid')
tell({ userCode: second.user_code, page: second.verification_uri })
const declined = await refusal(poll(second))

tell({ registered: client, claims, userinfo, declined, refreshed: Boolean(refreshed.access_token), waited })
process.exit(0)
