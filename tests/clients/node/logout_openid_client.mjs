// npm openid-client, unmodified: signs a person in, hears of the end of the session by back channel, validates the logout token.
import * as client from 'openid-client'
import { listen, refusals, validate } from './logout_token.mjs'
import { hear, tell, refusal } from './talk.mjs'

const ear = await listen()
tell({ logoutUri: ear.uri })
const plan = await hear()
const config = await client.discovery(
  new URL(plan.issuer), plan.clientId, {}, client.ClientSecretBasic(plan.secret), { execute: [client.allowInsecureRequests] },
)
const server = config.serverMetadata()
const proof = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce() }
tell({
  open: client.buildAuthorizationUrl(config, {
    redirect_uri: plan.redirectUri, scope: 'openid', state: proof.expectedState, nonce: proof.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(proof.pkceCodeVerifier), code_challenge_method: 'S256',
  }).href,
})
const tokens = await client.authorizationCodeGrant(config, new URL((await hear()).at), { ...proof, idTokenExpected: true })
tell({ supported: [server.backchannel_logout_supported, server.backchannel_logout_session_supported] })

const told = await ear.next()
const trust = { issuer: server.issuer, jwksUri: server.jwks_uri, clientId: plan.clientId, seen: new Set() }
const claims = await validate(told.token, trust)
const refused = await refusals(told.token, tokens.id_token, trust)
const afterwards = await refusal(client.refreshTokenGrant(config, tokens.refresh_token))
tell({ told: { method: told.method, type: told.type }, claims, signedIn: tokens.claims(), refused, afterwards })
process.exit(0)
