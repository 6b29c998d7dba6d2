// npm openid-client, unmodified: the answer of the authorization endpoint, the ID token and the userinfo are signed and then encrypted to it.
import * as client from 'openid-client'
import { importJWK } from 'jose'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const raw = []
const fetching = async (url, options) => {
  const response = await fetch(url, options)
  if (new URL(url).pathname === '/userinfo') raw.push(response.headers.get('content-type'), (await response.clone().text()).split('.').length)
  return response
}
const options = { execute: [client.allowInsecureRequests, client.useJwtResponseMode], [client.customFetch]: fetching }
const connect = () => client.discovery(new URL(plan.issuer), plan.clientId, plan.metadata, client.ClientSecretBasic(plan.secret), options)
const config = await connect()
client.enableDecryptingResponses(config, ['A256GCM'], { key: await importJWK(plan.key, plan.alg), kid: plan.key.kid, alg: plan.alg })
client.enableNonRepudiationChecks(config)

const proof = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
tell({
  open: client.buildAuthorizationUrl(config, {
    redirect_uri: plan.redirectUri, scope: 'openid profile asn', state: proof.expectedState, nonce: proof.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(proof.pkceCodeVerifier), code_challenge_method: 'S256',
  }).href,
})
const at = new URL((await hear()).at)
const keyless = await refusal(client.authorizationCodeGrant(await connect(), at, { ...proof, idTokenExpected: true }))
const tokens = await client.authorizationCodeGrant(config, at, { ...proof, idTokenExpected: true })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
tell({ claims, userinfo, raw, keyless, parts: [at.searchParams.get('response').split('.').length, tokens.id_token.split('.').length] })
process.exit(0)
