// The receiving end of back-channel logout (OpenID Connect Back-Channel Logout 1.0, section 2.6). Neither openid-client nor oauth4webapi
// has a function for it; their author's `jose`, which openid-client itself verifies with, is what their users take.
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Validates a logout token step by step and gives its claims; throws what is wrong with it. */
export const validate = async (token, { issuer, jwksUri, clientId, seen }) => {
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwksUri)), {
    issuer, audience: clientId, typ: 'logout+jwt', algorithms: ['RS256'], maxTokenAge: '2 minutes', requiredClaims: ['iat', 'exp', 'jti', 'events'], clockTolerance: 5,
  })
  if (!payload.sub && !payload.sid) throw new Error('neither sub nor sid')
  if (!payload.events || typeof payload.events[EVENT] !== 'object') throw new Error('not the logout event')
  if ('nonce' in payload) throw new Error('nonce')
  if (seen.has(payload.jti)) throw new Error('replayed')
  seen.add(payload.jti)
  return payload
}

/** Listens on a loopback port; `next()` gives the next request: how it came and the token in it. Answers 200. */
export const listen = async () => {
  const [arrived, waiting] = [[], []]
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => { body += part })
    request.on('end', () => {
      const one = { method: request.method, type: request.headers['content-type'], token: new URLSearchParams(body).get('logout_token') }
      const taker = waiting.shift()
      if (taker) taker(one)
      else arrived.push(one)
      response.writeHead(200, { 'cache-control': 'no-store' }).end()
    })
  })
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const next = () => new Promise((resolve) => { arrived.length ? resolve(arrived.shift()) : waiting.push(resolve) })
  return { uri: `http://127.0.0.1:${server.address().port}/logout`, next }
}

/** What becomes of logout tokens that are none: an ID token, one with a changed claim, the same one twice, one for somebody else. */
export const refusals = async (token, idToken, trust) => {
  const reason = (promise) => promise.then(() => 'accepted', (error) => error.code ?? error.message)
  const [head, body, signature] = token.split('.')
  const other = { ...JSON.parse(Buffer.from(body, 'base64url')), sid: 'another', jti: 'fresh' }
  const changed = [head, Buffer.from(JSON.stringify(other)).toString('base64url'), signature].join('.')
  const fresh = () => ({ ...trust, seen: new Set() })
  return {
    idToken: await reason(validate(idToken, fresh())), changed: await reason(validate(changed, fresh())),
    replayed: await reason(validate(token, trust)), foreign: await reason(validate(token, { ...fresh(), clientId: 'another' })),
  }
}
