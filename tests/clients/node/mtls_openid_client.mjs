// npm openid-client, unmodified, behind real TLS with a client certificate: it proves itself with it, and its tokens are bound to it.
import * as client from 'openid-client'
import { importPKCS8 } from 'jose'
import * as undici from 'undici'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const fetching = (held) => {
  const dispatcher = new undici.Agent({ connect: held ?? {} })
  return (url, options) => undici.fetch(url, { ...options, dispatcher })
}
// Either it is known to the operator, or it registers itself; the registration endpoint asks for no certificate.
let [clientId, metadata] = [plan.clientId, { id_token_signed_response_alg: plan.idTokenAlg ?? 'RS256' }]
if (plan.initialAccessToken) {
  const made = await client.dynamicClientRegistration(
    new URL(plan.issuer), plan.metadata, client.TlsClientAuth(), { initialAccessToken: plan.initialAccessToken, [client.customFetch]: fetching() },
  )
  metadata = made.clientMetadata()
  clientId = metadata.client_id
}
const auth = plan.privateKey ? client.PrivateKeyJwt({ key: await importPKCS8(plan.privateKey, 'ES256'), kid: plan.kid }) : client.TlsClientAuth()
const connect = (held) => client.discovery(
  new URL(plan.issuer), clientId, { ...metadata, use_mtls_endpoint_aliases: true }, auth, { [client.customFetch]: fetching(held) },
)
const config = await connect(plan.held)
client.enableNonRepudiationChecks(config)
const [other, nobody] = [await connect(plan.other), await connect()]

const verifier = client.randomPKCECodeVerifier()
const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
const url = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: plan.redirectUri, scope: 'openid profile asn', state: expectedState, nonce: expectedNonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
tell({ open: url.href })
const answer = new URL((await hear()).at)

// Whoever proves itself by another key may show any certificate with the code: it is the token that gets bound.
const stolen = plan.privateKey ? null : await refusal(client.authorizationCodeGrant(other, answer, { pkceCodeVerifier: verifier, expectedState, expectedNonce }))
const tokens = await client.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState, expectedNonce, idTokenExpected: true })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const elsewhere = await refusal(client.fetchUserInfo(other, tokens.access_token, claims.sub))
const bare = await refusal(client.fetchUserInfo(nobody, tokens.access_token, claims.sub))
const introspected = await client.tokenIntrospection(config, tokens.access_token)
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
const again = await client.tokenIntrospection(config, refreshed.access_token)
tell({ token: tokens.access_token }) // somebody else tries it meanwhile
await hear()
const unproved = await refusal(client.refreshTokenGrant(nobody, tokens.refresh_token))
await client.tokenRevocation(config, tokens.refresh_token)
const revoked = await refusal(client.refreshTokenGrant(config, tokens.refresh_token))

tell({ clientId, stolen, claims, userinfo, elsewhere, bare, introspected, again, unproved, revoked, aliases: config.serverMetadata().mtls_endpoint_aliases ?? null })
process.exit(0)
