// npm oauth4webapi, unmodified, behind real TLS with a client certificate: it proves itself with it, and its tokens are bound to it.
import * as oauth from 'oauth4webapi'
import { importPKCS8 } from 'jose'
import * as undici from 'undici'
import { hear, tell, refusal } from './talk.mjs'

const plan = await hear()
const fetching = (held) => {
  const dispatcher = new undici.Agent({ connect: held ?? {} })
  return { [oauth.customFetch]: (url, options) => undici.fetch(url, { ...options, dispatcher }) }
}
const [mine, other, nobody] = [fetching(plan.held), fetching(plan.other), fetching()]
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, nobody))
// Either it is known to the operator, or it registers itself; the registration endpoint asks for no certificate.
const known = plan.initialAccessToken
  ? await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(as, plan.metadata, { ...nobody, initialAccessToken: plan.initialAccessToken }),
    )
  : { client_id: plan.clientId, id_token_signed_response_alg: plan.idTokenAlg ?? 'RS256' }
const client = { ...known, use_mtls_endpoint_aliases: true }
const auth = plan.privateKey ? oauth.PrivateKeyJwt({ key: await importPKCS8(plan.privateKey, 'ES256'), kid: plan.kid }) : oauth.TlsClientAuth()

const verifier = oauth.generateRandomCodeVerifier()
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
const parameters = new URLSearchParams({
  client_id: client.client_id, response_type: 'code', redirect_uri: plan.redirectUri, scope: 'openid profile asn', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const pushed = await oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, auth, parameters, mine))
tell({ open: `${as.authorization_endpoint}?${new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })}` })
const answer = oauth.validateAuthResponse(as, client, new URL((await hear()).at), state)

const redeem = async (how) => oauth.processAuthorizationCodeResponse(
  as, client, await oauth.authorizationCodeGrantRequest(as, client, auth, answer, plan.redirectUri, verifier, how),
  { expectedNonce: nonce, requireIdToken: true },
)
const refresh = async (how) => oauth.processRefreshTokenResponse(
  as, client, await oauth.refreshTokenGrantRequest(as, client, auth, tokens.refresh_token, how),
)
const ask = async (how) => oauth.processUserInfoResponse(
  as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, how),
)
const look = async (token) => oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, auth, token, mine))

// Whoever proves itself by another key may show any certificate with the code: it is the token that gets bound.
const stolen = plan.privateKey ? null : await refusal(redeem(other))
const tokens = await redeem(mine)
const claims = oauth.getValidatedIdTokenClaims(tokens)
const userinfo = await ask(mine)
const elsewhere = await refusal(ask(other))
const bare = await refusal(ask(nobody))
const introspected = await look(tokens.access_token)
const again = await look((await refresh(mine)).access_token)
tell({ token: tokens.access_token }) // somebody else tries it meanwhile
await hear()
const unproved = await refusal(refresh(nobody))
await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, tokens.refresh_token, mine))
const revoked = await refusal(refresh(mine))

tell({ clientId: client.client_id, stolen, claims, userinfo, elsewhere, bare, introspected, again, unproved, revoked, aliases: as.mtls_endpoint_aliases ?? null })
process.exit(0)
