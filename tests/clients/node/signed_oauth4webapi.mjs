// npm oauth4webapi, unmodified: private_key_jwt, a pushed signed request (PAR + JAR), a signed answer (JARM), introspection as JWT;
// tokens bound to a key (DPoP), with the nonces that the provider demands.
import * as oauth from 'oauth4webapi'
import { importPKCS8 } from 'jose'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const [challenged, media] = [[], []]
const fetching = async (url, options) => {
  const response = await fetch(url, options)
  if (response.status >= 400 && response.headers.has('dpop-nonce')) challenged.push(new URL(url).pathname)
  if (new URL(url).pathname === '/introspect') media.push(response.headers.get('content-type'))
  return response
}
const here = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetching }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const key = await importPKCS8(plan.privateKey, 'ES256')
// Either it is known to the operator, or it registers itself and goes on with what it was told about itself.
const client = plan.initialAccessToken
  ? await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, plan.metadata, { ...here, initialAccessToken: plan.initialAccessToken }),
    )
  : { client_id: plan.clientId, ...plan.metadata }
const clientId = client.client_id
const auth = oauth.PrivateKeyJwt({ key, kid: plan.kid })
const bound = { ...here, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) }
// As the library's documentation has it: one refusal teaches the nonce, the second try has it.
const withNonce = async (attempt) => {
  try { return await attempt() } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return attempt()
  }
}

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const parameters = new URLSearchParams({
  client_id: clientId, response_type: 'code', response_mode: 'jwt', redirect_uri: plan.redirectUri, scope: plan.scope, state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const request = await oauth.issueRequestObject(as, client, parameters, { key, kid: plan.kid })
const pushed = await withNonce(async () => oauth.processPushedAuthorizationResponse(
  as, client, await oauth.pushedAuthorizationRequest(as, client, auth, { request }, bound),
))
const open = new URL(as.authorization_endpoint)
open.search = new URLSearchParams({ client_id: clientId, request_uri: pushed.request_uri })
tell({ open: open.href })

const at = new URL((await hear()).at)
const answer = await oauth.validateJwtAuthResponse(as, client, at, state, here)
const tokens = await withNonce(async () => oauth.processAuthorizationCodeResponse(
  as, client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, answer, plan.redirectUri, verifier, bound),
  { expectedNonce: nonce, requireIdToken: true },
))
const claims = oauth.getValidatedIdTokenClaims(tokens)
const ask = async (token, how) => oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, token, how))
const look = async (token) => oauth.processIntrospectionResponse(
  as, client, await oauth.introspectionRequest(as, client, auth, token, { ...here, requestJwtResponse: true }),
)
const userinfo = await withNonce(() => ask(tokens.access_token, bound))
const asBearer = await refusal(ask(tokens.access_token, here))
const introspected = await look(tokens.access_token)
const refreshed = await withNonce(async () => oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, bound),
))
const again = await withNonce(() => ask(refreshed.access_token, bound))
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, refreshed.access_token, here))
const revoked = await look(refreshed.access_token)
tell({
  clientId, claims, userinfo, asBearer, introspected, again, revoked, challenged, media: media[0], tokenType: tokens.token_type,
  answered: [...at.searchParams.keys()], asked: [...open.searchParams.keys()],
})
process.exit(0)
