// npm openid-client, unmodified, through a whole life of a sign-in. The browser's part is done by whoever started this program:
// it is handed addresses as JSON lines on stdout and answers with where the browser ended, as JSON lines on stdin.
import * as client from 'openid-client'
import { importPKCS8 } from 'jose'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const methods = {
  client_secret_basic: () => client.ClientSecretBasic(plan.secret),
  client_secret_post: () => client.ClientSecretPost(plan.secret),
  none: () => client.None(),
  private_key_jwt: async () => client.PrivateKeyJwt({ key: await importPKCS8(plan.privateKey, plan.alg), kid: plan.kid }),
}
const config = await client.discovery(
  new URL(plan.issuer), plan.clientId, { id_token_signed_response_alg: plan.idTokenAlg ?? 'RS256' }, await methods[plan.method](),
  { execute: [client.allowInsecureRequests] },
)
client.enableNonRepudiationChecks(config) // verify signatures too, not only trust the connection

const start = async (more = {}) => {
  const proof = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: plan.redirectUri, scope: plan.scope, state: proof.expectedState, nonce: proof.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(proof.pkceCodeVerifier), code_challenge_method: 'S256', ...more,
  })
  tell({ open: url.href })
  const { at, form } = await hear()
  // A form_post answer is handed over as the request that the browser would have made.
  const answer = form ? new Request(at, { method: 'POST', body: new URLSearchParams(form) }) : new URL(at)
  return { answer, proof }
}

const signIn = await start(plan.authorization)
const again = signIn.answer instanceof Request ? signIn.answer.clone() : signIn.answer
const tokens = await client.authorizationCodeGrant(config, signIn.answer, { ...signIn.proof, idTokenExpected: true })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const confidential = plan.method !== 'none'
const introspected = confidential ? await client.tokenIntrospection(config, tokens.access_token) : undefined
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
const replayed = await refusal(client.authorizationCodeGrant(config, again, signIn.proof))

// A second sign-in with the live session, silently; its refresh token is then revoked.
const silent = await start({ prompt: 'none' })
const second = await client.authorizationCodeGrant(config, silent.answer, { ...silent.proof, idTokenExpected: true })
await client.tokenRevocation(config, second.refresh_token)
const afterRevocation = await refusal(client.refreshTokenGrant(config, second.refresh_token))

const state = client.randomState()
tell({ signOut: client.buildEndSessionUrl(config, { post_logout_redirect_uri: plan.postLogoutRedirectUri, id_token_hint: second.id_token, state }).href })
const signedOut = new URL((await hear()).at)
const after = await start({ prompt: 'none' })
const afterSignOut = await refusal(client.authorizationCodeGrant(config, after.answer, after.proof))

tell({
  claims, userinfo, introspected, replayed, afterRevocation, afterSignOut,
  tokenType: tokens.token_type, expiresIn: tokens.expires_in, secondClaims: second.claims(),
  rotated: refreshed.refresh_token !== undefined && refreshed.refresh_token !== tokens.refresh_token,
  refreshedAccessTokenDiffers: refreshed.access_token !== tokens.access_token,
  stateReturned: signedOut.searchParams.get('state') === state,
})
process.exit(0)
