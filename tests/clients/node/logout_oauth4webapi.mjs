// npm oauth4webapi, unmodified: signs a person in, hears of the end of the session by back channel, validates the logout token.
import * as oauth from 'oauth4webapi'
import { listen, refusals, validate } from './logout_token.mjs'
import { hear, tell, refusal } from './talk.mjs'

const ear = await listen()
tell({ logoutUri: ear.uri })
const plan = await hear()
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const client = { client_id: plan.clientId }
const auth = oauth.ClientSecretBasic(plan.secret)

const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
const open = new URL(as.authorization_endpoint)
open.search = new URLSearchParams({
  client_id: plan.clientId, response_type: 'code', redirect_uri: plan.redirectUri, scope: 'openid', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
tell({ open: open.href })
const answer = oauth.validateAuthResponse(as, client, new URL((await hear()).at), state)
const response = await oauth.authorizationCodeGrantRequest(as, client, auth, answer, plan.redirectUri, verifier, here)
const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true })
tell({ supported: [as.backchannel_logout_supported, as.backchannel_logout_session_supported] })

const told = await ear.next()
const trust = { issuer: as.issuer, jwksUri: as.jwks_uri, clientId: plan.clientId, seen: new Set() }
const claims = await validate(told.token, trust)
const refused = await refusals(told.token, tokens.id_token, trust)
const refresh = async () => oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, here),
)
const afterwards = await refusal(refresh())
tell({
  told: { method: told.method, type: told.type }, claims, signedIn: oauth.getValidatedIdTokenClaims(tokens), refused, afterwards,
})
process.exit(0)
