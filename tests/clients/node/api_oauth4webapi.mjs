// npm oauth4webapi, unmodified, on both sides of an API: a machine asks for a token (bound to its key or not) and calls; the API checks
// what arrives by the provider's published keys alone (RFC 9068, RFC 9449).
import * as oauth from 'oauth4webapi'
import { hear, tell } from './talk.mjs'

const plan = await hear()
const refusal = async (promise) => promise.then(() => 'accepted', (error) => error.message)
const here = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(plan.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, here))
const client = { client_id: plan.clientId }
const auth = oauth.ClientSecretBasic(plan.secret)
const obtain = async (how) => oauth.processClientCredentialsResponse(
  as, client, await oauth.clientCredentialsGrantRequest(as, client, auth, new URLSearchParams(plan.parameters), { ...here, ...how }),
)
const call = async (token, how) => {
  let seen
  await oauth.protectedResourceRequest(token, 'GET', new URL(plan.api), undefined, undefined, {
    ...how, [oauth.customFetch]: async (url, options) => { seen = new Request(url, options); return new Response('{}') },
  })
  return seen
}
const check = (request, audience = plan.audience) => oauth.validateJwtAccessToken(as, request, audience, here)

const bearer = await obtain()
const claims = await check(await call(bearer.access_token))
const elsewhere = await refusal(check(await call(bearer.access_token), 'https://another.example.go.id'))

const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
const thief = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
const bound = await obtain({ DPoP })
const boundClaims = await check(await call(bound.access_token, { DPoP }))
const stolen = await refusal(check(await call(bound.access_token, { DPoP: thief })))
const asBearer = await refusal(check(await call(bound.access_token)))

tell({ claims, boundClaims, types: [bearer.token_type, bound.token_type], elsewhere, stolen, asBearer })
process.exit(0)
