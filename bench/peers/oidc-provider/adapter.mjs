// The PostgreSQL adapter of ours for npm oidc-provider: one table for every model, prepared statements, no extra round trip.
// It keeps durable commits (the server's default) and does nothing that the library does not ask for.
import pg from 'pg';

// Payloads are JSON text columns read whole; the library compares nothing inside them.
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS artefacts (
  kind text NOT NULL, id text NOT NULL, payload jsonb NOT NULL, grant_id text, uid text, user_code text,
  expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (kind, id));
CREATE INDEX IF NOT EXISTS artefacts_grant ON artefacts (grant_id) WHERE grant_id IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS artefacts_uid ON artefacts (uid) WHERE uid IS NOT NULL AND kind = 'Session';
CREATE UNIQUE INDEX IF NOT EXISTS artefacts_user_code ON artefacts (user_code) WHERE user_code IS NOT NULL;
CREATE TABLE IF NOT EXISTS accounts (id text PRIMARY KEY, name text NOT NULL, given_name text, family_name text,
  preferred_username text NOT NULL, email text NOT NULL, email_verified boolean NOT NULL, locale text, updated_at bigint NOT NULL);
`;

const ROW = "SELECT payload, consumed_at FROM artefacts WHERE (expires_at IS NULL OR expires_at > now()) AND ";
const STATEMENTS = {
  find: `${ROW} kind = $1 AND id = $2`,
  findByUid: `${ROW} kind = $1 AND kind = 'Session' AND uid = $2`,
  findByUserCode: `${ROW} kind = $1 AND user_code = $2`,
  consume: 'UPDATE artefacts SET consumed_at = now() WHERE kind = $1 AND id = $2',
  destroy: 'DELETE FROM artefacts WHERE kind = $1 AND id = $2',
  upsert: `INSERT INTO artefacts (kind, id, payload, grant_id, uid, user_code, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload,
    grant_id = excluded.grant_id, uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at`,
  revoke: 'DELETE FROM artefacts WHERE kind = $1 AND grant_id = $2',
  account: 'SELECT * FROM accounts WHERE id = $1',
};
const GRANTABLE = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);

export const pool = new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 16 });

function run(name, values) {
  return pool.query({ name, text: STATEMENTS[name], values });
}

// As the library's documentation has it (any account is found, in memory), or as a directory does it (a row read each time).
export async function account(id) {
  if (process.env.PEER_ACCOUNTS !== 'database') {
    const number = id.slice(1);
    return {
      id, name: `Pegawai ${number}`, given_name: 'Pegawai', family_name: number, preferred_username: `pegawai${number}`,
      email: `pegawai${number}@example.org`, email_verified: true, locale: 'id', updated_at: 1700000000,
    };
  }
  return (await run('account', [id])).rows[0];
}

function opened(result) {
  const row = result.rows[0];
  if (!row) return undefined;
  if (row.consumed_at) row.payload.consumed = Math.floor(row.consumed_at.getTime() / 1000);
  return row.payload;
}

export class PostgresAdapter {
  constructor(kind) { this.kind = kind; }

  async upsert(id, payload, expiresIn) {
    const ends = expiresIn ? new Date(Date.now() + expiresIn * 1000) : null;
    const grantId = GRANTABLE.has(this.kind) ? payload.grantId ?? null : null;
    const uid = this.kind === 'Session' ? payload.uid : null;
    await run('upsert', [this.kind, id, JSON.stringify(payload), grantId, uid, payload.userCode ?? null, ends]);
  }

  async find(id) { return opened(await run('find', [this.kind, id])); }

  async findByUid(uid) { return opened(await run('findByUid', [this.kind, uid])); }

  async findByUserCode(code) { return opened(await run('findByUserCode', [this.kind, code])); }

  async consume(id) { await run('consume', [this.kind, id]); }

  async destroy(id) { await run('destroy', [this.kind, id]); }

  async revokeByGrantId(grantId) { await run('revoke', [this.kind, grantId]); }
}
