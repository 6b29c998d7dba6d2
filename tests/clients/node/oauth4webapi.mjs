// npm oauth4webapi, unmodified: private_key_jwt, a pushed signed request (PAR + JAR), a signed answer (JARM), introspection as JWT; tokens bound to a key (DPoP).
import { createInterface } from 'node:readline'
import * as oauth from 'oauth4webapi'
import { importPKCS8 } from 'jose'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const hear = async () => JSON.parse((await lines.next()).value)
const tell = (message) => process.stdout.write(JSON.stringify(message) + '\n')

const plan = await hear()
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const key = await importPKCS8(plan.privateKey, 'ES256')
const client = {
  client_id: plan.clientId, id_token_signed_response_alg: 'ES256', authorization_signed_response_alg: 'ES256',
  introspection_signed_response_alg: 'ES256', [oauth.clockTolerance]: 5,
}
const auth = oauth.PrivateKeyJwt({ key, kid: plan.kid })
const bound = { ...here, DPoP: oauth.DPoP(client, await oauth.generateKeyPair('ES256')) }

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const parameters = new URLSearchParams({
  client_id: plan.clientId, response_type: 'code', response_mode: 'jwt', redirect_uri: plan.redirectUri, scope: plan.scope, state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const request = await oauth.issueRequestObject(as, client, parameters, { key, kid: plan.kid })
const pushed = await oauth.processPushedAuthorizationResponse(
  as, client, await oauth.pushedAuthorizationRequest(as, client, auth, { request }, bound),
)
tell({ open: `${as.authorization_endpoint}?${new URLSearchParams({ client_id: plan.clientId, request_uri: pushed.request_uri })}` })
const { at } = await hear()

const answer = await oauth.validateJwtAuthResponse(as, client, new URL(at), state, here)
const tokens = await oauth.processAuthorizationCodeResponse(
  as, client,
  await oauth.authorizationCodeGrantRequest(as, client, auth, answer, plan.redirectUri, verifier, bound),
  { expectedNonce: nonce, requireIdToken: true },
)
const claims = oauth.getValidatedIdTokenClaims(tokens)
const userinfo = await oauth.processUserInfoResponse(
  as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, bound),
)
const introspection = await oauth.introspectionRequest(as, client, auth, tokens.access_token, { ...here, requestJwtResponse: true })
const media = introspection.headers.get('content-type')
const introspected = await oauth.processIntrospectionResponse(as, client, introspection)
tell({ claims, userinfo, introspected, media, expiresIn: pushed.expires_in, tokenType: tokens.token_type })
process.exit(0)
