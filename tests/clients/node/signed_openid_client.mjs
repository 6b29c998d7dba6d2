// npm openid-client, unmodified: private_key_jwt, a pushed signed request (PAR + JAR), a signed answer (JARM), introspection as JWT;
// tokens bound to a key (DPoP), with the nonces that the provider demands.
import * as client from 'openid-client'
import { importPKCS8 } from 'jose'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const key = await importPKCS8(plan.privateKey, 'ES256')
const [challenged, media] = [[], []]
const fetching = async (url, options) => {
  const response = await fetch(url, options)
  if (response.status >= 400 && response.headers.has('dpop-nonce')) challenged.push(new URL(url).pathname)
  if (new URL(url).pathname === '/introspect') media.push(response.headers.get('content-type'))
  return response
}
const options = {
  execute: [client.allowInsecureRequests, client.useJwtResponseMode, client.enableNonRepudiationChecks], [client.customFetch]: fetching,
}
const auth = client.PrivateKeyJwt({ key, kid: plan.kid })
// Either it is known to the operator, or it registers itself and goes on with what it was told about itself.
const config = plan.initialAccessToken
  ? await client.dynamicClientRegistration(new URL(plan.issuer), plan.metadata, auth, { ...options, initialAccessToken: plan.initialAccessToken })
  : await client.discovery(new URL(plan.issuer), plan.clientId, plan.metadata, auth, options)
const clientId = config.clientMetadata().client_id
const bound = { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) }

const proof = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
const signed = await client.buildAuthorizationUrlWithJAR(config, {
  redirect_uri: plan.redirectUri, scope: plan.scope, state: proof.expectedState, nonce: proof.expectedNonce,
  code_challenge: await client.calculatePKCECodeChallenge(proof.pkceCodeVerifier), code_challenge_method: 'S256',
}, { key, kid: plan.kid })
const pushed = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, bound)
tell({ open: pushed.href })

const at = new URL((await hear()).at)
const tokens = await client.authorizationCodeGrant(config, at, { ...proof, idTokenExpected: true }, undefined, bound)
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, bound)
const asBearer = await refusal(client.fetchUserInfo(config, tokens.access_token, claims.sub))
const introspected = await client.tokenIntrospection(config, tokens.access_token)
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, bound)
const again = await client.fetchUserInfo(config, refreshed.access_token, claims.sub, bound)
await client.tokenRevocation(config, refreshed.access_token)
const revoked = await client.tokenIntrospection(config, refreshed.access_token)
tell({
  clientId, claims, userinfo, asBearer, introspected, again, revoked, challenged, media: media[0], tokenType: tokens.token_type,
  answered: [...at.searchParams.keys()], asked: [...pushed.searchParams.keys()],
})
process.exit(0)
