// npm oauth4webapi, unmodified: the answer of the authorization endpoint, the ID token and the userinfo are signed and then encrypted to it.
import * as oauth from 'oauth4webapi'
import { compactDecrypt, importJWK } from 'jose'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const client = { client_id: plan.clientId, ...plan.metadata }
const auth = oauth.ClientSecretBasic(plan.secret)
const key = await importJWK(plan.key, plan.alg)
const decrypt = {
  [oauth.jweDecrypt]: async (jwe) => {
    const found = await compactDecrypt(jwe, key, { keyManagementAlgorithms: [plan.alg], contentEncryptionAlgorithms: ['A256GCM'] })
    return new TextDecoder().decode(found.plaintext)
  },
}

const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
const open = new URL(as.authorization_endpoint)
open.search = new URLSearchParams({
  client_id: plan.clientId, response_type: 'code', response_mode: 'jwt', redirect_uri: plan.redirectUri, scope: 'openid profile asn', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
tell({ open: open.href })
const at = new URL((await hear()).at)
const keyless = await refusal(oauth.validateJwtAuthResponse(as, client, at, state, here))
const answer = await oauth.validateJwtAuthResponse(as, client, at, state, { ...here, ...decrypt })
const response = await oauth.authorizationCodeGrantRequest(as, client, auth, answer, plan.redirectUri, verifier, here)
const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true, ...decrypt })
await oauth.validateApplicationLevelSignature(as, response, here)
const claims = oauth.getValidatedIdTokenClaims(tokens)
const told = await oauth.userInfoRequest(as, client, tokens.access_token, here)
const raw = [told.headers.get('content-type'), (await told.clone().text()).split('.').length]
const userinfo = await oauth.processUserInfoResponse(as, client, claims.sub, told, decrypt)
await oauth.validateApplicationLevelSignature(as, told, here)
tell({ claims, userinfo, raw, keyless, parts: [at.searchParams.get('response').split('.').length, tokens.id_token.split('.').length] })
process.exit(0)
